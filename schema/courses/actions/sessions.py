"""What becomes of a course: its sessions are done, or what is left is called off."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from schema.base import execute
from schema.clients import actions as clients
from schema.clients.store import client as client_by_key
from schema.clinics.actions import Key
from schema.context import Work
from schema.courses import store
from schema.courses.models import CourseRow, CourseSessionRow
from schema.courses.rules import (
    CourseCancellation,
    CourseState,
    PractitionerNotAssigned,
    SessionNotPlanned,
    SessionState,
    check_active,
    check_depth,
    check_depth_allowed,
    check_interval,
    check_session_day,
    next_windows,
    spacing_in_force,
)
from schema.errors import NotFound
from schema.practitioners import store as practitioners
from schema.practitioners.rules import in_force_on
from schema.tasks.actions import open_task
from schema.tasks.rules import Subject, TaskKind

CALL_WITHIN = timedelta(days=7)


async def record_session(
    work: Work, *, course: Key, done_on: date, practitioner: Key, depth_mm: Decimal | None = None
) -> CourseRow:
    """The next planned session was done on a day; the windows of those after it move along, as
    far apart as the law has it by now.

    Raises: NotFound, CourseNotActive, SessionNotPlanned, InvalidDay, InvalidDepth,
    DepthNotAllowed, IntervalTooShort, PractitionerNotAssigned.
    """
    check_depth(depth_mm)
    row = await _locked(work, course)
    check_active(row.state)
    today = await clients.today_in(work, row.clinic_id)
    check_session_day(done_on, today, row.sold_on, row.expires_on)
    applied = await store.pinned_protocol(work.session, row, work.scope)
    if depth_mm is not None:
        check_depth_allowed(applied.content, depth_mm)
    treated_by = await _assigned(work, row.clinic_id, practitioner, done_on)
    client = await client_by_key(work.session, work.scope, row.client_id)
    assert client is not None, "a course and its client are of one clinic"
    treated = await store.days_done(work.session, client, row.areas)
    check_interval(treated, done_on, row, "doneOn")
    session, *later = await _planned(work, row)
    session.state, session.done_on = SessionState.DONE, done_on
    session.practitioner_id, session.depth_mm = treated_by, depth_mm
    spacing = spacing_in_force(row, applied, store.variant(row), row.areas)
    last_on = max([done_on, *(each.day for each in treated)])
    windows = next_windows(last_on, len(later), spacing, row.expires_on)
    for each, window in zip(later, windows, strict=True):
        each.earliest_on, each.preferred_on = window.earliest_on, window.preferred_on
        each.latest_on = window.latest_on
    if not later:
        row.state = CourseState.COMPLETED
    elif windows[-1].earliest_on > row.expires_on:
        _call_client(work, row, today)
    work.record("session.recorded", row.clinic_id, session, course=row.code, number=session.number)
    return row


async def _locked(work: Work, key: Key) -> CourseRow:
    found = await store.course(work.session, work.scope, key)
    if found is None:
        raise NotFound("course", key, field="course")
    return await work.session.get_one(CourseRow, found.id, with_for_update=True)


async def _assigned(work: Work, clinic_id: UUID, key: Key, day: date) -> UUID:
    """The practitioner who treated. Raises: NotFound, PractitionerNotAssigned."""
    found = await practitioners.practitioner(work.session, work.scope, key)
    if found is None:
        raise NotFound("practitioner", key, field="practitioner")
    all_of_them = await practitioners.assignments_by_practitioner(
        work.session, [found.id], work.scope
    )
    here = [each for each in all_of_them.get(found.id, ()) if each.clinic_id == clinic_id]
    if not any(in_force_on(each, day) for each in here):
        raise PractitionerNotAssigned(
            f"{found.code} was not assigned to this clinic on {day}.", field="practitioner"
        )
    return found.id


async def _planned(work: Work, course: CourseRow) -> list[CourseSessionRow]:
    """The sessions still to be done, by number, to be changed. Raises: SessionNotPlanned."""
    rows = (await store.sessions_by_course(work.session, [course.id], work.scope))[course.id]
    planned = [
        await work.session.get_one(CourseSessionRow, each.id)
        for each in rows
        if each.state == SessionState.PLANNED
    ]
    if not planned:
        raise SessionNotPlanned("All sessions of this course are done.", field="course")
    return planned


def _call_client(work: Work, course: CourseRow, today: date) -> None:
    """Have somebody talk to a client whose sessions do not fit any more."""
    open_task(
        work,
        clinic_id=course.clinic_id,
        kind=TaskKind.COURSE_LAPSE,
        title=f"Course {course.code} cannot be finished before {course.expires_on}.",
        due_on=today + CALL_WITHIN,
        subject=Subject("Course", course.id),
    )


async def cancel_course(work: Work, *, course: Key, reason: CourseCancellation) -> CourseRow:
    """Call off what is left of a course. Raises: NotFound, CourseNotActive."""
    row = await _locked(work, course)
    check_active(row.state)
    row.cancellation_reason = reason
    row.state, row.cancelled_at = CourseState.CANCELLED, work.now
    session: Any = CourseSessionRow
    planned = update(session).where(
        col(session.course_id) == row.id, col(session.state) == SessionState.PLANNED
    )
    await execute(work.session, planned.values(state=SessionState.CANCELLED))
    work.record("course.cancelled", row.clinic_id, row, code=row.code)
    return row
