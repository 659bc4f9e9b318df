"""Taking resources for a visit or a hold, and freeing them: in a turn at the clinic's calendar.

Who and what it takes is decided then, from the rows; what was searched is never trusted. What
another clinic takes of a client's person meanwhile, the exclusion constraint refuses; then it is
decided once more.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import col

from schema.base import columns, execute
from schema.clients.models import ClientRow
from schema.clinics import store as clinics
from schema.clinics.models import ClinicRow
from schema.clinics.rules import local_day
from schema.context import Work
from schema.intervals import Interval
from schema.protocols.rules import ResourceKind
from schema.scheduling import store
from schema.scheduling.actions.changing import Involved, Turn, lock_calendar, shape_of
from schema.scheduling.models import AllocationRow
from schema.scheduling.rules import (
    LIVE_ALLOCATIONS,
    AllocatedKind,
    AllocationState,
    BookedElsewhere,
    BookingTerms,
    ClinicCalendar,
    Frame,
    Shape,
    SlotTaken,
    Visit,
    check_clinic,
    check_pools,
    frame_for,
)
from schema.scheduling.rules.booking import DailyLimitReached, Leniency, SoftRule, check_terms
from schema.scheduling.rules.changes import Change
from schema.scheduling.rules.resources import pool
from schema.scheduling.store.day_counts import visits_taken
from schema.scheduling.store.kept_shapes import KeptShapes
from schema.scheduling.store.sharing import cells_of
from schema.scheduling.store.versions import shape_and_status

TRIES = 3
#: Exclusion violation; or deadlock, where both wrote before either looked.
TAKEN_TWICE = frozenset({"23P01", "40001", "40P01"})
NEXT_STARTS = 5
NEXT_DAYS = timedelta(days=14)
DAY = timedelta(days=1)


@dataclass(slots=True)
class Place:
    """A visit at a start in a clinic, and what the clinic's calendar was made of when it was read.

    `asked_at` is when the start was chosen: when it was held, else now.
    """

    work: Work
    clinic: ClinicRow
    visit: Visit
    start: datetime
    leniency: Leniency = field(default_factory=Leniency)
    asked_at: datetime | None = None
    #: What the visit takes itself, where it is moved: it is free for it.
    own: Sequence[tuple[int, int, int]] = ()
    _read: tuple[int, Shape] | None = None
    _given: bool = False

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.clinic.time_zone)

    @property
    def day(self) -> int:
        """The clinic's day of the start, as an ordinal."""
        return local_day(self.start, self.zone).toordinal()

    @property
    def shape(self) -> Shape:
        assert self._read is not None, "read first"
        return self._read[1]

    async def read(self) -> None:
        """Read what no lock protects. Raises: ClinicNotBookable, what `check` raises."""
        work = self.work
        counted, status = await shape_and_status(work.session, self.clinic.id, work.scope)
        check_clinic(status)
        frame = frame_for(Interval(self.start, self.start))
        self._read = counted, await self._shape(counted, frame)
        self.check()

    async def _shape(self, counted: int, frame: Frame) -> Shape:
        work = self.work
        return await work.kept.get(KeptShapes).shape(
            work.session, self.clinic, work.scope, counted, frame.interval, work.now
        )

    def check(self) -> None:
        """Raise NothingSuitable, PractitionerNotSuitable, LeadTimeTooShort, BeyondHorizon."""
        check_pools(self.visit, self.shape.resources, local_day(self.start, self.zone))
        asked_at = self.asked_at or self.work.now
        check_terms(self.start, asked_at, self.shape.terms, self.zone, self.leniency)

    async def involved(self) -> Involved:
        """Whom and what the visit may take: as read before, the first time, then read anew."""
        if self._read is None or self._given:
            await self.read()
        self._given = True
        assert self._read is not None
        counted, shape = self._read
        day = local_day(self.start, self.zone)
        able = [pool(shape.resources, need, day) for need in self.visit.needs]
        main = self.visit.main_need
        if self.visit.led_by is not None and main is not None:
            able[main] = frozenset({self.visit.led_by})
        numbers = frozenset(self.visit.guests).union(*able)
        return Involved(numbers, counted, day - DAY)

    async def calendar(self) -> ClinicCalendar:
        """The calendar around the start, from the rows of now."""
        return await self._calendar(self.shape, Interval(self.start, self.start))

    async def next_starts(self) -> list[datetime]:
        """The next starts that are free, within two weeks, the lead time and the horizon."""
        bookable = self.shape.terms.bookable(self.work.now, self.zone)
        begin = max(self.start, bookable.start)
        window = Interval(begin, min(begin + NEXT_DAYS, bookable.end))
        if window.start >= window.end:
            return []
        counted = await shape_of(self.work, self.clinic.id)
        shape = await self._shape(counted, frame_for(window))
        calendar = await self._calendar(shape, window)
        for each in self.own:
            calendar.release(*each)
        return calendar.starts(self.visit, window, limit=NEXT_STARTS)

    async def _calendar(self, shape: Shape, window: Interval) -> ClinicCalendar:
        work, clinic_id, frame = self.work, self.clinic.id, frame_for(window)
        calendars = await store.calendars_of(
            work.session, {clinic_id: shape}, work.scope, frame, work.now, self.visit.guests
        )
        calendar = calendars[clinic_id]
        if shape.terms.limits_visits:
            calendar.visits = await visits_taken(
                work.session, clinic_id, frame, work.scope, work.now
            )
        return calendar


class NotFree(Exception):
    """The start is not free; what is, is looked for when nobody waits for it any more."""


@asynccontextmanager
async def or_next_starts(place: Place) -> AsyncIterator[None]:
    """Around a turn at a calendar. Raises: SlotTaken with the next free starts for NotFree."""
    try:
        yield
    except NotFree:
        taken = True
    else:
        taken = False
    if taken:
        raise SlotTaken(await place.next_starts())


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """For what resources are taken: an appointment, or a hold until it expires; what began as a
    hold keeps its id."""

    clinic_id: UUID
    appointment_id: UUID | None = None
    slot_hold_id: UUID | None = None
    until: datetime | None = None

    @property
    def key(self) -> str:
        return str(self.slot_hold_id or self.appointment_id)

    @property
    def state(self) -> AllocationState:
        return AllocationState.BOOKED if self.until is None else AllocationState.HELD


Write = Callable[[], Awaitable[None]]


async def take(turn: Turn, place: Place, claim: Claim, write: Write) -> None:
    """Take what the visit needs, once `write` has written what it is taken for.

    Raises: NotFree, DailyLimitReached, what `write` raises.
    """
    for _ in range(TRIES):
        numbers = await _assigned(place)
        rows = allocations(claim, place.visit, place.start, place.shape.terms, numbers)
        if await inserted(place.work, rows, write):
            turn.note(Change(claim.key, True, cells_of(rows), place.day, claim.until))
            return
    raise NotFree


async def _assigned(place: Place) -> tuple[int, ...]:
    """The resources that the visit takes. Raises: NotFree, DailyLimitReached."""
    calendar = await place.calendar()
    numbers = calendar.assignment(place.visit, place.start)
    if numbers is None and calendar.terms.limits_visits:
        calendar.terms = unlimited(calendar.terms)
        numbers = calendar.assignment(place.visit, place.start)
        if numbers is not None:
            full = "On this day no more visits are taken."
            refusal = DailyLimitReached(full, field="startsAt")
            place.leniency.refuse(SoftRule.DAILY_LIMIT, refusal)
    if numbers is None:
        raise NotFree
    return numbers


def unlimited(terms: BookingTerms) -> BookingTerms:
    """The terms without limits to the visits of a day."""
    return replace(terms, most_visits_a_day=None, most_visits_a_practitioner=None)


async def free(
    work: Work, turn: Turn, starts_at: datetime, zone: ZoneInfo, *, of: ColumnElement[bool]
) -> Sequence[Any]:
    """Free the live allocations `of` a visit that starts, or was to start, at that instant; they
    are given back."""
    row = AllocationRow
    freed = update(row).where(of, col(row.state).in_(LIVE_ALLOCATIONS)).returning(*columns(row))
    rows = list(
        await execute(work.session, freed.values(state=AllocationState.FREED, expires_at=None))
    )
    if rows:
        key = str(rows[0].slot_hold_id or rows[0].appointment_id)
        day = local_day(starts_at, zone).toordinal()
        turn.note(Change(key, False, cells_of(rows), day))
    return rows


async def taken_by(
    work: Work, clinic_id: UUID, starts_at: datetime, *, of: ColumnElement[bool]
) -> Involved:
    """Who treats by the live allocations `of` some visits, the first of which starts then."""
    row, counted = AllocationRow, await shape_of(work, clinic_id)
    query = select(col(row.resource_no)).where(
        of,
        col(row.clinic_id) == clinic_id,
        col(row.resource_kind) == AllocatedKind.PRACTITIONER,
        col(row.state).in_(LIVE_ALLOCATIONS),
    )
    numbers = frozenset((await execute(work.session, query)).scalars())
    return Involved(numbers, counted, (starts_at - DAY).date())


async def clinic_of(work: Work, clinic_id: UUID) -> ClinicRow:
    """The clinic of a row that is in scope."""
    found = await clinics.clinic(work.session, work.scope, clinic_id)
    assert found is not None, "a row in scope is of a clinic in scope"
    return found


async def move_client_bookings(work: Work, client: ClientRow, from_no: int) -> None:
    """Rename a client in the calendar, who was `from_no` there: who is linked is one person.

    No calendar shows clients, so that none changes; it waits for its turn all the same.
    Raises: BookedElsewhere where the person would be in two visits at once.
    """
    await lock_calendar(work, client.clinic_id)
    statement = update(AllocationRow).where(
        col(AllocationRow.clinic_id) == client.clinic_id,
        col(AllocationRow.resource_no) == from_no,
        col(AllocationRow.ends_at) > work.now,
        col(AllocationRow.state).in_(LIVE_ALLOCATIONS),
    )
    try:
        async with work.session.begin_nested():
            await execute(work.session, statement.values(resource_no=client.resource_no))
    except IntegrityError as error:
        raise BookedElsewhere(
            "The same person has another visit at that time: call one of them off first.",
            field="client",
        ) from error


async def inserted(work: Work, rows: Sequence[AllocationRow], write: Write | None = None) -> bool:
    """Whether all are inserted, after what `write` writes; False where another clinic's booking
    was first, and nothing is."""
    try:
        async with work.session.begin_nested():
            if write is not None:
                await write()
            work.session.add_all(rows)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in TAKEN_TWICE:
            raise
        return False
    return True


def allocations(
    claim: Claim,
    visit: Visit,
    start: datetime,
    terms: BookingTerms,
    numbers: Sequence[int],
) -> list[AllocationRow]:
    """A row per resource and stretch, by resource: all who lock several lock in one order."""
    start = start.astimezone(UTC)
    rows = [
        AllocationRow(
            clinic_id=claim.clinic_id,
            appointment_id=claim.appointment_id,
            slot_hold_id=claim.slot_hold_id,
            state=claim.state,
            expires_at=claim.until,
            resource_kind=kind,
            role=role,
            resource_no=number,
            starts_at=start + timedelta(minutes=begin),
            ends_at=start + timedelta(minutes=end),
        )
        for (kind, role, stretches), number in zip(_takings(visit, terms), numbers, strict=True)
        for begin, end in stretches
    ]
    return sorted(rows, key=lambda row: (row.resource_no, row.starts_at))


def _takings(
    visit: Visit, terms: BookingTerms
) -> Iterator[tuple[AllocatedKind, str, list[tuple[int, int]]]]:
    """What each need and each guest takes: minutes after the start.

    A practitioner is taken for the clinic's buffer before the first stretch and after the last one
    as well, so that two visits lie both buffers apart: the calendar asks for idle time in the same
    places (`ClinicCalendar`). The last stretch of anything includes its clean-up; clients have
    neither.
    """
    for need in visit.needs:
        person = need.kind is ResourceKind.PRACTITIONER
        stretches = list(need.stretches)
        begin, end = stretches[0]
        stretches[0] = begin - (terms.buffer_before_minutes if person else 0), end
        begin, end = stretches[-1]
        after = need.clean_up + (terms.buffer_after_minutes if person else 0)
        stretches[-1] = begin, end + after
        yield AllocatedKind(need.kind), need.role, stretches
    for _ in visit.guests:
        yield AllocatedKind.CLIENT, "CLIENT", [(0, visit.minutes)]
