"""What stands between a need of a visit and each resource that could meet it: masks of starts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from schema.clinics.rules import GRID_MINUTES, local_day
from schema.practitioners.rules import CertificationKind, Period
from schema.protocols.rules import Need as VisitNeed
from schema.protocols.rules import ResourceKind
from schema.scheduling.rules.calendars import ClinicCalendar
from schema.scheduling.rules.grid import Cells, cell_start, days_of, floor_cell, span, union
from schema.scheduling.rules.reasons import Blocking, BlockingKind
from schema.scheduling.rules.resources import Resource, certificate
from schema.scheduling.rules.starts import Pattern
from schema.scheduling.rules.visits import Visit

CLINIC = Blocking(BlockingKind.CLINIC)
CERTIFICATES = tuple(certificate(kind, "") for kind in CertificationKind)


@dataclass(frozen=True, slots=True)
class Booking:
    """For what a resource is taken, in cells since 1970."""

    begin: int
    end: int
    cause: Blocking


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a calendar does not say of itself: by whom or what it is as it is.

    `clinic` is what it is of, `closed` says what closes the clinic on a day; the others are by
    number: what resources are called, when somebody is assigned, time off, and what is booked or
    held in this clinic.
    """

    clinic: Blocking = CLINIC
    closed: Mapping[date, Blocking] = field(default_factory=dict)
    names: Mapping[int, tuple[str, UUID]] = field(default_factory=dict)
    assigned: Mapping[int, Sequence[Period]] = field(default_factory=dict)
    away: Mapping[int, Sequence[Booking]] = field(default_factory=dict)
    bookings: Mapping[int, Sequence[Booking]] = field(default_factory=dict)

    def named(self, resource: Resource) -> Blocking:
        code, row_id = self.names.get(resource.number, (None, None))
        return Blocking(BlockingKind(resource.kind), code, row_id)


@dataclass(frozen=True, slots=True)
class Standing:
    """A resource that could meet a need in principle: the starts at which it is qualified, open,
    not taken, and has a visit left of the day's."""

    resource: Resource
    qualified: int
    open: int
    idle: int
    left: int

    @property
    def able(self) -> int:
        return self.qualified & self.open & self.idle & self.left


@dataclass(frozen=True, slots=True)
class NeedStanding:
    """A need, the starts at which the clinic is open for it, and who could meet it."""

    position: int
    need: VisitNeed
    pattern: Pattern
    hours: int
    members: tuple[Standing, ...]

    @property
    def able(self) -> int:
        """The starts at which somebody or something meets it."""
        return union(each.able for each in self.members)

    @property
    def cells(self) -> Iterator[Cells]:
        """What it asks, in cells after the start, buffers and clean-up included."""
        for offset, length, _ in (*self.pattern.free, *self.pattern.idle):
            yield offset, offset + length


def standings(calendar: ClinicCalendar, visit: Visit) -> tuple[NeedStanding, ...]:
    """How each need of a visit stands in a calendar."""
    patterns = calendar.plan(visit).patterns
    everything, hours = span(0, calendar.frame.count), _hours(calendar)
    found = []
    for position, (need, pattern) in enumerate(zip(visit.needs, patterns, strict=True)):
        only = visit.led_by if position == visit.main_need else None
        pool = [
            each
            for each in calendar.resources
            if each.number in calendar.open
            and (could_meet(each, need) if only is None else each.number == only)
        ]
        members = tuple(_standing(calendar, each, need, pattern, everything) for each in pool)
        opened = pattern.starts(hours, everything)
        found.append(NeedStanding(position, need, pattern, opened, members))
    return tuple(found)


def _hours(calendar: ClinicCalendar) -> int:
    """When the clinic is open: as its rooms and devices are; without any, as anybody works."""
    fixtures = [each for each in calendar.resources if each.kind is not ResourceKind.PRACTITIONER]
    several = (calendar.open.get(each.number, b"") for each in fixtures or calendar.resources)
    return union(int.from_bytes(each, "little") for each in several)


def _standing(
    calendar: ClinicCalendar,
    resource: Resource,
    need: VisitNeed,
    pattern: Pattern,
    everything: int,
) -> Standing:
    number = resource.number
    idle = everything & ~int.from_bytes(calendar.taken.get(number, b""), "little")
    open = int.from_bytes(calendar.open[number], "little")
    return Standing(
        resource,
        qualified=on_days(calendar, lambda day: resource.meets(need, day)) & everything,
        open=pattern.starts(open, everything),
        idle=pattern.starts(idle, idle),
        left=calendar.days_left(number) if resource.kind is ResourceKind.PRACTITIONER else -1,
    )


def on_days(calendar: ClinicCalendar, holds: Callable[[date], bool]) -> int:
    """The starts on those of the clinic's days of which something holds."""
    days = days_of(calendar.frame, calendar.zone)
    several = (days.first_day + timedelta(days=n) for n in range(len(days.begins) - 1))
    return union(days.span(day, day) for day in several if holds(day))


def could_meet(resource: Resource, need: VisitNeed) -> bool:
    """Whether a resource would do, if what it counts as did at any time: what somebody is not
    certified for, or how deep the law lets a credential go, is told of them."""
    if resource.kind is not need.kind:
        return False
    licences = {each.name for each in resource.qualities if not each.training}
    asked = [one_of for one_of in need.requirements if not all(map(is_certificate, one_of))]
    fit = bool(licences) and all(not licences.isdisjoint(one_of) for one_of in asked)
    if resource.kind is ResourceKind.PRACTITIONER or need.depth_mm is None:
        return fit
    return fit and any(each.depth_mm >= need.depth_mm for each in resource.qualities)


def is_certificate(name: str) -> bool:
    """Whether what a need asks for is a certification, and not a licence."""
    return name.startswith(CERTIFICATES)


def certified_code(name: str) -> str:
    """What a certification is for: the code of a template or of a model."""
    return name.partition(":")[2]


def next_start(calendar: ClinicCalendar, mask: int, position: int) -> datetime | None:
    """The first start of a mask, from a position on."""
    left = mask >> position
    if not left:
        return None
    return cell_start(calendar.frame.first + position + (left & -left).bit_length() - 1)


def touching(
    booked: Sequence[Booking], at: int, cells: Iterator[Cells] | Sequence[Cells]
) -> Booking | None:
    """The first of what is booked that touches some cells after `at`, a cell since 1970."""
    asked = list(cells)
    for each in booked:
        if any(each.begin < at + end and at + begin < each.end for begin, end in asked):
            return each
    return None


def day_at(calendar: ClinicCalendar, position: int) -> date:
    """The clinic's day of a start."""
    return local_day(cell_start(calendar.frame.first + position), calendar.zone)


def fitting(calendar: ClinicCalendar, visit: Visit) -> int:
    """The starts of the whole frame at which a visit fits, whoever comes."""
    alone = replace(visit, guests=())
    starts = calendar.starts(alone, calendar.frame.interval, GRID_MINUTES)
    return calendar.frame.mask((at, at + 1) for at in map(floor_cell, starts))
