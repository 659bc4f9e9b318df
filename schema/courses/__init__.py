"""Courses of sessions: what was sold, on which terms, what was done, and when the next one may be.

A course pins the protocol's version, its price and the interval between its sessions: it stays on
them when its clinic takes a later version. A law of the place that tightens reaches it all the
same. Intervals, and how long skin heals, count per area, across all of a person's courses, in
whichever clinic.
"""
