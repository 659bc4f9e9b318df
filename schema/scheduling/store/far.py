"""Calendars made for one answer, for the few starts beyond those that are kept in memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from schema.base import Reader
from schema.clinics.store import clinics_by_id
from schema.context import now_in
from schema.intervals import Interval
from schema.scheduling.rules import ClinicCalendar
from schema.scheduling.store.calendars import clinic_calendars
from schema.scope import Scope


class Around(NamedTuple):
    """Visits to a clinic that start from the one to the other, both included."""

    clinic_id: UUID
    first: datetime
    last: datetime


async def calendars_around(
    session: Reader, wanted: Sequence[Around], scope: Scope
) -> Mapping[Around, ClinicCalendar]:
    """From the tables: as many statements for all of them as for one."""
    window = Interval(min(each.first for each in wanted), max(each.last for each in wanted))
    rows = await clinics_by_id(session, list({each.clinic_id for each in wanted}), scope)
    now = await now_in(session)
    made = await clinic_calendars(session, list(rows.values()), scope, window, now)
    return {each: made[each.clinic_id] for each in wanted if each.clinic_id in made}
