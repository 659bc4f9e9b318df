"""What is behind a calendar: names, closures and holidays, time off, visits and holds."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from schema.access.rules import Actor, ActorKind, Permission
from schema.base import Reader, execute
from schema.clinics import store as clinics
from schema.clinics.models import ClinicRow
from schema.intervals import Interval
from schema.paging import grouped
from schema.practitioners import store as practitioners
from schema.protocols.rules import ResourceKind
from schema.scheduling.models import AllocationRow
from schema.scheduling.rules import AllocationState, ClinicCalendar
from schema.scheduling.rules.grid import cells_of_time
from schema.scheduling.rules.holidays import closed_days, public_holidays
from schema.scheduling.rules.hours import day_window
from schema.scheduling.rules.reasons import Blocking, BlockingKind
from schema.scheduling.rules.standings import Booking, Grounds
from schema.scheduling.store.booking_rules import booking_rules_by_clinic
from schema.scheduling.store.busy import live_at
from schema.scope import Scope

DAY = timedelta(days=1)


async def grounds_of(
    session: Reader,
    actor: Actor,
    here: ClinicRow,
    calendar: ClinicCalendar,
    day: date,
    now: datetime,
) -> Grounds:
    """What is behind the calendar of a clinic, around a day; ids of visits for who reads them."""
    scope = actor.scope(Permission.AVAILABILITY_READ)
    rows = await practitioners.assignments_by_clinic(session, [here.id], scope)
    assignments: Sequence[Any] = rows.get(here.id, ())
    people = {each.practitioner_id: each.resource_no for each in assignments}
    window = Interval(*day_window(day, calendar.zone))
    around = Interval(window.start - DAY, window.end + DAY)
    away = await practitioners.time_off_by_practitioner(session, sorted(people), scope, around)
    return Grounds(
        clinic=Blocking(BlockingKind.CLINIC, here.code, here.id),
        closed=await _closed(session, scope, here, day),
        names=await _names(session, scope, calendar, assignments),
        assigned=grouped(assignments, "resource_no"),
        away={
            people[person]: [_time_off(each) for each in several]
            for person, several in away.items()
        },
        bookings=await _bookings(session, actor, here.id, around, now),
    )


async def _closed(
    session: Reader, scope: Scope, here: ClinicRow, day: date
) -> Mapping[date, Blocking]:
    """What closes the clinic on that day: a closure before a holiday."""
    rows = (await clinics.closures_by_clinic(session, [here.id], scope)).get(here.id, ())
    for each in rows:
        if closed_days([each], (), (), day, day):
            return {day: Blocking(BlockingKind.CLOSURE, each.reason, each.id)}
    rules = (await booking_rules_by_clinic(session, [here.id], scope)).get(here.id)
    if rules is None or not rules.closed_on_holidays:
        return {}
    holidays = public_holidays(here.jurisdiction_code, day, day)
    if not closed_days((), holidays, rules.open_holidays, day, day):
        return {}
    return {day: Blocking(BlockingKind.HOLIDAY, holidays[day])}


async def _names(
    session: Reader, scope: Scope, calendar: ClinicCalendar, assignments: Sequence[Any]
) -> Mapping[int, tuple[str, UUID]]:
    """What the resources of a calendar are called, by number."""
    names = {each.resource_no: (each.code, each.practitioner_id) for each in assignments}
    rooms, devices = (
        tuple(each.number for each in calendar.resources if each.kind is kind)
        for kind in (ResourceKind.ROOM, ResourceKind.DEVICE)
    )
    found: list[Any] = [
        *(await clinics.rooms_by_numbers(session, [rooms], scope))[rooms],
        *(await clinics.devices_by_numbers(session, [devices], scope))[devices],
    ]
    return names | {each.resource_no: (each.code, each.id) for each in found}


def _time_off(row: Any) -> Booking:
    cause = Blocking(BlockingKind.TIME_OFF, None, row.id)
    return Booking(*cells_of_time(row.starts_at, row.ends_at), cause)


async def _bookings(
    session: Reader, actor: Actor, clinic_id: UUID, around: Interval, now: datetime
) -> Mapping[int, Sequence[Booking]]:
    """The visits and holds of the clinic by what they take, for who reads visits there."""
    scope, row = actor.scope(Permission.APPOINTMENTS_READ), AllocationRow
    if clinic_id not in scope or actor.kind is ActorKind.PARTNER:
        return {}
    query = (
        select(
            col(row.resource_no),
            col(row.starts_at),
            col(row.ends_at),
            col(row.state),
            col(row.appointment_id),
            col(row.slot_hold_id),
        )
        .where(
            col(row.clinic_id) == clinic_id,
            scope.where(row.clinic_id),
            col(row.starts_at) < around.end,
            col(row.ends_at) > around.start,
            live_at(now),
        )
        .order_by(col(row.starts_at))
    )
    found: dict[int, list[Booking]] = {}
    for each in await execute(session, query):
        cells = cells_of_time(each.starts_at, each.ends_at)
        found.setdefault(each.resource_no, []).append(Booking(*cells, _cause(each)))
    return found


def _cause(row: Any) -> Blocking:
    if row.state == AllocationState.HELD:
        return Blocking(BlockingKind.SLOT_HOLD, None, row.slot_hold_id)
    return Blocking(BlockingKind.APPOINTMENT, None, row.appointment_id)
