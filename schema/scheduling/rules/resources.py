"""What a resource is good for on a day: practitioners, rooms and devices seen alike.

Depth. Where a need drives the needle to a depth, a device must reach it, and one of the
practitioner's valid credentials must allow it in the clinic's jurisdiction: by the scope rule of
the jurisdiction or, failing that, of its nearest parent with one for that credential. A credential
without a rule allows any depth only where neither the jurisdiction nor its parents have a rule for
any credential: there headquarters has verified nothing yet. Source: domain.md, computed 5.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from schema.protocols.rules import Need as VisitNeed
from schema.protocols.rules import ResourceKind

NO_DEPTH = Decimal(0)
ANY_DEPTH = Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class Quality:
    """Something a resource counts as from a day until a day, both included; None is unbounded.

    A credential type, a room kind or a device class. By it, the needle goes to `depth_mm`.
    """

    name: str
    from_on: date | None = None
    to_on: date | None = None
    depth_mm: Decimal = NO_DEPTH

    def holds_on(self, day: date) -> bool:
        begun = self.from_on is None or self.from_on <= day
        return begun and (self.to_on is None or day <= self.to_on)

    def within(self, from_on: date, to_on: date | None) -> "Quality":
        """The same, only in a period: a credential while its holder is assigned to the clinic."""
        ends = [each for each in (self.to_on, to_on) if each is not None]
        starts = [each for each in (self.from_on, from_on) if each is not None]
        return Quality(self.name, max(starts), min(ends, default=None), self.depth_mm)


@dataclass(frozen=True, slots=True)
class Resource:
    """Something or somebody that a visit may take, by its number in the calendar."""

    number: int
    kind: ResourceKind
    qualities: tuple[Quality, ...]

    def on(self, day: date) -> tuple[Quality, ...]:
        return tuple(each for each in self.qualities if each.holds_on(day))

    def meets(self, need: VisitNeed, day: date) -> bool:
        """Whether it can do, on that local day of the clinic, what the visit needs."""
        held = self.on(day) if self.kind is need.kind else ()
        deep_enough = need.depth_mm is None or any(q.depth_mm >= need.depth_mm for q in held)
        return bool(held) and deep_enough and need.met_by({each.name for each in held})

    def flexibility(self, day: date) -> tuple[int, Decimal]:
        """How much else it could do that day, to compare it with others by."""
        held = self.on(day)
        return len(held), max((each.depth_mm for each in held), default=NO_DEPTH)


def allowed_depth(
    limits: Mapping[str, Mapping[str, Decimal]], chain: Sequence[str], credential: str
) -> Decimal:
    """How deep a credential may needle, by `limits[jurisdiction][credential]` (see above).

    `chain` is the clinic's jurisdiction and its parents, nearest first.
    """
    rules = [limits[code] for code in chain if limits.get(code)]
    for each in rules:
        if credential in each:
            return each[credential]
    return NO_DEPTH if rules else ANY_DEPTH


def pool(resources: Iterable[Resource], need: VisitNeed, day: date) -> frozenset[int]:
    """The numbers of those that can meet `need` on that day."""
    return frozenset(each.number for each in resources if each.meets(need, day))
