"""What a resource is good for on a day: practitioners, rooms and devices seen alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from schema.clinics.rules import DeviceClass, RoomKind
from schema.practitioners.rules import Credential, Period, ScopeRule, depth_allowed
from schema.protocols.rules import Need as VisitNeed
from schema.protocols.rules import ResourceKind
from schema.scheduling.rules.starts import Flexibility

NO_DEPTH = Decimal(0)


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


@dataclass(frozen=True, slots=True)
class Resource:
    """Something or somebody that a visit may take, by its number in the calendar.

    A device `asks` for a quality that whoever uses it must have: its model's certification.
    """

    number: int
    kind: ResourceKind
    qualities: tuple[Quality, ...]
    asks: str | None = None

    def on(self, day: date) -> tuple[Quality, ...]:
        return tuple(each for each in self.qualities if each.holds_on(day))

    def meets(self, need: VisitNeed, day: date) -> bool:
        """Whether it can do, on that local day of the clinic, what the visit needs."""
        held = self.on(day) if self.kind is need.kind else ()
        deep_enough = need.depth_mm is None or any(q.depth_mm >= need.depth_mm for q in held)
        return bool(held) and deep_enough and need.met_by({each.name for each in held})

    def flexibility(self, day: date) -> Flexibility:
        """How much else it could do that day, to compare it with others by."""
        held = self.on(day)
        return len(held), max((each.depth_mm for each in held), default=NO_DEPTH)


def room(number: int, room_kind: RoomKind) -> Resource:
    return Resource(number, ResourceKind.ROOM, (Quality(room_kind),))


def device(
    number: int,
    device_class: DeviceClass,
    greatest_depth_mm: Decimal | None,
    service_due_on: date | None,
) -> Resource:
    """A device, until the day before its service is due."""
    last = service_due_on - timedelta(days=1) if service_due_on else None
    quality = Quality(device_class, None, last, greatest_depth_mm or NO_DEPTH)
    return Resource(number, ResourceKind.DEVICE, (quality,))


def practitioner(
    number: int,
    assignments: Sequence[Period],
    credentials: Iterable[Credential],
    scope_rules: Sequence[ScopeRule],
    chain: Sequence[str],
) -> Resource:
    """Somebody who treats in a clinic under the law of `chain`, by credentials good there.

    Each while it is valid and its holder is assigned. Where no scope rule allows the credential a
    needle, there is none for it: what HQ has not verified is not offered.
    """
    rules = [each for each in scope_rules if each.jurisdiction_code in chain]
    qualities = (
        Quality(
            each.credential_type,
            assignment.from_on,
            min(filter(None, (assignment.to_on, each.expires_on)), default=None),
            depth_allowed(rules, [each], chain, each.expires_on or date.max) or NO_DEPTH,
        )
        for each in credentials
        if each.jurisdiction_code in chain
        for assignment in assignments
    )
    return Resource(number, ResourceKind.PRACTITIONER, tuple(qualities))


def pool(resources: Iterable[Resource], need: VisitNeed, day: date) -> frozenset[int]:
    """The numbers of those that can meet `need` on that day."""
    return frozenset(each.number for each in resources if each.meets(need, day))
