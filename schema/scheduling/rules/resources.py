"""What a resource is good for on a day: practitioners, rooms and devices seen alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from schema.clinics.rules import DeviceClass, RoomKind
from schema.practitioners.rules import (
    Certification,
    CertificationKind,
    Credential,
    Period,
    ScopeRule,
    depth_allowed,
)
from schema.protocols.rules import Need as VisitNeed
from schema.protocols.rules import ResourceKind
from schema.scheduling.rules.starts import Flexibility

NO_DEPTH = Decimal(0)


@dataclass(frozen=True, slots=True)
class Quality:
    """Something a resource counts as from a day until a day, both included; None is unbounded.

    A credential type, a room kind, a device class, or what somebody is certified for. By it, the
    needle goes to `depth_mm`. `training` makes fit only whoever has another quality as well.
    """

    name: str
    from_on: date | None = None
    to_on: date | None = None
    depth_mm: Decimal = NO_DEPTH
    training: bool = False

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
        fit = any(not each.training for each in held)
        return fit and deep_enough and need.met_by({each.name for each in held})

    def flexibility(self, day: date) -> Flexibility:
        """How much else it could do that day, to compare it with others by."""
        held = self.on(day)
        return len(held), max((each.depth_mm for each in held), default=NO_DEPTH)


def certificate(kind: CertificationKind, code: str) -> str:
    """The name of the quality of whoever is certified for what `code` names."""
    return f"{kind}:{code}"


def trained_for(need: VisitNeed, template_code: str) -> VisitNeed:
    """The need of a visit by this protocol: where it asks for certification, as a requirement."""
    if not need.certified:
        return need
    wanted = (certificate(CertificationKind.PROTOCOL_TEMPLATE, template_code),)
    return replace(need, requirements=(*need.requirements, wanted))


def room(number: int, room_kind: RoomKind) -> Resource:
    return Resource(number, ResourceKind.ROOM, (Quality(room_kind),))


def device(
    number: int,
    device_class: DeviceClass,
    greatest_depth_mm: Decimal | None,
    service_due_on: date | None,
    asks_for: str | None = None,
) -> Resource:
    """A device, until the day before its service is due.

    `asks_for` is its model's code, where whoever uses it must be certified for that.
    """
    last = service_due_on - timedelta(days=1) if service_due_on else None
    quality = Quality(device_class, None, last, greatest_depth_mm or NO_DEPTH)
    asks = certificate(CertificationKind.DEVICE_MODEL, asks_for) if asks_for else None
    return Resource(number, ResourceKind.DEVICE, (quality,), asks)


def practitioner(
    number: int,
    assignments: Sequence[Period],
    credentials: Iterable[Credential],
    scope_rules: Sequence[ScopeRule],
    chain: Sequence[str],
    certifications: Iterable[Certification] = (),
) -> Resource:
    """Somebody who treats in a clinic under the law of `chain`, by credentials good there, and for
    what certifications say.

    Each while it is valid and its holder is assigned. Where no scope rule allows the credential a
    needle, there is none for it: what HQ has not verified is not offered.
    """
    rules = [each for each in scope_rules if each.jurisdiction_code in chain]
    licensed = [
        Quality(
            each.credential_type,
            *_while(assignment, each.expires_on),
            depth_allowed(rules, [each], chain, each.expires_on or date.max) or NO_DEPTH,
        )
        for each in credentials
        if each.jurisdiction_code in chain
        for assignment in assignments
    ]
    trained = [
        Quality(
            certificate(each.certification_kind, each.code),
            *_while(assignment, each.expires_on),
            training=True,
        )
        for each in certifications
        for assignment in assignments
    ]
    return Resource(number, ResourceKind.PRACTITIONER, (*licensed, *trained))


def _while(assignment: Period, expires_on: date | None) -> tuple[date, date | None]:
    """From when until when something of an assigned person counts."""
    return assignment.from_on, min(filter(None, (assignment.to_on, expires_on)), default=None)


def usable(resources: Sequence[Resource], day: date) -> list[Resource]:
    """All of them but the devices for which nobody is certified that day."""
    held = {quality.name for each in resources for quality in each.on(day)}
    return [each for each in resources if each.asks is None or each.asks in held]


def pool(resources: Sequence[Resource], need: VisitNeed, day: date) -> frozenset[int]:
    """The numbers of those that can meet `need` on that day."""
    return frozenset(each.number for each in usable(resources, day) if each.meets(need, day))
