"""When two answers to one operation say the same: the comparison of the differential fuzz.

Pure. An error lands where GraphQL makes it null: at the nearest position, at or above its path,
that may be null by its type. Data must be equal, the order of keys too. Errors are then told by the
position that they find null in the data:

- An error at that very position stands for itself: both sides have the same there, and nothing
  else. That is every error outside of what another one nulled.
- Below a position which errors nulled from beneath it, graphql-core tells some of them: which ones
  depends on timing. There each side has at least one that lands just there (one of another field,
  or one that a nullable position between them would have stopped, explains nothing), each only
  once, and none that the operation's fields cannot raise. What they can raise is known by asking
  the stock executor once more without letting errors travel upwards.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """An error: where, what it says, and what else goes with it (places, extensions)."""

    path: Path | None
    message: str
    rest: str = ""

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path or ()))}: {self.message} {self.rest}"


@dataclass(frozen=True)
class Told:
    """An answer, as far as clients see it."""

    data: Any
    faults: tuple[Fault, ...] = ()


def differences(
    stock: Told, ours: Told, nullable: Callable[[Path], bool], possible: Collection[Fault]
) -> list[str]:
    """What makes the answers differ; nothing where they say the same.

    `nullable` says whether a position may be null by its type, `possible` are the errors that the
    operation's fields raise when all of them are asked.
    """
    wrong = list(_unequal(stock.data, ours.data, ()))
    wrong += _misplaced("stock", stock) + _misplaced("ours", ours)
    if wrong:
        sides = (("stock", stock), ("ours", ours))
        return wrong + [f"errors of {name}: {_list(list(side.faults))}" for name, side in sides]
    theirs, mine = _by_position(stock), _by_position(ours)
    for position in sorted(theirs.keys() | mine.keys(), key=repr):
        wrong += _told(position, theirs[position], mine[position], nullable, possible)
    return wrong


def landing(path: Path, nullable: Callable[[Path], bool]) -> Path:
    """The position that an error at `path` makes null."""
    while path and not nullable(path):
        path = path[:-1]
    return path


def nulled(data: Any, path: Path) -> Path | None:
    """The part of `path` at which the data are null; None where they are not."""
    for length, key in enumerate(path):
        if data is None:
            return path[:length]
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return None
    return path if data is None else None


def _unequal(stock: Any, ours: Any, path: Path) -> Iterator[str]:
    """Where the data differ first."""
    if isinstance(stock, dict) and isinstance(ours, dict) and list(stock) == list(ours):
        children = [(key, stock[key], ours[key]) for key in stock]
    elif isinstance(stock, list) and isinstance(ours, list) and len(stock) == len(ours):
        children = [(key, *pair) for key, pair in enumerate(zip(stock, ours, strict=True))]
    else:
        if _text(stock) != _text(ours):
            yield f"data at {path}: stock {_text(stock)[:300]}, ours {_text(ours)[:300]}"
        return
    for key, one, other in children:
        found = next(_unequal(one, other, (*path, key)), None)
        if found:
            yield found
            return


def _text(value: Any) -> str:
    return json.dumps(value, default=repr)


def _misplaced(side: str, told: Told) -> list[str]:
    """Errors at positions that are not null."""
    return [
        f"{side} has an error where the data are not null: {each}"
        for each in told.faults
        if each.path is not None and nulled(told.data, each.path) is None
    ]


def _by_position(told: Told) -> dict[Path | None, list[Fault]]:
    """The errors, by the position that they find null; None for those of no position."""
    found: dict[Path | None, list[Fault]] = defaultdict(list)
    for each in told.faults:
        found[None if each.path is None else nulled(told.data, each.path)].append(each)
    return found


def _told(
    position: Path | None,
    stock: list[Fault],
    ours: list[Fault],
    nullable: Callable[[Path], bool],
    possible: Collection[Fault],
) -> Iterator[str]:
    """What is wrong about the errors at one null."""
    if sorted(stock, key=repr) == sorted(ours, key=repr):
        return
    if position is None or any(each.path == position for each in (*stock, *ours)):
        yield f"errors at {position}: stock {_list(stock)}, ours {_list(ours)}"
        return
    for side, faults in (("stock", stock), ("ours", ours)):
        if not any(landing(each.path or (), nullable) == position for each in faults):
            yield f"nothing that {side} tells explains the null at {position}: {_list(faults)}"
        if len(set(faults)) < len(faults):
            yield f"{side} tells an error twice below {position}: {_list(faults)}"
        for each in faults:
            if each not in possible:
                yield f"{side} tells what no field raises: {each}"


def _list(faults: list[Fault]) -> str:
    return "[" + "; ".join(map(str, faults)) + "]"
