"""What HQ and clinics do that takes all other domains: publishing, judged by the whole network, and
a clinic's way back while nothing was sold. Later: impact, rollouts, drift, suspension.
"""
