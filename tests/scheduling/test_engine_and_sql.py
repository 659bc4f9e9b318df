"""Calendars kept in memory, made of rows, and SQL find the same starts, whatever is booked."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg
import orjson
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from schema.access.rules import SYSTEM
from schema.base import new_id
from schema.clinics import actions as clinics
from schema.clinics.models import ClinicRow
from schema.clinics.rules import DeviceClass, RoomKind, WeeklyInterval
from schema.context import Work
from schema.intervals import Interval
from schema.practitioners import actions as practitioners
from schema.practitioners.rules import CertificationKind, CredentialType
from schema.protocols.rules import Need as VisitNeed
from schema.protocols.rules import ResourceKind
from schema.scheduling import store
from schema.scheduling.actions import set_booking_rules
from schema.scheduling.rules import AllocatedKind, Visit, frame_for
from schema.scheduling.rules.grid import cell_start
from schema.scheduling.store.beyond import starts_beyond
from schema.scheduling.store.day_counts import visits_taken
from schema.scheduling.store.live import LiveCalendars
from schema.scope import EVERYWHERE
from tests.asking import Acting
from tests.database import Clone, administering
from tests.scheduling.holding import book, hold
from tests.scheduling.setting import Setting

CELLS_A_DAY = 288
DAYS = 4
EVENINGS = [WeeklyInterval(day, 14 * 60, 2 * 60) for day in range(7)]
COLUMNS = (
    *("id", "clinic_id", "resource_kind", "role", "resource_no", "starts_at", "ends_at"),
    *("state", "expires_at", "appointment_id", "slot_hold_id"),
)


@dataclass(frozen=True)
class Booked:
    """A visit that takes resources of a clinic, by their places in its list: from a cell after its
    start, for some cells. A hold has `left` minutes to its expiry, or that long ago it ran out."""

    clinic: int
    cell: int
    takes: tuple[tuple[int, int, int], ...]
    state: str = "BOOKED"
    left: int = 0


@dataclass(frozen=True)
class Terms:
    before: int = 0
    after: int = 0
    most: int | None = None
    most_each: int | None = None


@dataclass
class Scene:
    """Two clinics, BEA in both; `numbers` are the resources of each, the client's last."""

    act: Acting
    admin: asyncpg.Connection
    rows: list[ClinicRow]
    numbers: list[list[tuple[int, str]]]
    #: The number of the cell with which the days begin.
    base: int
    appointment: UUID
    hold: UUID
    now: datetime

    @property
    def client(self) -> int:
        return self.numbers[0][-1][0]

    async def write(self, booked: Sequence[Booked], terms: Sequence[Terms]) -> None:
        """These and no others; where two take the same, the later one takes nothing."""
        await self.admin.execute(
            "delete from allocations;"
            f"delete from appointments where id <> '{self.appointment}';"
            f"delete from slot_holds where id <> '{self.hold}'"
        )
        for row, each in zip(self.rows, terms, strict=True):
            await self.admin.execute(
                "update booking_rules set buffer_before_minutes = $2, buffer_after_minutes = $3,"
                " most_visits_a_day = $4, most_visits_a_practitioner = $5 where clinic_id = $1",
                *(row.id, each.before, each.after, each.most, each.most_each),
            )
        taken: list[tuple[int, int, int]] = []
        for visit in booked:
            await self._add(visit, taken)

    async def _add(self, visit: Booked, taken: list[tuple[int, int, int]]) -> None:
        there, begin = self.numbers[visit.clinic], self.base + visit.cell
        takes = {there[k % len(there)]: (begin + at, begin + at + n) for k, at, n in visit.takes}
        if visit.state != "FREED":
            spans = [(number, *cells) for (number, _), cells in takes.items()]
            if any(n == m and a < d and c < b for n, a, b in spans for m, c, d in taken):
                return
            taken += spans
        held, key = visit.state == "HELD", new_id()
        table, like = ("slot_holds", self.hold) if held else ("appointments", self.appointment)
        until = self.now + timedelta(minutes=visit.left) if held else None
        said = {
            "id": str(key),
            "clinic_id": str(self.rows[visit.clinic].id),
            "starts_at": cell_start(begin).isoformat(),
            "ends_at": cell_start(begin + 6).isoformat(),
        } | ({"expires_at": until.isoformat()} if until else {})
        await self.admin.execute(
            f"insert into {table} select (jsonb_populate_record(a, $2::text::jsonb)).*"
            f" from {table} a where id = $1",
            like,
            orjson.dumps(said).decode(),
        )
        records = [
            (
                *(new_id(), self.rows[visit.clinic].id, kind, "role", number),
                *(cell_start(first), cell_start(last), visit.state, until),
                *((None, key) if held else (key, None)),
            )
            for (number, kind), (first, last) in takes.items()
        ]
        await self.admin.copy_records_to_table("allocations", records=records, columns=COLUMNS)

    async def found(
        self, visit: Visit, window: Interval, step: int | None, limit: int | None
    ) -> list[dict[UUID, list[datetime]]]:
        """The starts in each clinic: of a process that loads them now, of rows, and of SQL."""
        async with self.act.work(SYSTEM) as work:
            frame, session = frame_for(window), work.session
            taken = await store.busy_elsewhere(session, visit.guests, [], frame.interval, work.now)
            kept = await LiveCalendars().calendars(
                self.act.engine, [each.id for each in self.rows], work.now
            )
            made = await store.clinic_calendars(session, self.rows, EVERYWHERE, window, work.now)
            for clinic_id, calendar in made.items():
                calendar.visits = await visits_taken(
                    session, clinic_id, frame, EVERYWHERE, work.now
                )
            by_live, by_rows = (
                {each: one.starts(visit, window, step, limit, taken) for each, one in some.items()}
                for some in ({key: each.calendar for key, each in kept.items()}, made)
            )
            visits = {each.id: visit for each in self.rows}
            by_sql = await starts_beyond(
                session, EVERYWHERE, self.rows, visits, window, work.now, step, limit
            )
        return [by_live, by_rows, by_sql]


async def _furnish(work: Work, day: date) -> None:
    """More of each kind, with days on which they begin or cease to do."""
    await clinics.add_room(
        work, clinic="RALEIGH", code="T2", name="Second", room_kind=RoomKind.TREATMENT
    )
    await clinics.add_device_model(
        work,
        code="LASER",
        name="LASER",
        maker="Maker",
        device_class=DeviceClass.NEEDLE_PEN,
        greatest_depth_mm=Decimal("2.5"),
        certification_required=True,
    )
    for clinic, due in (("RALEIGH", None), ("LONDON", day + timedelta(days=2))):
        await clinics.add_device(
            work,
            clinic=clinic,
            code="LASER",
            model="LASER",
            serial_number=f"{clinic}-LASER",
            service_due_on=due,
        )
    await clinics.add_closure(
        work,
        clinic="LONDON",
        from_on=day + timedelta(days=1),
        to_on=day + timedelta(days=1),
        reason="Inventory",
    )
    await practitioners.register_practitioner(
        work,
        clinic="RALEIGH",
        code="CAL",
        name="Cal",
        from_on=day + timedelta(days=1),
        licences=[
            practitioners.Licence(
                CredentialType.NURSE, "US-NC", "RN-9", expires_on=day + timedelta(days=2)
            )
        ],
    )
    await practitioners.set_working_hours(work, clinic="RALEIGH", practitioner="CAL", week=EVENINGS)
    for code in ("BEA", "CAL"):
        await practitioners.add_certification(
            work, practitioner=code, kind=CertificationKind.DEVICE_MODEL, code="LASER"
        )
    for clinic in ("RALEIGH", "LONDON"):
        await set_booking_rules(work, clinic=clinic, expected_revision=0, terms={})


@pytest.fixture
async def scene(act: Acting, setting: Setting, database: Clone) -> AsyncIterator[Scene]:
    async with act.work() as work:
        await _furnish(work, setting.day)
    appointment = await book(act, setting, setting.at(10))
    held = await hold(act, setting, setting.at(14))
    rows = [setting.franchise.raleigh, setting.franchise.london]
    window = Interval(setting.at(0), setting.at(1))
    async with act.work() as work:
        shapes = await store.shapes(work.session, rows, EVERYWHERE, window)
        now = work.now
    numbers = [
        [(each.number, each.kind.value) for each in shapes[row.id].resources] for row in rows
    ]
    for each in numbers:
        each.append((setting.raleigh_client.resource_no, AllocatedKind.CLIENT.value))
    midnight = setting.day.toordinal() - date(1970, 1, 1).toordinal()
    async with administering(database.admin) as admin:
        await admin.execute("set session_replication_role = replica")
        yield Scene(act, admin, rows, numbers, midnight * CELLS_A_DAY, appointment.id, held.id, now)


takes = st.tuples(st.integers(0, 9), st.integers(-2, 8), st.integers(1, 24))
booked = st.builds(
    lambda clinic, day, at, takes, state, left: Booked(
        clinic, day * CELLS_A_DAY + at, tuple(takes), state, left
    ),
    st.integers(0, 1),
    st.integers(-1, DAYS),
    st.integers(9 * 12, 24 * 12),
    st.lists(takes, min_size=1, max_size=5),
    st.sampled_from(["BOOKED", "BOOKED", "HELD", "FREED"]),
    st.sampled_from([1000, 1000, -1000]),
)
terms = st.builds(
    Terms,
    st.sampled_from([0, 0, 10]),
    st.sampled_from([0, 0, 5, 30]),
    st.sampled_from([None, None, 1, 2]),
    st.sampled_from([None, None, 1, 2]),
)
NAMES = {
    ResourceKind.ROOM: [(), ("TREATMENT",)],
    ResourceKind.DEVICE: [("NEEDLE_PEN",), ("CENTRIFUGE",)],
    ResourceKind.PRACTITIONER: [("NURSE",), (), ("PHLEBOTOMIST", "NURSE")],
}
stretch = st.tuples(st.integers(0, 6), st.integers(1, 12)).map(lambda s: (5 * s[0], 5 * sum(s)))


@st.composite
def needs(draw: st.DrawFn) -> VisitNeed:
    kind = draw(st.sampled_from(list(NAMES)))
    name = draw(st.sampled_from(NAMES[kind]))
    drives = kind is not ResourceKind.ROOM and "CENTRIFUGE" not in name and draw(st.booleans())
    return VisitNeed(
        kind,
        "ROLE",
        (name,) if name else (),
        tuple(draw(st.lists(stretch, min_size=1, max_size=2))),
        draw(st.sampled_from([0, 0, 10])),
        Decimal("1.5") if drives else None,
    )


visits = st.builds(
    Visit, st.lists(needs(), min_size=1, max_size=3).map(tuple), st.sampled_from([30, 60, 90])
)


@settings(
    max_examples=settings.default.max_examples // 2,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    booked=st.lists(booked, max_size=12),
    terms=st.lists(terms, min_size=2, max_size=2),
    visit=visits,
    begin=st.integers(0, 2 * 24 * 60),
    length=st.integers(0, DAYS * 24 * 60) | st.just(DAYS * 24 * 60),
    step=st.sampled_from([None, 5, 20, 35, 60, 95]),
    limit=st.none() | st.integers(0, 5),
    guest=st.booleans(),
    led=st.none() | st.integers(0, 9),
)
async def test_all_ways_find_the_same_starts(
    scene: Scene,
    booked: list[Booked],
    terms: list[Terms],
    visit: Visit,
    begin: int,
    length: int,
    step: int | None,
    limit: int | None,
    guest: bool,
    led: int | None,
) -> None:
    await scene.write(booked, terms)
    first = cell_start(scene.base) + timedelta(minutes=begin)
    window = Interval(first, first + timedelta(minutes=length))
    people = [number for number, kind in scene.numbers[0] if kind == "PRACTITIONER"]
    asked = replace(
        visit,
        guests=(scene.client,) if guest else (),
        led_by=None if led is None else [*people, None, None][led % (len(people) + 2)],
    )
    kept, rows, sql = await scene.found(asked, window, step, limit)
    event("some starts" if any(rows.values()) else "none")
    assert kept == rows
    assert sql == rows


async def test_what_is_held_counts_among_a_days_visits(scene: Scene) -> None:
    """As it does where one is booked; SQL had counted what is booked alone."""
    room = VisitNeed(ResourceKind.ROOM, "ROOM", (("TREATMENT",),), ((0, 30),), 0)
    noon = scene.base + 17 * 12
    window = Interval(cell_start(noon), cell_start(noon + CELLS_A_DAY))
    for left, days in ((1000, {1}), (-1000, {0, 1})):
        held = Booked(0, 15 * 12, ((0, 0, 6),), "HELD", left)
        await scene.write([held], [Terms(most=1), Terms()])
        for found in await scene.found(Visit((room,), 30), window, 60, None):
            starts = found[scene.rows[0].id]
            midnight = cell_start(scene.base)
            assert {(start - timedelta(hours=5) - midnight).days for start in starts} == days
