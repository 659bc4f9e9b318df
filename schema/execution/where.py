"""Where things are in the answer: worked out only where an error or a resolver asks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql.pyutils import Path

from schema.execution.links import Shape
from schema.execution.plans import Selected

#: For each value of a column: which object of the level it belongs to, and where in its lists.
Origins = Callable[[], list[tuple[int, tuple[int, ...]]]]


@dataclass(slots=True)
class Where:
    """Where the objects of a level are in the answer, worked out only where somebody asks.

    `most`: in how many places an object of the level is at most, because parents share it.
    """

    parent: "Where | None" = None
    selected: Selected | None = None
    origins: Origins | None = None
    most: int = 1
    _found: list[tuple[int, tuple[int, ...]]] | None = None

    def place(self) -> Path | None:
        """The path of the level, whichever object: without places in lists."""
        if self.parent is None or self.selected is None:
            return None
        return Path(self.parent.place(), self.selected.name, self.selected.parent.name)

    def path(self, position: int) -> Path | None:
        """The path of an object of the level; where several parents share it, the first one's."""
        if self.parent is None or self.selected is None or self.origins is None:
            return None
        if self._found is None:
            self._found = self.origins()
        above, items = self._found[position]
        path = Path(self.parent.path(above), self.selected.name, self.selected.parent.name)
        for each in items:
            path = path.add_key(each, None)
        return path


class Spot(NamedTuple):
    """The field that is being completed, of which level, and what its values are of; `most`: how
    many objects share a value at most."""

    selected: Selected
    where: Where
    shape: Shape | None
    most: int = 1

    def below(self, origins: Origins) -> Where:
        return Where(self.where, self.selected, origins, self.where.most * self.most)


def each_of(count: int) -> Origins:
    return lambda: [(position, ()) for position in range(count)]


def firsts_of(count: int, picks: Sequence[int] | None) -> Origins:
    """Whose a column's values are; of those that several share, whose first."""
    if picks is None:
        return each_of(count)

    def found() -> list[tuple[int, tuple[int, ...]]]:
        first = {pick: position for position, pick in reversed(list(enumerate(picks)))}
        return [(first.get(each, 0), ()) for each in range(count)]

    return found


def some_of(origins: Origins, positions: list[int]) -> Origins:
    def found() -> list[tuple[int, tuple[int, ...]]]:
        whole = origins()
        return [whole[each] for each in positions]

    return found


def within(origins: Origins, lists: list[list[Any]]) -> Origins:
    return lambda: [
        (position, (*items, place))
        for (position, items), each in zip(origins(), lists, strict=True)
        for place in range(len(each))
    ]
