"""When practitioners work, and when they are away."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlmodel import col

from schema.base import execute
from schema.clinics.actions import Key, clinic_in_scope
from schema.clinics.rules import WeeklyInterval, check_hours, local_day
from schema.context import Work
from schema.practitioners import store
from schema.practitioners.actions.assignments import (
    about_in_scope,
    acting_clinic,
    practitioner_in_scope,
)
from schema.practitioners.models import PractitionerRow, TimeOffRow, WorkingHoursRow
from schema.practitioners.rules import check_assigned, check_time_off


async def set_working_hours(
    work: Work, *, clinic: Key, practitioner: Key, week: Sequence[WeeklyInterval]
) -> PractitionerRow:
    """Replace a practitioner's week in one clinic; an empty week is never there.

    Raises: NotFound, InvalidHours, NotAssigned.
    """
    check_hours(week, "week")
    place = await clinic_in_scope(work, clinic)
    who = await practitioner_in_scope(work, practitioner)
    today = local_day(work.now, ZoneInfo(place.time_zone))
    check_assigned(await store.assignments_of(work.session, who.id, place.id), today)
    hours = WorkingHoursRow
    await execute(
        work.session,
        delete(hours).where(col(hours.clinic_id) == place.id, col(hours.practitioner_id) == who.id),
    )
    work.session.add_all(
        hours(
            clinic_id=place.id,
            practitioner_id=who.id,
            weekday=each.weekday,
            starts=each.opens,
            ends=each.closes,
        )
        for each in week
    )
    work.record("practitioner.hours_set", place.id, who, code=who.code, intervals=len(week))
    return who


async def add_time_off(
    work: Work, *, practitioner: Key, starts_at: datetime, ends_at: datetime, reason: str
) -> TimeOffRow:
    """Take a practitioner out of every clinic's calendar, from an instant up to another.

    Raises: NotFound, InvalidTimeOff.
    """
    check_time_off(starts_at, ends_at)
    who = await practitioner_in_scope(work, practitioner)
    row = TimeOffRow(
        practitioner_id=who.id, starts_at=starts_at, ends_at=ends_at, reason=reason.strip()
    )
    work.session.add(row)
    work.record(
        "practitioner.time_off_added",
        await acting_clinic(work, who),
        row,
        code=who.code,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    return row


async def remove_time_off(work: Work, *, time_off_id: UUID) -> TimeOffRow:
    """Put a practitioner back into the calendars. Raises: NotFound."""
    row, who = await about_in_scope(work, store.time_off_by_id, TimeOffRow, time_off_id, "time off")
    await work.session.delete(row)
    work.record(
        "practitioner.time_off_removed",
        await acting_clinic(work, who),
        row,
        code=who.code,
        starts_at=row.starts_at,
    )
    return row
