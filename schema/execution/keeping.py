"""What a process keeps of the operations it has seen: bounded, the longest unused goes first."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """Values that weigh at most `most` together; one that weighs more by itself is not kept."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.weight = 0
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K) -> V | None:
        found = self._values.get(key)
        if found is None:
            return None
        self._values.move_to_end(key)
        return found[0]

    def put(self, key: K, value: V, weight: int) -> None:
        """Keep the value, or what it weighs now."""
        _, before = self._values.pop(key, (None, 0))
        self.weight -= before
        if weight > self.most:
            return
        self._values[key] = value, weight
        self.weight += weight
        while self.weight > self.most:
            _, (_, freed) = self._values.popitem(last=False)
            self.weight -= freed
