"""Courses of sessions: what was sold, on which terms, what was done, and when the next one may be.

A course pins the protocol's version, its price and the interval between its sessions: what the
clinic or HQ changes later does not reach it. Intervals count per area, across all of a person's
courses, in whichever clinic.
"""
