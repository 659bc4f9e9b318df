"""When a visit fits, and booking it: calendars, allocations of resources, appointments.

Practitioners, rooms, devices and clients are all *resources*, known by number. A visit has *needs*,
each met by one resource of a pool; an *allocation* is one resource taken for one time.
"""
