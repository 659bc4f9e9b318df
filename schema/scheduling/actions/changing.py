"""Changing calendars: in a clinic one after another, and told to whoever keeps them.

Whoever changes a clinic's calendar counts it up, with that of every other clinic in which somebody
works who may be taken, by ascending id: so they wait for each other, and none waits for ever. What
was read before is asked again then, or was of the shape that the counted calendar still has. Each
version says what it changed; nothing else of another clinic is seen.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from schema.base import among, execute
from schema.context import Work, every_clinic
from schema.scheduling.models import CHANNEL, AllocationRow, ClinicCalendarRow
from schema.scheduling.rules import AllocationState
from schema.scheduling.rules.appointments import CalendarBusy
from schema.scheduling.rules.changes import Change
from schema.scheduling.store.live import LiveCalendars
from schema.scheduling.store.sharing import Expired, clinics_of_practitioners, expired_holds
from schema.scheduling.store.versions import Counted, versions_by_clinic

TRIES = 4
KEPT_VERSIONS = 500
#: The statement waited as long as it may.
TIMED_OUT = "57014"
BUSY = "Others are changing this calendar; try again."
#: A notice holds up to 8,000 bytes; longer changes are read from their rows.
LONGEST_NOTICE = 7_000
COUNT = text(
    "insert into clinic_calendars (id, clinic_id, version)"
    " select gen_random_uuid(), clinic, 1"
    " from unnest(cast(:clinics as uuid[])) as clinic order by 2"
    " on conflict (clinic_id) do update set version = clinic_calendars.version + 1"
    " returning clinic_id, version, shape"
)
TELL = text(
    "with noted as (insert into calendar_changes (id, clinic_id, version, changes)"
    " select gen_random_uuid(), t.clinic, t.version, cast(t.written as jsonb)"
    " from unnest(cast(:clinics as uuid[]), cast(:versions as bigint[]), cast(:written as text[]))"
    " as t (clinic, version, written)),"
    " gone as (delete from calendar_changes using"
    " unnest(cast(:clinics as uuid[]), cast(:versions as bigint[])) as t (clinic, counted)"
    " where clinic_id = t.clinic and version < t.counted - :kept)"
    " select pg_notify(:channel, notice) from unnest(cast(:notices as text[])) as notice"
)


class Involved(NamedTuple):
    """The resources that a change may touch, as they were read at this shape of the calendar;
    `from_on` is a day before all of it."""

    numbers: Collection[int]
    shape: int
    from_on: date

    def beside(self, before: "Involved") -> "Involved":
        """These, and what was read before them."""
        numbers = frozenset(before.numbers).union(self.numbers)
        return Involved(numbers, self.shape, min(before.from_on, self.from_on))


Read = Callable[[], Awaitable[Involved]]


@dataclass(slots=True)
class Turn:
    """A turn at the calendar of a clinic. What is noted is written down when it ends."""

    clinic_id: UUID
    versions: Mapping[UUID, int]
    sharing: Mapping[int, Collection[UUID]]
    changes: dict[UUID, list[Change]] = field(default_factory=dict)

    def note(self, change: Change, clinic_id: UUID | None = None) -> None:
        """Note a change of this clinic's visits, or of another's, for all who share its people."""
        home = clinic_id or self.clinic_id
        self._add(home, change)
        shared = {each for number, *_ in change.cells for each in self.sharing.get(number, ())}
        for other in sorted(shared - {home}):
            cells = tuple(each for each in change.cells if other in self.sharing.get(each[0], ()))
            self._add(other, replace(change, cells=cells, day=None))

    def _add(self, clinic_id: UUID, change: Change) -> None:
        if clinic_id in self.versions:
            self.changes.setdefault(clinic_id, []).append(change)


@asynccontextmanager
async def changing(
    work: Work, clinic_id: UUID, read: Read, *, again: bool = False
) -> AsyncIterator[Turn]:
    """A turn at the clinic's calendar, when all who were first are through.

    `read` says what may be touched; it is asked anew where the shape changed meanwhile, and with
    `again` once more in any case. Expired holds of those resources are cleared away. Where the
    block raises, nothing was counted.

    Raises: CalendarBusy.
    """
    session = work.session
    for _ in range(TRIES):
        wanted = await read()
        savepoint = await session.begin_nested()
        async with AsyncExitStack() as undoing:
            undoing.push_async_callback(savepoint.rollback)
            turn = await _counted(work, clinic_id, wanted)
            if turn is None or (again and not set((await read()).numbers) <= set(wanted.numbers)):
                continue
            yield turn
            await _tell(work, turn)
            undoing.pop_all()
            await savepoint.commit()
            return
    raise CalendarBusy(BUSY)


async def _counted(work: Work, clinic_id: UUID, wanted: Involved) -> Turn | None:
    """Count up; None where what was read is out of date, so that too few may be locked.

    Who shares whom cannot change without the shape; and what had not expired by the one time that
    the transaction has, has not.
    """
    async with every_clinic(work.session):
        found = await _affected(work, clinic_id, wanted)
        alone = found.clinic_ids == {clinic_id}
        if not alone:
            counted = await _count(work, found)
            cleared = await _clear_away(work, found.expired)
    if alone:
        counted = await _count(work, found)
        cleared = await _clear_away(work, found.expired)
    if counted[clinic_id].shape != wanted.shape:
        return None
    turn = Turn(clinic_id, {key: each.version for key, each in counted.items()}, found.sharing)
    for each in found.expired:
        if each.hold_id in cleared:
            turn.note(each.change, each.clinic_id)
    return turn


async def _count(work: Work, found: "Affected") -> Mapping[UUID, Counted]:
    """Wait for whoever is at one of these calendars, and keep others waiting.

    Raises: CalendarBusy where that takes longer than a statement may.
    """
    statement = COUNT.bindparams(clinics=sorted(found.clinic_ids))
    try:
        rows = await execute(work.session, statement)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == TIMED_OUT:
            raise CalendarBusy(BUSY) from error
        raise
    return {each.clinic_id: Counted(each.version, each.shape) for each in rows}


class Affected(NamedTuple):
    clinic_ids: frozenset[UUID]
    sharing: Mapping[int, Collection[UUID]]
    expired: list[Expired]


async def _affected(work: Work, clinic_id: UUID, wanted: Involved) -> Affected:
    expired = await expired_holds(work.session, wanted.numbers, work.now)
    numbers = {number for each in expired for number, *_ in each.change.cells}
    sharing = await clinics_of_practitioners(
        work.session, numbers.union(wanted.numbers), wanted.from_on
    )
    theirs = {each.clinic_id for each in expired}
    return Affected(frozenset({clinic_id}.union(theirs, *sharing.values())), sharing, expired)


async def _clear_away(work: Work, expired: Collection[Expired]) -> Collection[UUID]:
    """The holds that are freed now; some may have been freed, or extended, meanwhile."""
    if not expired:
        return ()
    row = AllocationRow
    statement = update(row).where(
        among(col(row.slot_hold_id), [each.hold_id for each in expired]),
        col(row.state) == AllocationState.HELD,
        col(row.expires_at) <= work.now,
    )
    freed = statement.values(state=AllocationState.FREED, expires_at=None)
    rows = await execute(work.session, freed.returning(col(row.slot_hold_id)))
    return set(rows.scalars())


async def _tell(work: Work, turn: Turn) -> None:
    """Write down what each version changed, and tell every process once it is committed."""
    written = {
        clinic_id: orjson.dumps([each.written() for each in turn.changes.get(clinic_id, ())])
        for clinic_id in turn.versions
    }
    statement = TELL.bindparams(
        clinics=list(written),
        versions=list(turn.versions.values()),
        written=[each.decode() for each in written.values()],
        notices=[_notice(key, turn.versions[key], each) for key, each in written.items()],
        kept=KEPT_VERSIONS,
        channel=CHANNEL,
    )
    if len(written) == 1:
        await execute(work.session, statement)
    else:
        async with every_clinic(work.session):
            await execute(work.session, statement)
    work.after_commit.append(lambda: _apply(work, turn))


def _notice(clinic_id: UUID, version: int, written: bytes) -> str:
    head = f'{{"clinic":"{clinic_id}","version":{version}'
    short = len(written) <= LONGEST_NOTICE
    return f'{head},"changes":{written.decode()}}}' if short else head + "}"


def _apply(work: Work, turn: Turn) -> None:
    live = work.kept.get(LiveCalendars)
    for clinic_id, version in turn.versions.items():
        live.apply(clinic_id, version, turn.changes.get(clinic_id, ()))


async def lock_calendar(work: Work, clinic_id: UUID) -> None:
    """Wait for whoever changes the clinic's calendar, and keep others waiting; it is not changed.

    A clinic without a calendar has nothing in it that could change.
    """
    row = ClinicCalendarRow
    query = select(col(row.version)).where(col(row.clinic_id) == clinic_id).with_for_update()
    await execute(work.session, query)


async def shape_of(work: Work, clinic_id: UUID) -> int:
    """At which version the clinic's calendar took its present shape: read before what it is."""
    found = await versions_by_clinic(work.session, [clinic_id], work.scope)
    return found[clinic_id].shape if clinic_id in found else 0
