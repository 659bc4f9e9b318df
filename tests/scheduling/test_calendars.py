"""A clinic's calendar: who is qualified on which day, and starts anchored at local midnight."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count, takewhile
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from schema.clinics.rules import DeviceClass, local_day
from schema.intervals import Interval
from schema.practitioners.rules import CredentialType
from schema.protocols.rules import Need as VisitNeed
from schema.protocols.rules import ResourceKind
from schema.scheduling.rules import (
    BookingTerms,
    ClinicCalendar,
    Frame,
    Quality,
    Resource,
    Shape,
    Visit,
    frame_for,
    resources,
)
from schema.scheduling.rules.grid import ceil_cell, floor_cell
from schema.scheduling.rules.hours import local_instant

NEW_YORK = ZoneInfo("America/New_York")
NURSE, DOCTOR, ROOM, CLIENT = 1, 2, 3, 9
FIRST, LAST = date(2026, 3, 6), date(2026, 3, 11)  # the clocks change on the 8th
WINDOW = Interval(local_instant(FIRST, 0, NEW_YORK), local_instant(LAST, 0, NEW_YORK))


def needs(depth: str | None = None) -> tuple[VisitNeed, ...]:
    deep = None if depth is None else Decimal(depth)
    return (
        VisitNeed(ResourceKind.ROOM, "ROOM", (("TREATMENT",),), ((0, 60),), 10),
        VisitNeed(
            ResourceKind.PRACTITIONER, "OPERATOR", (("NURSE", "PHYSICIAN"),), ((20, 60),), 0, deep
        ),
    )


def practitioner(number: int, *qualities: Quality) -> Resource:
    return Resource(number, ResourceKind.PRACTITIONER, qualities)


def calendar(
    *practitioners: Resource, busy: dict[int, list[Interval]] | None = None
) -> ClinicCalendar:
    room = Resource(ROOM, ResourceKind.ROOM, (Quality("TREATMENT"),))
    resources = (room, *practitioners)
    always = {each.number: [WINDOW] for each in resources}
    return made(resources, always, busy or {})


def made(
    resources: tuple[Resource, ...],
    open: dict[int, list[Interval]],
    busy: dict[int, list[Interval]],
) -> ClinicCalendar:
    taken = {
        number: [(floor_cell(start), ceil_cell(end)) for start, end in spans]
        for number, spans in busy.items()
    }
    return Shape(NEW_YORK, resources, open).calendar(frame_for(WINDOW), taken)


def days(starts: Sequence[datetime]) -> set[date]:
    return {local_day(each, NEW_YORK) for each in starts}


def test_a_credential_that_expires_inside_the_window_ends_that_days_starts() -> None:
    expires = date(2026, 3, 8)
    nurse = practitioner(NURSE, Quality("NURSE", to_on=expires))
    starts = calendar(nurse).starts(Visit(needs(), 60), WINDOW, 60)
    assert days(starts) == {date(2026, 3, 6), date(2026, 3, 7), expires}
    assert starts[-1] == local_instant(expires, 23 * 60, NEW_YORK)


def test_depth_is_allowed_by_any_one_valid_credential() -> None:
    nurse = practitioner(NURSE, Quality("NURSE", depth_mm=Decimal("1.5")))
    both = practitioner(
        DOCTOR,
        Quality("NURSE", depth_mm=Decimal("1.5")),
        Quality("PHYSICIAN", from_on=date(2026, 3, 10), depth_mm=Decimal(3)),
    )
    clinic = calendar(nurse, both)
    first = clinic.starts(Visit(needs("2.0"), 60), WINDOW, 60)[0]
    assert first == local_instant(date(2026, 3, 10), 0, NEW_YORK)
    start = local_instant(date(2026, 3, 10), 600, NEW_YORK)
    assert clinic.assignment(Visit(needs("2.0"), 60), start) == (ROOM, DOCTOR)
    assert clinic.assignment(Visit(needs("1.5"), 60), start) == (ROOM, NURSE)


def test_a_named_practitioner_or_nobody() -> None:
    nurse, doctor = (
        practitioner(NURSE, Quality("NURSE")),
        practitioner(DOCTOR, Quality("PHYSICIAN")),
    )
    clinic = calendar(nurse, doctor, busy={DOCTOR: [WINDOW]})
    assert clinic.starts(Visit(needs(), 60), WINDOW, 60)
    assert not clinic.starts(Visit(needs(), 60, led_by=DOCTOR), WINDOW, 60)
    assert clinic.assignment(Visit(needs(), 60, led_by=NURSE), WINDOW.start) == (ROOM, NURSE)


def test_a_client_is_not_in_two_visits_at_once() -> None:
    nurse = practitioner(NURSE, Quality("NURSE"))
    elsewhere = Interval(WINDOW.start, WINDOW.start + timedelta(hours=2))
    visit = Visit(needs(), 60, guests=(CLIENT,))
    clinic = calendar(nurse, busy={CLIENT: [elsewhere]})
    assert clinic.starts(visit, WINDOW, 60)[0] == elsewhere.end
    assert clinic.assignment(visit, WINDOW.start) is None
    assert clinic.assignment(visit, elsewhere.end) == (ROOM, NURSE, CLIENT)


@given(
    st.sampled_from([5, 15, 25, 45, 60, 95]),
    st.integers(0, 4 * 288),
    st.integers(0, 288),
    st.dates(FIRST, LAST),
)
def test_starts_count_from_each_local_midnight(
    step: int, first: int, cells: int, expires: date
) -> None:
    """On days of 23 hours and with steps that do not divide a day, too."""
    cell = timedelta(minutes=5)
    window = Interval(WINDOW.start + first * cell, WINDOW.start + (first + cells) * cell)
    nurse = practitioner(NURSE, Quality("NURSE", to_on=expires))
    open = [Interval(WINDOW.start, WINDOW.end + timedelta(days=30))]
    resources = calendar(nurse).resources
    shape = Shape(NEW_YORK, resources, {NURSE: open, ROOM: open})
    clinic = shape.calendar(frame_for(window))
    expected = [
        instant
        for day in (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 10))
        for instant in takewhile(
            lambda each, day=day: local_day(each, NEW_YORK) == day,  # type: ignore[misc]
            (local_instant(day, 0, NEW_YORK) + n * timedelta(minutes=step) for n in count()),
        )
        if window.contains(instant) and day <= expires
    ]
    assert clinic.starts(Visit(needs(), 60), window, step) == expected


@dataclass(frozen=True)
class Credential:
    credential_type: CredentialType
    jurisdiction_code: str = "US-NC"
    expires_on: date | None = None


@dataclass(frozen=True)
class Assignment:
    from_on: date
    to_on: date | None = None


@dataclass(frozen=True)
class ScopeRule:
    jurisdiction_code: str
    credential_type: CredentialType
    max_needle_depth_mm: Decimal


def test_a_credential_counts_while_valid_and_its_holder_is_assigned() -> None:
    rules = [ScopeRule("US", CredentialType.NURSE, Decimal("1.5"))]
    nurse = resources.practitioner(
        NURSE,
        [Assignment(FIRST, date(2026, 3, 7)), Assignment(date(2026, 3, 9))],
        [
            Credential(CredentialType.NURSE, "US-NC", LAST),
            Credential(CredentialType.PHYSICIAN, "US-FL"),
            Credential(CredentialType.PHLEBOTOMIST),
        ],
        rules,
        ("US-NC", "US"),
    )
    held = {
        day: {each.name for each in nurse.on(FIRST + timedelta(days=day))} for day in range(-1, 7)
    }
    both = {CredentialType.NURSE, CredentialType.PHLEBOTOMIST}
    assert held == {
        -1: set(),
        0: both,
        1: both,
        2: set(),
        3: both,
        4: both,
        5: both,
        6: {CredentialType.PHLEBOTOMIST},
    }
    assert nurse.flexibility(FIRST) == (2, Decimal("1.5"))


def test_a_device_serves_until_the_day_before_its_service_is_due() -> None:
    pen = resources.device(5, DeviceClass.NEEDLE_PEN, Decimal("2.5"), LAST)
    need = VisitNeed(ResourceKind.DEVICE, "PEN", (("NEEDLE_PEN",),), ((0, 5),), 0, Decimal("2.5"))
    assert pen.meets(need, LAST - timedelta(days=1))
    assert not pen.meets(need, LAST)
    assert not pen.meets(replace(need, depth_mm=Decimal(3)), FIRST)


def test_a_practitioner_without_a_valid_credential_meets_nothing() -> None:
    anyone = VisitNeed(ResourceKind.PRACTITIONER, "ASSISTANT", (), ((0, 30),), 0)
    former = practitioner(NURSE, Quality("NURSE", to_on=date(2026, 3, 1)))
    assert former.meets(anyone, date(2026, 3, 1))
    assert not former.meets(anyone, date(2026, 3, 2))


def test_instants_may_come_in_any_zone() -> None:
    nurse = practitioner(NURSE, Quality("NURSE"))
    seen = [each.astimezone(ZoneInfo("Asia/Kathmandu")) for each in WINDOW]
    local, utc = (
        list(calendar(nurse).starts(Visit(needs(), 60), window, 15))
        for window in (Interval(*seen), WINDOW)
    )
    assert local == utc
    assert all(each.tzinfo is UTC for each in local)


def test_starts_and_assignments_end_at_the_same_edge_of_the_calendar() -> None:
    """A window may be wider than what a calendar knows; what it does not know is not free."""
    nurse = practitioner(NURSE, Quality("NURSE"))
    resources = (Resource(ROOM, ResourceKind.ROOM, (Quality("TREATMENT"),)), nurse)
    wide = Interval(WINDOW.start - timedelta(days=1), WINDOW.end + timedelta(days=1))
    shape = Shape(NEW_YORK, resources, {ROOM: [wide], NURSE: [wide]})
    clinic, visit = shape.calendar(Frame.around(WINDOW)), Visit(needs(), 60)
    found = clinic.starts(visit, wide, 5)
    cells = (wide.end - wide.start) // timedelta(minutes=5)
    every = [wide.start + n * timedelta(minutes=5) for n in range(cells)]
    assert found == [each for each in every if clinic.assignment(visit, each)]
    assert found[0] == WINDOW.start
    assert found[-1] < WINDOW.end - timedelta(minutes=70)


def test_a_day_ends_at_midnight_whatever_is_kept_free_before_a_visit() -> None:
    """The last start of a credential and of a full day, where a visit reaches back before it."""
    terms = BookingTerms(5, buffer_before_minutes=45, most_visits_a_practitioner=1)
    nurse = practitioner(NURSE, Quality("NURSE", to_on=date(2026, 3, 8)))
    always = [Interval(WINDOW.start - timedelta(days=2), WINDOW.end + timedelta(days=2))]
    resources = (Resource(ROOM, ResourceKind.ROOM, (Quality("TREATMENT"),)), nurse)
    shape = Shape(NEW_YORK, resources, {ROOM: always, NURSE: always}, terms)
    clinic, visit = shape.calendar(frame_for(WINDOW)), Visit(needs(), 60)
    clinic.visits[NURSE, date(2026, 3, 7).toordinal()] = 1
    found = clinic.starts(visit, WINDOW)
    assert days(found) == {date(2026, 3, 6), date(2026, 3, 8)}
    assert len(found) == 288 + 276
    assert clinic.assignment(visit, found[-1]) == (ROOM, NURSE)
    assert clinic.assignment(visit, found[-1] + timedelta(minutes=5)) is None
