"""Calendars loaded whole, from one snapshot."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col

from schema.base import Reader
from schema.clinics.store import clinics_by_id
from schema.context import now_in
from schema.scheduling.models import AllocationRow
from schema.scheduling.rules import AllocationState, ClinicCalendar, Frame, Shape
from schema.scheduling.rules.calendars import CLINIC
from schema.scheduling.rules.changes import Change, LiveCalendar, people_of
from schema.scheduling.rules.grid import CELLS_A_DAY, floor_cell
from schema.scheduling.store.busy import Taken
from schema.scheduling.store.calendars import shapes
from schema.scheduling.store.day_counts import visits_by_clinic
from schema.scheduling.store.versions import (
    NEVER_CHANGED,
    Held,
    booked,
    holds,
    versions_by_clinic,
)
from schema.scope import EVERYWHERE

#: A calendar begins so many days ago, at midnight in UTC, and has so many: ninety to search in,
#: what a visit may touch around them, and a week in which it needs no loading.
DAYS_BEFORE, DAYS = 1, 100


def frame_at(now: datetime) -> Frame:
    """The cells of a calendar that is loaded now: the same all day, so that days are shared."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    first = floor_cell(midnight - timedelta(days=DAYS_BEFORE))
    return Frame(first, DAYS * CELLS_A_DAY)


async def load_calendars(
    session: Reader, clinic_ids: Sequence[UUID]
) -> Mapping[UUID, LiveCalendar]:
    """These clinics' calendars, all of one snapshot: `session` must be one of all clinics.

    A fixed number of statements. What takes long to compute is done beside the event loop.
    """
    now = await now_in(session)
    frame = frame_at(now)
    rows = await clinics_by_id(session, clinic_ids, EVERYWHERE)
    counted = await versions_by_clinic(session, clinic_ids, EVERYWHERE)
    made = await shapes(session, list(rows.values()), EVERYWHERE, frame.interval)
    numbers = sorted({number for shape in made.values() for number in shape.open})
    taken = await booked(session, numbers, frame)
    held = await holds(session, numbers, frame)
    limited = [clinic_id for clinic_id, shape in made.items() if shape.terms.limits_visits]
    is_booked = col(AllocationRow.state) == AllocationState.BOOKED  # holds are noted below
    visits = (
        await visits_by_clinic(session, limited, frame, EVERYWHERE, is_booked) if limited else {}
    )
    calendars = await asyncio.to_thread(_calendars, made, frame, taken)
    found = {}
    for clinic_id, calendar in calendars.items():
        known = {CLINIC, *people_of(calendar)}
        counts = visits.get(clinic_id, {}).items()
        calendar.visits.update({each: count for each, count in counts if each[0] in known})
        found[clinic_id] = LiveCalendar(calendar, *counted.get(clinic_id, NEVER_CHANGED))
        found[clinic_id].note_holds(_seen(clinic_id, calendar, held), now)
    return found


def _calendars(
    made: Mapping[UUID, Shape], frame: Frame, taken: Taken
) -> dict[UUID, ClinicCalendar]:
    return {
        clinic_id: shape.calendar(
            frame, {number: taken[number] for number in shape.open if number in taken}
        )
        for clinic_id, shape in made.items()
    }


def _seen(clinic_id: UUID, calendar: ClinicCalendar, held: Iterable[Held]) -> Iterator[Change]:
    """The holds as a clinic sees them: its own, and of others that somebody of it is taken."""
    for each in held:
        cells = tuple(one for one in each.change.cells if one[0] in calendar.open)
        day = each.change.day if each.clinic_id == clinic_id else None
        if cells or day is not None:
            yield replace(each.change, cells=cells, day=day)
