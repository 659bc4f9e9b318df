"""Holding by the actions, at other times, and what calendars then say of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from schema.access.rules import SYSTEM, Actor
from schema.base import new_id
from schema.clients.models import ClientRow
from schema.context import Work, begin
from schema.scheduling import store
from schema.scheduling.actions import book_appointment, hold_slot
from schema.scheduling.models import AppointmentRow, SlotHoldRow
from schema.scheduling.store.live import LiveCalendars
from schema.scope import EVERYWHERE
from tests.asking import SECRETS, Acting
from tests.scheduling.setting import TREATMENT, Setting

DESK = new_id()


def desk(setting: Setting) -> Actor:
    """The same person at Raleigh's desk every time."""
    return replace(setting.desk, id=DESK)


@asynccontextmanager
async def at_time(act: Acting, actor: Actor, after: timedelta = timedelta()) -> AsyncIterator[Work]:
    """A transaction so much later than now."""
    async with begin(
        act.engine, actor, EVERYWHERE, SECRETS, "test", clock_offset=after, kept=act.kept
    ) as work:
        yield work


async def hold(
    act: Acting,
    setting: Setting,
    starts_at: datetime,
    *,
    actor: Actor | None = None,
    after: timedelta = timedelta(),
    clinic: str = "RALEIGH",
    **wanted: Any,
) -> SlotHoldRow:
    async with at_time(act, actor or desk(setting), after) as work:
        return await hold_slot(
            work, clinic=clinic, starts_at=starts_at, **{"wish": TREATMENT} | wanted
        )


async def book(
    act: Acting,
    setting: Setting,
    starts_at: datetime | None = None,
    *,
    actor: Actor | None = None,
    after: timedelta = timedelta(),
    client: ClientRow | None = None,
    clinic: str = "RALEIGH",
    **wanted: Any,
) -> AppointmentRow:
    """By start or, without one, by what is wanted."""
    at = {} if starts_at is None else {"clinic": clinic, "starts_at": starts_at, "wish": TREATMENT}
    async with at_time(act, actor or desk(setting), after) as work:
        return await book_appointment(
            work, client=(client or setting.raleigh_client).id, **{**at, **wanted}
        )


async def rows(act: Acting, statement: str) -> list[tuple[Any, ...]]:
    async with act.engine.execution_options(actor=SYSTEM).connect() as connection:
        return [tuple(each) for each in await connection.execute(text(statement))]


async def assert_calendars_agree(
    act: Acting, setting: Setting, after: timedelta = timedelta()
) -> None:
    """Versions are gapless, and what this process keeps is what the rows say."""
    gaps = await rows(
        act,
        "select c.clinic_id from clinic_calendars c left join calendar_changes n"
        " on n.clinic_id = c.clinic_id group by c.clinic_id, c.version"
        " having count(n.id) <> c.version or max(n.version) <> c.version",
    )
    assert gaps == []
    clinics = [setting.franchise.raleigh, setting.franchise.london]
    async with at_time(act, SYSTEM, after) as work:
        kept = await act.kept.get(LiveCalendars).calendars(
            act.engine, [each.id for each in clinics], work.now
        )
        for each in clinics:
            calendar = kept[each.id].calendar
            frame = calendar.frame
            made = await store.shapes(work.session, [each], EVERYWHERE, frame.interval)
            anew = await store.calendars_of(work.session, made, EVERYWHERE, frame, work.now)
            for number, free in anew[each.id].free.items():
                assert calendar.free[number] == free, (each.code, number)
