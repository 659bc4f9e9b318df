"""Errors on their way up: values, whose paths grow as they travel, so that no level on the way
down keeps any."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from graphql import FieldNode, GraphQLError, located_error


class Failed:
    """Stands where a value should, at a position that cannot be null: its parent becomes null."""

    def __repr__(self) -> str:
        return "FAILED"


FAILED: Final = Failed()


class Failure(NamedTuple):
    """An error of a field, at a path below the position that it is noted for."""

    error: Exception
    nodes: list[FieldNode]
    path: tuple[str | int, ...] = ()

    def under(self, *keys: str | int) -> "Failure":
        """The same, seen from further up."""
        return Failure(self.error, self.nodes, keys + self.path)

    def located(self) -> GraphQLError:
        """As the answer says it, once its path begins at the root."""
        return located_error(self.error, self.nodes, list(self.path))


#: By position in a column.
Failures = dict[int, list[Failure]]


class Completed(NamedTuple):
    """A column as the answer holds it. A FAILED one has one failure: the one that made it so."""

    values: Sequence[Any]
    failures: Failures


NONE: Failures = {}


def nulled(done: Completed) -> Completed:
    """The column where null is allowed: the errors stay, and travel no further."""
    if not done.failures:
        return done
    return Completed([None if each is FAILED else each for each in done.values], done.failures)
