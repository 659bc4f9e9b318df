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


def fail(
    made: list[Any], failures: Failures, position: int, error: Exception, nodes: list[FieldNode]
) -> None:
    try:
        str(error)
    except Exception as untold:  # the error of the error is what can be told
        error = untold
    made.append(FAILED)
    failures[position] = [Failure(error, nodes)]


def scatter(made: list[Any], failures: Failures, places: list[int], done: Completed) -> None:
    """Put a column of some of the positions back to where they were."""
    for place, value in zip(places, done.values, strict=True):
        made[place] = value
    for position, noted in done.failures.items():
        failures[places[position]] = noted


def lists_with_failures(
    made: list[Any],
    lists: list[list[Any]],
    inside: Failures,
    broken: dict[int, Exception],
    nodes: list[FieldNode],
) -> Completed:
    """The lists with what failed in them; one with a FAILED item fails, by its first."""
    failures: Failures = {}
    start = 0
    for position, items in enumerate(lists):
        if position in broken:
            made[position] = FAILED
            failures[position] = [Failure(broken[position], nodes)]
        noted = [
            (made[position][each], failure.under(each))
            for each in range(len(items))
            for failure in inside.get(start + each, ())
        ]
        start += len(items)
        fatal = [failure for item, failure in noted if item is FAILED]
        if fatal:
            made[position] = FAILED
            failures[position] = fatal[:1]
        elif noted:
            failures[position] = [failure for _, failure in noted]
    return Completed(made, failures)


def spread(values: Sequence[Any], picks: list[int] | None) -> Sequence[Any]:
    """A column's value for each object, where several may share one."""
    return values if picks is None else [values[each] for each in picks]


def assign(
    made: list[Any], failures: Failures, name: str, picks: list[int] | None, done: Completed
) -> None:
    """Put a column into the dictionaries of its objects; a FAILED value fails its object."""
    for position, value in enumerate(spread(done.values, picks)):
        if made[position] is FAILED:
            continue
        noted: Sequence[Failure] = done.failures.get(
            position if picks is None else picks[position], ()
        )
        if value is FAILED:
            made[position] = FAILED
            failures[position] = [noted[0].under(name)]
            continue
        made[position][name] = value
        if noted:
            failures.setdefault(position, []).extend(each.under(name) for each in noted)
