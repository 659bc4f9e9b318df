"""How much of calendars one request may ask for, in however many fields."""

import asyncio
from dataclasses import dataclass, field
from types import MappingProxyType

from schema.errors import BadRequest

#: Of clinics that are searched, and of starts and slots that are answered. A document may show the
#: same starts under many names.
MOST = MappingProxyType(
    {"clinics": 3_000, "starts": 50_000, "starts shown": 100_000, "slots": 1_000}
)


@dataclass(slots=True)
class Allowance:
    """What is left of it. A request's fields take `turn`s: beside each other they would take every
    connection there is, and others would wait for all of them."""

    left: dict[str, int] = field(default_factory=lambda: dict(MOST))
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def spend(self, what: str, number: int) -> None:
        """Raises: BadRequest."""
        self.left[what] -= number
        if self.left[what] < 0:
            raise BadRequest(
                f"At most {MOST[what]:,} {what} in a request: search fewer clinics or days, or ask"
                " for fewer of each."
            )
