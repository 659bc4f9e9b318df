"""Clinics' calendars, put together from rows: a dozen statements, however many clinics."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from schema.base import Reader
from schema.clinics import store as clinics
from schema.clinics.models import ClinicRow
from schema.clinics.rules import local_day
from schema.intervals import Interval, intersect, subtract
from schema.paging import grouped
from schema.practitioners import store as practitioners
from schema.protocols.rules import ResourceKind
from schema.scheduling.models import BookingRulesRow
from schema.scheduling.rules import (
    ClinicCalendar,
    Frame,
    Hours,
    OpeningRules,
    Resource,
    Shape,
    device,
    frame_for,
    opening_intervals,
    practitioner,
    room,
)
from schema.scheduling.rules.holidays import closed_days, public_holidays
from schema.scheduling.store.booking_rules import booking_rules_by_clinic, booking_terms
from schema.scheduling.store.busy import busy, busy_elsewhere, merged
from schema.scope import Scope

Rows = Mapping[UUID, Sequence[Any]]
#: Weekdays, each with minutes of the clock from which until which it is open.
Week = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the calendars of some clinics are made of: rows by clinic or practitioner."""

    hours: Rows
    closures: Rows
    rooms: Rows
    devices: Rows
    assignments: Rows
    working_hours: Rows
    credentials: Rows
    certifications: Rows
    time_off: Rows
    booking_rules: Mapping[UUID, BookingRulesRow]
    scope_rules: Sequence[Any]
    chains: Mapping[str, tuple[str, ...]]


async def clinic_calendars(
    session: Reader,
    rows: Sequence[ClinicRow],
    scope: Scope,
    window: Interval,
    now: datetime,
) -> dict[UUID, ClinicCalendar]:
    """The calendars of these clinics for visits that start in `window`."""
    frame = frame_for(window)
    made = await shapes(session, rows, scope, frame.interval)
    return await calendars_of(session, made, scope, frame, now)


async def shapes(
    session: Reader, rows: Sequence[ClinicRow], scope: Scope, around: Interval
) -> dict[UUID, Shape]:
    """What the calendars of these clinics are made of: all of them that no lock has to protect."""
    facts = await _facts(session, [each.id for each in rows], scope, around)
    return {each.id: _shape(each, facts, around) for each in rows}


async def calendars_of(
    session: Reader,
    made: Mapping[UUID, Shape],
    scope: Scope,
    frame: Frame,
    now: datetime,
    guests: Sequence[int] = (),
) -> dict[UUID, ClinicCalendar]:
    """The calendars with what is taken by now, there and elsewhere, of these clients too."""
    around, clinic_ids = frame.interval, list(made)
    people = {
        each.number
        for shape in made.values()
        for each in shape.resources
        if each.kind is ResourceKind.PRACTITIONER
    }
    taken = merged(
        [
            await busy(session, clinic_ids, scope, around, now, guests),
            await busy_elsewhere(session, people.union(guests), clinic_ids, around, now),
        ]
    )
    return {
        clinic_id: shape.calendar(
            frame, {number: taken.get(number, []) for number in (*shape.open, *guests)}
        )
        for clinic_id, shape in made.items()
    }


async def _facts(
    session: Reader, clinic_ids: Sequence[UUID], scope: Scope, around: Interval
) -> Facts:
    assignments = await practitioners.assignments_by_clinic(session, clinic_ids, scope)
    people = sorted({each.practitioner_id for rows in assignments.values() for each in rows})
    return Facts(
        hours=await clinics.opening_hours_by_clinic(session, clinic_ids, scope),
        closures=await clinics.closures_by_clinic(session, clinic_ids, scope),
        rooms=await clinics.all_rooms(session, clinic_ids, scope),
        devices=await clinics.all_devices(session, clinic_ids, scope),
        assignments=assignments,
        working_hours=await practitioners.working_hours_by_clinic(session, clinic_ids, scope),
        credentials=await practitioners.credentials_by_practitioner(session, people, scope),
        certifications=await practitioners.certifications_by_practitioner(session, people, scope),
        time_off=await practitioners.time_off_by_practitioner(session, people, scope, around),
        booking_rules=await booking_rules_by_clinic(session, clinic_ids, scope),
        scope_rules=await practitioners.scope_rules(session),
        chains=await clinics.jurisdiction_chains(session),
    )


def _shape(row: ClinicRow, facts: Facts, around: Interval) -> Shape:
    zone = ZoneInfo(row.time_zone)
    days = local_day(around.start, zone), local_day(around.end, zone)
    week = tuple((each.weekday, each.opens, each.closes) for each in facts.hours.get(row.id, ()))
    opening = _hours(week, frozenset(_closed_days(row, facts, *days)), zone, *days)
    fixtures = [
        *(room(each.resource_no, each.room_kind) for each in facts.rooms.get(row.id, ())),
        *(_device(each) for each in facts.devices.get(row.id, ())),
    ]
    people = _people(row, facts, opening, zone, days)
    open: dict[int, Sequence[Interval]] = {each.number: opening for each in fixtures}
    open.update((each.number, intervals) for each, intervals in people)
    return Shape(
        zone=zone,
        resources=(*fixtures, *(each for each, _ in people)),
        open=open,
        terms=booking_terms(facts.booking_rules.get(row.id)),
    )


@lru_cache(maxsize=256)
def _hours(
    week: Week, closed: frozenset[date], zone: ZoneInfo, first_day: date, last_day: date
) -> tuple[Interval, ...]:
    """When it is open: clinics and people with the same week have the same hours, made once."""
    by_weekday: dict[int, list[Hours]] = {}
    for weekday, opens, closes in week:
        by_weekday.setdefault(weekday, []).append(Hours(opens, closes))
    rules = OpeningRules(by_weekday, dict.fromkeys(closed, ()))
    return tuple(opening_intervals(rules, zone, first_day, last_day))


@lru_cache(maxsize=256)
def _both(some: tuple[Interval, ...], others: tuple[Interval, ...]) -> tuple[Interval, ...]:
    return tuple(intersect(some, others))


def _closed_days(row: ClinicRow, facts: Facts, first_day: date, last_day: date) -> Collection[date]:
    """By its closures, and by the public holidays that it keeps."""
    closures, rules = facts.closures.get(row.id, ()), facts.booking_rules.get(row.id)
    if rules is None or not rules.closed_on_holidays:
        return closed_days(closures, (), (), first_day, last_day)
    holidays = public_holidays(row.jurisdiction_code, first_day, last_day)
    return closed_days(closures, holidays, rules.open_holidays, first_day, last_day)


def _device(row: Any) -> Resource:
    return device(
        row.resource_no,
        row.device_class,
        row.greatest_depth_mm,
        row.service_due_on,
        row.asks_for,
    )


def _people(
    row: ClinicRow,
    facts: Facts,
    opening: tuple[Interval, ...],
    zone: ZoneInfo,
    days: tuple[date, date],
) -> list[tuple[Resource, Sequence[Interval]]]:
    """Who is ever assigned to the clinic, each with the time they work in it."""
    weeks = grouped(facts.working_hours.get(row.id, ()), "practitioner_id")
    found: list[tuple[Resource, Sequence[Interval]]] = []
    for person, assignments in grouped(
        facts.assignments.get(row.id, ()), "practitioner_id"
    ).items():
        who = practitioner(
            assignments[0].resource_no,
            assignments,
            facts.credentials.get(person, ()),
            facts.scope_rules,
            facts.chains[row.jurisdiction_code],
            facts.certifications.get(person, ()),
        )
        week = tuple((each.weekday, each.starts, each.ends) for each in weeks.get(person, ()))
        worked = _both(opening, _hours(week, frozenset(), zone, *days))
        away = [Interval(each.starts_at, each.ends_at) for each in facts.time_off.get(person, ())]
        found.append((who, subtract(worked, away) if away else worked))
    return found
