"""Publishing with impact, rollouts, drift, suspension: what HQ does across all other domains.

Nothing yet: publishing lives in `protocols` until its checks have to know packages and
practitioners, and then moves here.
"""
