"""Many at once on real connections: nothing is taken twice, and every version says what it did."""

import random
from asyncio import gather
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from schema.access.rules import SYSTEM, Actor
from schema.clients.models import ClientRow
from schema.context import begin
from schema.errors import DomainError
from schema.scheduling.actions import (
    book_appointment,
    cancel_appointment,
    hold_slot,
    move_appointment,
    release_slot_hold,
)
from schema.scheduling.models import AppointmentRow
from schema.scheduling.rules import CancellationReason, SlotTaken
from schema.scheduling.store.live import LiveCalendars
from schema.scope import EVERYWHERE
from tests.asking import SECRETS, Acting
from tests.scheduling.holding import assert_calendars_agree, book, desk, rows
from tests.scheduling.setting import CONSULTATION, TREATMENT, Setting, register

WORKERS, TURNS = 12, 6
TWICE = """select count(*) from allocations one join allocations other
    on one.resource_no = other.resource_no and one.id < other.id and one.during && other.during
    where one.state in ('BOOKED', 'HELD') and other.state in ('BOOKED', 'HELD')"""
GAPS = """select clinic_id, count(*), max(version), min(version) from calendar_changes
    group by clinic_id having count(*) <> max(version) - min(version) + 1
    union all select c.clinic_id, c.version, max(n.version), 0 from clinic_calendars c
    left join calendar_changes n on n.clinic_id = c.clinic_id
    group by c.clinic_id, c.version having max(n.version) <> c.version"""


class Worker:
    """One of many who book, hold, move and call off, and note what was acknowledged."""

    def __init__(self, act: Acting, setting: Setting, number: int, client: ClientRow) -> None:
        self.act, self.setting, self.client = act, setting, client
        self.here = number % 3 > 0
        self.actor: Actor = setting.desk if self.here else setting.london_desk
        self.random = random.Random(number)
        self.booked: dict[Any, Any] = {}
        self.made = self.refused = 0

    async def run(self) -> None:
        for _ in range(TURNS):
            try:
                await self.random.choice(
                    (self.book, self.book, self.confirm, self.move, self.off)
                )()
            except DomainError:
                self.refused += 1

    def ways(self) -> Sequence[Callable[[], Awaitable[None]]]:
        return (self.book, self.book, self.confirm, self.move, self.off)

    def start(self) -> Any:
        minutes = 15 * self.random.randrange(32)
        return self.setting.at(9) + timedelta(minutes=minutes, days=self.random.randrange(2))

    def wanted(self) -> dict[str, Any]:
        clinic = "RALEIGH" if self.here else "LONDON"
        wish = self.random.choice((CONSULTATION, TREATMENT))
        return {"clinic": clinic, "starts_at": self.start(), "wish": wish}

    def work(self) -> Any:
        return begin(self.act.engine, self.actor, EVERYWHERE, SECRETS, "test", kept=self.act.kept)

    async def book(self) -> None:
        async with self.work() as work:
            row = await book_appointment(work, client=self.client.id, **self.wanted())
        self.booked[row.id] = row.starts_at
        self.made += 1

    async def confirm(self) -> None:
        async with self.work() as work:
            held = await hold_slot(work, **self.wanted())
        async with self.work() as work:
            if self.random.random() < 0.3:
                await release_slot_hold(work, slot_hold_id=held.id)
                return
            row = await book_appointment(work, client=self.client.id, slot_hold=held.id)
        self.booked[row.id] = row.starts_at
        self.made += 1

    async def move(self) -> None:
        if not self.booked:
            return
        key = self.random.choice(sorted(self.booked))
        async with self.work() as work:
            row = await move_appointment(work, appointment_id=key, starts_at=self.start())
        self.booked[key] = row.starts_at

    async def off(self) -> None:
        if not self.booked:
            return
        key = self.random.choice(sorted(self.booked))
        async with self.work() as work:
            await cancel_appointment(work, appointment_id=key, reason=CancellationReason.CLIENT)
        del self.booked[key]


async def test_whoever_comes_at_once_gets_what_is_acknowledged_and_nobody_twice(
    act: Acting, setting: Setting
) -> None:
    """Twelve on two clinics that share BEA."""
    async with act.work() as work:
        clients = [
            await register(work, "RALEIGH" if n % 3 else "LONDON", f"Client {n}")
            for n in range(WORKERS)
        ]
        live = act.kept.get(LiveCalendars)
        both = [setting.franchise.raleigh.id, setting.franchise.london.id]
        await live.calendars(act.engine, both, work.now)
    workers = [Worker(act, setting, number, client) for number, client in enumerate(clients)]
    await gather(*(each.run() for each in workers))
    assert await rows(act, TWICE) == [(0,)]
    assert await rows(act, GAPS) == []
    acknowledged = {key: at for each in workers for key, at in each.booked.items()}
    there = await rows(act, "select id, starts_at from appointments where state = 'BOOKED'")
    assert sorted(there) == sorted(acknowledged.items())
    assert sum(each.made for each in workers) > WORKERS / 2  # some were called off again
    await assert_calendars_agree(act, setting)


async def test_a_connection_that_is_lost_leaves_nothing(
    act: Acting, setting: Setting, cleaner: asyncpg.Connection
) -> None:
    """In the middle of booking somebody who works in two clinics; whoever waited goes on."""
    before = await act.contents()

    async def lost() -> None:
        async with begin(act.engine, SYSTEM, EVERYWHERE, SECRETS, "test", kept=act.kept) as work:
            await book_appointment(
                work,
                clinic="RALEIGH",
                client=setting.raleigh_client.id,
                starts_at=setting.at(10),
                wish=TREATMENT,
                practitioner="BEA",
            )
            connection = await work.session.connection()
            pid = (await connection.exec_driver_sql("select pg_backend_pid()")).scalar_one()
            await cleaner.execute("select pg_terminate_backend($1)", pid)

    with pytest.raises((DBAPIError, asyncpg.PostgresError, ConnectionError)):
        await lost()
    assert await act.contents() == before
    await assert_calendars_agree(act, setting)
    row = await book(act, setting, setting.at(10), practitioner="BEA", actor=desk(setting))
    assert isinstance(row, AppointmentRow)
    await assert_calendars_agree(act, setting)


async def test_those_who_wait_for_one_that_fails_go_on(act: Acting, setting: Setting) -> None:
    """What is rolled back is counted by nobody."""
    versions = await rows(act, "select clinic_id, version from clinic_calendars order by 1")

    async def failing() -> None:
        async with act.work() as work:
            await hold_slot(work, clinic="RALEIGH", starts_at=setting.at(10), wish=TREATMENT)
            raise ZeroDivisionError

    done = await gather(
        failing(),
        book(act, setting, setting.at(10), actor=desk(setting)),
        failing(),
        return_exceptions=True,
    )
    first, booked, last = done
    assert isinstance(booked, AppointmentRow)
    assert {type(first), type(last)} <= {ZeroDivisionError, SlotTaken}
    after = await rows(act, "select clinic_id, version from clinic_calendars order by 1")
    assert [(key, version + 1) for key, version in versions] == after
    await assert_calendars_agree(act, setting)
