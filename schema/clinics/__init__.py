"""Places: owner, region, jurisdiction, zone, currency, hours, closures, rooms, device models and
devices.

An *owner* is a legal entity that owns clinics for periods. A *jurisdiction* is an ISO 3166 code
with a parent; what is legal there is data of later domains.
"""
