"""Every SELECT across the domains: a constant number of them, however many clinics there are."""

from schema.governance.store.overlays import Reach, packages_reached, reached
from schema.governance.store.publication import live_sites, newest_published, packages_on_sale
from schema.governance.store.returning import sold_under

__all__ = [
    "Reach",
    "live_sites",
    "newest_published",
    "packages_on_sale",
    "packages_reached",
    "reached",
    "sold_under",
]
