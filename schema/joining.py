"""Several statements as one, in one round trip: a SELECT of arrays of rows."""

import re
from collections import OrderedDict

#: Texts, each with the number of its parameters.
Parts = tuple[tuple[str, int], ...]
#: So many statements are joined at most. PostgreSQL takes some 70 KB for the plan of each.
MOST_PARTS = 5
MOST_JOINTS = 50
#: One that was not asked for while so many were makes room for another.
UNUSED = 10_000
#: Where a statement's text has a parameter.
PLACE = re.compile(r"\$([0-9]+)")
#: Where a literal may hold what looks like one.
QUOTED_PLACE = re.compile(r"'[^']*\$[0-9]")


class Joints:
    """The texts of joined statements, as many as each connection of PostgreSQL can keep a plan of:
    a caller who thinks of ever new ones gets no more of its memory."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Parts, tuple[str, int]] = OrderedDict()
        self._asked = 0

    def text(self, parts: Parts) -> str | None:
        """Their `joined` text; None where too many others are in use."""
        self._asked += 1
        known = self._kept.pop(parts, None)
        if known is None and len(self._kept) >= MOST_JOINTS:
            (longest_unused, (_, when)) = next(iter(self._kept.items()))
            if self._asked - when < UNUSED:
                return None
            del self._kept[longest_unused]
        text = known[0] if known else joined(parts)
        self._kept[parts] = text, self._asked
        return text


def joined(parts: Parts) -> str:
    """One SELECT for several, each its text and the number of its parameters: it finds one row,
    with an array of rows for each, in their order, and takes their parameters one after another."""
    arrays = []
    before = 0
    for text, count in parts:
        arrays.append(f"array(select row(part.*) from ({_moved(text, before)}) part)")
        before += count
    return "select " + ", ".join(arrays)


def _moved(text: str, by: int) -> str:
    """The text with its parameters numbered from so many on."""
    return PLACE.sub(lambda place: f"${int(place[1]) + by}", text)


def is_movable(text: str) -> bool:
    """Whether all that looks like a parameter is one, so that they can be numbered anew."""
    return not QUOTED_PLACE.search(text)
