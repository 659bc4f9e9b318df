"""Breadth-first execution of GraphQL for Strawberry schemas.

Every field is resolved once for all objects of a level, instead of once for each object. Knows
nothing of what the schema is about, and imports nothing of this project but itself.
"""

from schema.execution.executor import STOCK, BreadthFirstExecutor, under
from schema.execution.links import Column, Link, Shape, Unmade, itself
from schema.execution.metrics import METRICS, Metrics

__all__ = [
    "METRICS",
    "STOCK",
    "BreadthFirstExecutor",
    "Column",
    "Link",
    "Metrics",
    "Shape",
    "Unmade",
    "itself",
    "under",
]
