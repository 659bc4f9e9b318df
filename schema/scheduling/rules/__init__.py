"""What fits where: opening hours as instants, free starts, the resources a visit takes."""

from schema.scheduling.rules.hours import Hours, OpeningRules, opening_intervals
from schema.scheduling.rules.starts import GRID_MINUTES, Need, assign, free_starts

__all__ = [
    "GRID_MINUTES",
    "Hours",
    "Need",
    "OpeningRules",
    "assign",
    "free_starts",
    "opening_intervals",
]
