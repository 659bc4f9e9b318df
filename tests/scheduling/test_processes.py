"""Whatever is held, booked, moved, cancelled or reshaped by several processes, in whatever order:
after every step each of them knows what the tables say.

`LIVE_EXAMPLES` asks for more examples than a usual run has.
"""

import asyncio
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.access.rules import Actor, Role
from schema.clinics import actions as clinics
from schema.clinics.rules import WeeklyInterval
from schema.errors import DomainError
from schema.scheduling.actions import (
    book_appointment,
    cancel_appointment,
    extend_slot_hold,
    hold_slot,
    move_appointment,
    release_slot_hold,
    set_booking_rules,
)
from schema.scheduling.rules import CancellationReason
from schema.scheduling.store.live import LiveCalendars
from tests.actors import everywhere
from tests.asking import Acting
from tests.database import Clone, administering
from tests.scheduling.processes import Confident, Process, assert_same, processes, rebuilt
from tests.scheduling.setting import CONSULTATION, TREATMENT, Setting, build_setting, register

T = TypeVar("T")
EXAMPLES = int(os.environ.get("LIVE_EXAMPLES", "6"))
STEPS = 16
CLINICS = "RALEIGH", "LONDON"
#: What of a visit's starts is tried, in quarters of an hour from nine in New York on: both clinics
#: are open, and few enough that visits are in each other's way.
STARTS = 12
EMPTIED = "appointments", "slot_holds", "allocations", "calendar_changes", "events"
EMPTY = "set session_replication_role = replica; " + (
    "; ".join(f"delete from {table}" for table in EMPTIED)
)


@dataclass
class World:
    """A database with two clinics, and three processes that serve them."""

    run: Any
    setting: Setting
    admin: asyncpg.Connection
    engine: AsyncEngine
    listening: Process
    forgetful: Process
    asking: Process
    desk: Actor
    clients: dict[str, list[UUID]]

    @property
    def processes(self) -> list[Process]:
        return [self.listening, self.forgetful, self.asking]

    @property
    def clinic_ids(self) -> list[UUID]:
        return [self.setting.franchise.raleigh.id, self.setting.franchise.london.id]

    def start(self, quarter: int) -> datetime:
        return self.setting.at(9) + quarter * timedelta(minutes=15)


clinic = st.sampled_from(CLINICS)
quarter = st.integers(0, STARTS - 1)
wish = st.sampled_from((CONSULTATION, CONSULTATION, TREATMENT))
which = st.integers(0, 100)
by = st.integers(0, 2)


class Machine(RuleBasedStateMachine):
    """Steps of whoever books, and of time; each is done by one of the processes."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.after = timedelta()
        self.holds: list[tuple[str, UUID]] = []
        self.visits: list[UUID] = []
        self.misses = False

    @initialize()
    def begin(self) -> None:
        """With empty calendars, and processes that know nothing."""
        world = self.world
        world.run(world.admin.execute(EMPTY))
        for where in CLINICS:
            self.reshape(where, opens=9, process=0)
        world.listening.live.__init__()  # type: ignore[misc]  # as if it was started anew
        world.forgetful.live.__init__()  # type: ignore[misc]
        world.asking.live.__init__()  # type: ignore[misc]
        world.forgetful.hears = lambda: not self.misses

    def do(self, process: int, act: Any) -> Any:
        """What the action returns, or None where it was refused."""

        async def done() -> Any:
            try:
                async with self.world.processes[process].work(self.world.desk, self.after) as work:
                    return await act(work)
            except DomainError:
                return None

        return self.world.run(done())

    @rule(where=clinic, at=quarter, what=wish, process=by)
    def hold(self, where: str, at: int, what: Any, process: int) -> None:
        start = self.world.start(at)
        found = self.do(
            process, lambda work: hold_slot(work, clinic=where, starts_at=start, wish=what)
        )
        if found is not None:
            self.holds.append((where, found.id))

    @rule(where=clinic, at=quarter, client=which, process=by)
    def book(self, where: str, at: int, client: int, process: int) -> None:
        start, key = self.world.start(at), self._client(where, client)
        self._note(
            self.do(
                process,
                lambda work: book_appointment(
                    work, client=key, clinic=where, starts_at=start, wish=CONSULTATION
                ),
            )
        )

    @precondition(lambda self: self.holds)
    @rule(held=which, client=which, process=by)
    def confirm(self, held: int, client: int, process: int) -> None:
        where, hold_id = self.holds[held % len(self.holds)]
        key = self._client(where, client)
        self._note(
            self.do(process, lambda work: book_appointment(work, client=key, slot_hold=hold_id))
        )

    @precondition(lambda self: self.holds)
    @rule(held=which, minutes=st.integers(1, 9), process=by)
    def extend(self, held: int, minutes: int, process: int) -> None:
        _, hold_id = self.holds[held % len(self.holds)]
        self.do(process, lambda work: extend_slot_hold(work, slot_hold_id=hold_id, minutes=minutes))

    @precondition(lambda self: self.holds)
    @rule(held=which, process=by)
    def release(self, held: int, process: int) -> None:
        _, hold_id = self.holds[held % len(self.holds)]
        self.do(process, lambda work: release_slot_hold(work, slot_hold_id=hold_id))

    @precondition(lambda self: self.visits)
    @rule(visit=which, at=quarter, process=by)
    def move(self, visit: int, at: int, process: int) -> None:
        key, start = self.visits[visit % len(self.visits)], self.world.start(at)
        self.do(process, lambda work: move_appointment(work, appointment_id=key, starts_at=start))

    @precondition(lambda self: self.visits)
    @rule(visit=which, process=by)
    def cancel(self, visit: int, process: int) -> None:
        key, reason = self.visits[visit % len(self.visits)], CancellationReason.CLIENT
        self.do(process, lambda work: cancel_appointment(work, appointment_id=key, reason=reason))

    @rule(minutes=st.integers(1, 7))
    def wait(self, minutes: int) -> None:
        """Holds expire."""
        self.after += timedelta(minutes=minutes)

    @rule(where=clinic, opens=st.sampled_from((8, 9)), process=by)
    def reshape(self, where: str, opens: int, process: int) -> None:
        week = [WeeklyInterval(day, opens * 60, 18 * 60) for day in range(7)]
        self.do(process, lambda work: clinics.set_opening_hours(work, clinic=where, week=week))

    @rule(misses=st.booleans())
    def miss(self, misses: bool) -> None:
        """From now on, one of them hears nothing, or hears again."""
        self.world.run(self.world.forgetful.told())
        self.misses = misses

    @invariant()
    def each_knows_what_the_tables_say(self) -> None:
        self.world.run(self._check())

    async def _check(self) -> None:
        world, ids = self.world, self.world.clinic_ids
        anew = await rebuilt(world.engine, ids, self.after)
        await world.forgetful.told()
        if self.misses:
            await world.forgetful.live.beat(world.forgetful.engine)
        for process in world.processes:
            fresh = process is world.asking
            found = await process.calendars(ids, self.after, fresh=fresh)
            for clinic_id in ids:
                assert_same(found[clinic_id], anew[clinic_id])

    def _client(self, where: str, which: int) -> UUID:
        known = self.world.clients[where]
        return known[which % len(known)]

    def _note(self, visit: Any) -> None:
        if visit is not None and visit.id not in self.visits:
            self.visits.append(visit.id)


async def lay(act: Acting) -> tuple[Setting, dict[str, list[UUID]]]:
    """Two clinics, of which one limits its visits; some clients of each."""
    async with act.work() as work:
        setting = await build_setting(work)
        terms: Any = {"most_visits_a_day": 6, "most_visits_a_practitioner": 5}
        await set_booking_rules(work, clinic="RALEIGH", expected_revision=0, terms=terms)
        return setting, {
            each: [(await register(work, each, name)).id for name in ("Ada", "Eve", "Ida")]
            for each in CLINICS
        }


def test_each_process_knows_what_the_tables_say_after_every_step(database: Clone) -> None:
    with asyncio.Runner() as runner:
        several = processes(database, Confident(), Confident(), LiveCalendars())
        admin = administering(database.admin)
        listening, forgetful, asking = runner.run(several.__aenter__())
        try:
            setting, clients = runner.run(lay(Acting(asking.engine)))

            class Here(Machine):
                world = World(
                    run=runner.run,
                    setting=setting,
                    admin=runner.run(admin.__aenter__()),
                    engine=asking.engine,
                    listening=listening,
                    forgetful=forgetful,
                    asking=asking,
                    desk=everywhere(Role.FRONT_DESK),
                    clients=clients,
                )

            run_state_machine_as_test(
                Here,
                settings=settings(
                    max_examples=EXAMPLES,
                    stateful_step_count=STEPS,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
            runner.run(admin.__aexit__(None, None, None))
        finally:
            runner.run(several.__aexit__(None, None, None))
