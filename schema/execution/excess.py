"""How large an answer may be. A child that several objects share is completed once but written for
each of them, so that little work could make an answer without end."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError

MOST_OBJECTS = 250_000
MOST_ERRORS = 20_000
#: What is surely smaller than so many objects is not measured.
UNMEASURED = 5_000
#: A text of so many characters counts as an object.
CHARACTERS = 100


class Excess(GraphQLError):
    """The answer is too large to be written."""

    def __init__(self, what: str, most: int) -> None:
        super().__init__(
            f"The answer would hold more than {most} {what}: ask for less at once.",
            extensions={"code": "LIMIT_EXCEEDED"},
        )


def most_often(picks: Sequence[int] | None) -> int:
    """How many objects share a value at most; `picks` says which value is whose."""
    return 1 if not picks else max(Counter(picks).values())


def objects_in(answer: Any) -> int:
    """How many objects an answer holds where each is written as often as it is shared; long texts
    count as well."""
    known: dict[int, int] = {}

    def count(value: Any) -> int:
        if isinstance(value, str):
            return len(value) // CHARACTERS
        if not isinstance(value, dict | list):
            return 0
        found = known.get(id(value))
        if found is None:
            parts = value.values() if isinstance(value, dict) else value
            found = known[id(value)] = isinstance(value, dict) + sum(map(count, parts))
        return found

    return count(answer)
