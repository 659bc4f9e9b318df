"""The executor: runs what it can compile level by level, and leaves the rest to graphql-core."""

from copy import copy
from typing import TypeVar

import strawberry
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

#: Strawberry's own executor.
STOCK = StrawberryGraphQLCoreExecutionContext

S = TypeVar("S", bound=strawberry.Schema)


class BreadthFirstExecutor(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's executor, resolving every field once a level."""


def under(schema: S, executor: type[StrawberryGraphQLCoreExecutionContext]) -> S:
    """The same schema, executed by `executor`."""
    other = copy(schema)
    other.execution_context_class = executor
    return other
