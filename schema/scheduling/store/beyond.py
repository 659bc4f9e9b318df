"""Searches beyond what calendars in memory reach: from the tables, in SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from schema.base import Reader
from schema.clinics.models import ClinicRow
from schema.clinics.store import clinics_by_id
from schema.errors import BadRequest
from schema.intervals import Interval
from schema.scheduling.rules import Beyond, Offer, Search, Shape, Visit, frame_for
from schema.scheduling.rules.runs import runs
from schema.scheduling.rules.terms import USUAL_TERMS
from schema.scheduling.store.calendars import shapes
from schema.scheduling.store.day_counts import visits_taken
from schema.scheduling.store.live import HORIZON
from schema.scheduling.store.sql_starts import starts_by_sql
from schema.scope import Scope

#: So many clinics are asked at once.
MOST_CLINICS = 50
#: Instants a step apart, of all clinics, day and night: a month of so many clinics.
MOST_ALIGNED = 150_000


async def with_beyond(
    session: Reader, scope: Scope, offers: Sequence[Offer], search: Search, now: datetime
) -> list[Offer]:
    """The offers, with what is free there beyond the calendars in memory. Raises: BadRequest."""
    start, end = search.anywhere
    since = max(start, now + HORIZON)
    visits = {each.clinic_id: each.visit for each in offers if each.visit}
    if end <= since or not visits:
        return list(offers)
    if len(visits) > MOST_CLINICS:
        raise BadRequest(
            f"More than {HORIZON.days} days ahead, at most {MOST_CLINICS} clinics at once."
        )
    step = timedelta(minutes=search.step_minutes or USUAL_TERMS.step_minutes)
    if len(visits) * ((end - since) // step) > MOST_ALIGNED:
        raise BadRequest(
            f"Too much at once, more than {HORIZON.days} days ahead: search fewer clinics or days,"
            " or a longer step."
        )
    rows = await clinics_by_id(session, list(visits), scope)
    found = await starts_beyond(
        session,
        scope,
        list(rows.values()),
        visits,
        Interval(since, end),
        now,
        search.step_minutes,
    )
    return [replace(each, beyond=Beyond(since, found.get(each.clinic_id, ()))) for each in offers]


async def starts_beyond(
    session: Reader,
    scope: Scope,
    rows: Sequence[ClinicRow],
    visits: Mapping[UUID, Visit],
    window: Interval,
    now: datetime,
    step_minutes: int | None = None,
    limit: int | None = None,
) -> dict[UUID, list[datetime]]:
    """What `ClinicCalendar.starts` would answer for each clinic's visit, had it a calendar there.

    One statement for each run of days, usually one a week and clinic: for the few who plan so far
    ahead.
    """
    made = await shapes(session, rows, scope, frame_for(window).interval)
    return {
        clinic_id: await _starts(
            session, scope, clinic_id, shape, visits[clinic_id], window, now, step_minutes, limit
        )
        for clinic_id, shape in made.items()
    }


async def _starts(
    session: Reader,
    scope: Scope,
    clinic_id: UUID,
    shape: Shape,
    visit: Visit,
    window: Interval,
    now: datetime,
    step_minutes: int | None,
    limit: int | None,
) -> list[datetime]:
    frame = frame_for(window)
    calendar = shape.calendar(frame)
    if shape.terms.limits_visits:
        calendar.visits = await visits_taken(session, clinic_id, frame, scope, now)
    step = step_minutes or shape.terms.step_minutes
    open = {**shape.open, **{guest: [frame.interval] for guest in visit.guests}}
    found: list[datetime] = []
    for run in runs(calendar, visit, window, step):
        if limit is not None and len(found) >= limit:
            break
        starts = {
            start
            for needs in run.casts
            for start in await starts_by_sql(session, open, needs, run.window, step, now)
        }
        found += sorted(starts)
    return found[:limit]
