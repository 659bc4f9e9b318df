"""What a clinic was pinned to, one version after the other, and the way back."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from schema.protocols.rules.versions import PinCause


class Pin(Protocol):
    @property
    def cause(self) -> PinCause: ...


P = TypeVar("P", bound=Pin)


def returns_to(pins: Sequence[P]) -> P | None:
    """The pin that going back from the last of `pins`, the oldest first, returns to.

    Each way back undoes one upgrade, so that what was undone is not returned to. None where the
    clinic stands on what it adopted.
    """
    standing: list[P] = []
    for each in pins:
        if each.cause == PinCause.WENT_BACK:
            standing[-2:] = [each]
        else:
            standing.append(each)
    return standing[-2] if len(standing) > 1 else None
