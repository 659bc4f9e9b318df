"""How much of a process each caller takes: who opens a thousand sockets leaves room for others."""

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


class Crowded(Exception):
    """The caller has as many as it may."""


@dataclass(slots=True)
class Crowd:
    """What callers have at present, counted by who they are."""

    _present: Counter[Hashable] = field(default_factory=Counter)

    @contextmanager
    def joined(self, who: Hashable, most: int) -> Iterator[None]:
        """One more, for as long as the block runs. Raises: Crowded."""
        if self._present[who] >= most:
            raise Crowded
        self._present[who] += 1
        try:
            yield
        finally:
            self._present[who] -= 1
            if not self._present[who]:
                del self._present[who]
