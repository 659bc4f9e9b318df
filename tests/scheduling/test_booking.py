"""Booking and calling off, by the actions: what is taken, and nothing taken twice."""

from asyncio import gather
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import combinations

import pytest
from sqlalchemy import text

from schema.access.rules import SYSTEM, Actor
from schema.base import execute
from schema.clients.models import ClientRow
from schema.errors import NotFound
from schema.intervals import Interval
from schema.practitioners import actions as practitioners
from schema.protocols.store import resolved_protocols
from schema.scheduling import store
from schema.scheduling.actions import (
    book_appointment,
    cancel_appointment,
    move_client_bookings,
)
from schema.scheduling.models import AllocationRow, AppointmentRow
from schema.scheduling.rules import (
    AllocatedKind,
    AppointmentState,
    BookedElsewhere,
    CancellationReason,
    ClinicCalendar,
    SlotTaken,
    Visit,
)
from schema.scheduling.rules.appointments import NotCancellable
from schema.scheduling.rules.grid import cells_of_time
from schema.scheduling.rules.hours import day_window, local_instant
from schema.scope import EVERYWHERE
from tests.asking import Acting
from tests.scheduling.setting import CONSULTATION, NEW_YORK, TREATMENT, Setting, register

LONDON = "Europe/London"


async def book(
    act: Acting,
    setting: Setting,
    starts_at: datetime,
    *,
    actor: Actor | None = None,
    client: ClientRow | None = None,
    clinic: str = "RALEIGH",
    **wanted: object,
) -> AppointmentRow:
    async with act.work(actor or setting.desk) as work:
        return await book_appointment(
            work,
            clinic=clinic,
            client=(client or setting.raleigh_client).id,
            starts_at=starts_at,
            **({"wish": TREATMENT} | wanted),  # type: ignore[arg-type]
        )


async def book_in_london(
    act: Acting, setting: Setting, starts_at: datetime, **wanted: object
) -> AppointmentRow:
    actor, client = setting.london_desk, setting.london_client
    return await book(
        act, setting, starts_at, actor=actor, client=client, clinic="LONDON", **wanted
    )


async def more_clients(act: Acting, clinic: str, count: int) -> list[ClientRow]:
    async with act.work() as work:
        return [await register(work, clinic, f"Client {n}") for n in range(count)]


async def allocations(act: Acting, row: AppointmentRow) -> list[AllocationRow]:
    async with act.work() as work:
        found = await store.allocations_by_appointment(work.session, [row.id], EVERYWHERE)
    return found[row.id]


async def taken_by(act: Acting, row: AppointmentRow) -> dict[str, list[tuple[int, int]]]:
    """By role: the minutes after the start for which it is taken."""
    found: dict[str, list[tuple[int, int]]] = {}
    for each in await allocations(act, row):
        span = [
            (edge - row.starts_at) // timedelta(minutes=1)
            for edge in (each.starts_at, each.ends_at)
        ]
        found.setdefault(each.role, []).append((span[0], span[1]))
    return found


async def practitioners_of(act: Acting, row: AppointmentRow) -> list[str]:
    async with act.work() as work:
        found = await store.practitioners_by_appointment(work.session, [row.id], EVERYWHERE)
    return [each.code for each in found.get(row.id, [])]


async def assert_nothing_taken_twice(act: Acting) -> None:
    async with act.engine.execution_options(actor=SYSTEM).connect() as connection:
        rows = await connection.execute(
            text("select resource_no, starts_at, ends_at from allocations where state = 'BOOKED'")
        )
        for one, other in combinations(rows.all(), 2):
            if one.resource_no == other.resource_no:
                assert one.ends_at <= other.starts_at or other.ends_at <= one.starts_at


async def test_a_visit_takes_what_its_steps_need(act: Acting, setting: Setting) -> None:
    """The room with its clean-up, the practitioner but while the numbing works, the client."""
    row = await book(act, setting, setting.at(10))
    assert (row.starts_at, row.ends_at) == (setting.at(10), setting.at(11, 15))
    assert await taken_by(act, row) == {
        "CLIENT": [(0, 75)],
        "NEEDLE_DEVICE": [(40, 70)],
        "OPERATOR": [(0, 20), (40, 70)],
        "ROOM": [(0, 80)],
    }
    kinds = {each.resource_kind for each in await allocations(act, row)}
    assert kinds == set(AllocatedKind)


async def test_the_least_flexible_practitioner_goes_first(act: Acting, setting: Setting) -> None:
    """ANA only treats; BEA draws blood too, and stays free for that."""
    row = await book(act, setting, setting.at(10))
    assert await practitioners_of(act, row) == ["ANA"]


async def test_different_roles_take_different_people(act: Acting, setting: Setting) -> None:
    row = await book(act, setting, setting.at(10), wish=replace(TREATMENT, add_ons=("PRP",)))
    assert await practitioners_of(act, row) == ["ANA", "BEA"]


async def test_a_named_practitioner_treats(act: Acting, setting: Setting) -> None:
    row = await book(act, setting, setting.at(10), practitioner="BEA")
    assert await practitioners_of(act, row) == ["BEA"]


async def test_what_is_taken_is_refused_with_the_next_starts(act: Acting, setting: Setting) -> None:
    await book(act, setting, setting.at(10))
    (other,) = await more_clients(act, "RALEIGH", 1)
    before = await act.counts()
    with pytest.raises(SlotTaken) as refused:
        await book(act, setting, setting.at(10, 15), client=other)
    assert refused.value.next_free[0] == setting.at(11, 30)  # the room is cleaned until 11:20
    assert len(refused.value.next_free) == 5
    assert await act.counts() == before
    await book(act, setting, setting.at(11, 20), client=other)


async def test_calling_off_frees_what_was_taken(act: Acting, setting: Setting) -> None:
    row = await book(act, setting, setting.at(10))
    async with act.work(setting.desk) as work:
        cancelled = await cancel_appointment(
            work, appointment_id=row.id, reason=CancellationReason.CLIENT
        )
    assert cancelled.state == AppointmentState.CANCELLED
    assert cancelled.cancelled_at is not None
    assert await practitioners_of(act, row) == []
    (other,) = await more_clients(act, "RALEIGH", 1)
    await book(act, setting, setting.at(10), client=other)
    before = await act.counts()
    async with act.work(setting.desk) as work:
        with pytest.raises(NotCancellable):
            await cancel_appointment(work, appointment_id=row.id, reason=CancellationReason.CLIENT)
    assert await act.counts() == before


async def test_of_twelve_who_want_one_slot_exactly_one_gets_it(
    act: Acting, setting: Setting
) -> None:
    clients = await more_clients(act, "RALEIGH", 12)
    done = await gather(
        *(book(act, setting, setting.at(10), client=each) for each in clients),
        return_exceptions=True,
    )
    assert sum(isinstance(each, AppointmentRow) for each in done) == 1
    assert sum(isinstance(each, SlotTaken) for each in done) == 11
    assert (await act.counts())["appointments"] == 1
    await assert_nothing_taken_twice(act)


async def test_who_come_at_once_get_the_starts_that_do_not_clash(
    act: Acting, setting: Setting
) -> None:
    clients = await more_clients(act, "RALEIGH", 12)
    starts = [setting.at(9) + n * timedelta(minutes=40) for n in range(12)]
    done = await gather(
        *(
            book(act, setting, start, client=client)
            for start, client in zip(starts, clients, strict=True)
        ),
        return_exceptions=True,
    )
    assert [each for each in done if not isinstance(each, AppointmentRow | SlotTaken)] == []
    assert sum(isinstance(each, AppointmentRow) for each in done) >= 4
    await assert_nothing_taken_twice(act)


async def test_clinics_that_share_a_practitioner_never_book_her_twice(
    act: Acting, setting: Setting
) -> None:
    """Each under its own clinic's lock: between them stands the exclusion constraint."""
    (other,) = await more_clients(act, "RALEIGH", 1)
    start = setting.at(10)  # 15:00 in London
    done = await gather(
        book(act, setting, start, practitioner="BEA", client=other),
        book_in_london(act, setting, start),
        return_exceptions=True,
    )
    assert sum(isinstance(each, AppointmentRow) for each in done) == 1
    assert sum(isinstance(each, SlotTaken) for each in done) == 1
    await assert_nothing_taken_twice(act)


async def test_a_shared_practitioner_who_is_busy_elsewhere_is_not_taken(
    act: Acting, setting: Setting
) -> None:
    """London takes BEA while Raleigh would have her draw blood; without that, ANA treats."""
    there = await book_in_london(act, setting, setting.at(10, 20))
    assert await practitioners_of(act, there) == ["BEA"]
    with pytest.raises(SlotTaken):
        await book(act, setting, setting.at(10), wish=replace(TREATMENT, add_ons=("PRP",)))
    here = await book(act, setting, setting.at(10))
    assert await practitioners_of(act, here) == ["ANA"]


async def calendar_of(act: Acting, actor: Actor, setting: Setting, day: date) -> ClinicCalendar:
    async with act.work(actor) as work:
        rows = [setting.franchise.raleigh]
        window = day_window(day, NEW_YORK)
        found = await store.clinic_calendars(
            work.session, rows, work.actor.reach(), window, work.now
        )
    return found[setting.franchise.raleigh.id]


async def test_a_clinic_learns_when_a_colleague_is_busy_elsewhere_and_nothing_else(
    act: Acting, setting: Setting
) -> None:
    """And after that read, row-level security shows it its own rows only."""
    row = await book_in_london(act, setting, setting.at(10))
    calendar = await calendar_of(act, setting.desk, setting, setting.day)
    (bea,) = {each.resource_no for each in await allocations(act, row) if each.role == "OPERATOR"}
    taken = [
        Interval(setting.at(10), setting.at(10, 20)),
        Interval(setting.at(10, 40), setting.at(11, 10)),
    ]
    assert calendar.taken[bea] == calendar.frame.bytes(
        calendar.frame.mask(cells_of_time(*each) for each in taken)
    )
    async with act.work(setting.desk) as work:
        numbers = [bea]
        window = day_window(setting.day, NEW_YORK)
        await store.busy_elsewhere(work.session, numbers, [], window, work.now)
        seen = await execute(work.session, text("select count(*) from allocations"))
        assert seen.scalar_one() == 0


async def test_time_off_and_expired_licences_take_a_practitioner_out(
    act: Acting, setting: Setting
) -> None:
    async with act.work() as work:
        await practitioners.add_time_off(
            work,
            practitioner="ANA",
            starts_at=setting.at(12),
            ends_at=setting.at(14),
            reason="A course",
        )
    row = await book(act, setting, setting.at(11))
    assert await practitioners_of(act, row) == ["BEA"]


async def test_one_instant_in_two_zones_is_one_slot(act: Acting, setting: Setting) -> None:
    """A caller writes the start by its own clocks; what is taken is the instant."""
    (other,) = await more_clients(act, "RALEIGH", 1)
    row = await book(act, setting, setting.at(15, zone=LONDON))
    assert row.starts_at == setting.at(10)
    with pytest.raises(SlotTaken):
        await book(act, setting, setting.at(10), client=other)


def next_change_of_clocks(now: datetime) -> date:
    """The next local day of 23 or 25 hours in New York."""
    day = now.astimezone(NEW_YORK).date() + timedelta(days=2)
    while day_window(day, NEW_YORK).duration == timedelta(days=1):
        day += timedelta(days=1)
    return day


async def test_the_day_the_clocks_change_is_booked_by_the_clinics_clocks(
    act: Acting, setting: Setting
) -> None:
    async with act.work() as work:
        day = next_change_of_clocks(work.now)
    calendar = await calendar_of(act, setting.desk, setting, day)
    async with act.work(setting.desk) as work:
        scope = work.actor.reach()
        clinic_id = setting.franchise.raleigh.id
        adopted = await store.adoptions(work.session, scope, [clinic_id], "MN-MEDICAL")
        (found,) = (await resolved_protocols(work.session, list(adopted.values()), scope)).values()
    visit = Visit.of(found.content, TREATMENT, "MN-MEDICAL")
    starts = list(calendar.starts(visit, day_window(day, NEW_YORK), 15))
    assert starts[0] == local_instant(day, 9 * 60, NEW_YORK)
    assert starts[-1] == local_instant(day, 16 * 60 + 45, NEW_YORK)
    row = await book(act, setting, starts[0])
    assert row.starts_at.astimezone(NEW_YORK).hour == 9
    (other,) = await more_clients(act, "RALEIGH", 1)
    with pytest.raises(SlotTaken):
        await book(act, setting, starts[0] - timedelta(hours=1), client=other)


async def test_a_partner_calls_off_only_what_it_booked(act: Acting, setting: Setting) -> None:
    ours = await book(act, setting, setting.at(10))
    theirs = await book(
        act,
        setting,
        setting.at(14),
        actor=setting.partner,
        client=setting.partner_client,
        external_reference="B-1",
    )
    async with act.work(setting.partner) as work:
        with pytest.raises(NotFound, match=r"^No such appointment\.$"):
            await cancel_appointment(work, appointment_id=ours.id, reason=CancellationReason.CLIENT)
        await cancel_appointment(work, appointment_id=theirs.id, reason=CancellationReason.CLIENT)


async def as_one_person(act: Acting, setting: Setting) -> None:
    """What linking them does to the calendar: Raleigh's client takes the number of London's."""
    async with act.work() as work:
        client = await work.session.get_one(ClientRow, setting.raleigh_client.id)
        before, client.resource_no = client.resource_no, setting.london_client.resource_no
        await move_client_bookings(work, client, before)


async def test_what_is_booked_before_clients_are_linked_moves_along(
    act: Acting, setting: Setting
) -> None:
    row = await book(act, setting, setting.at(10))
    await as_one_person(act, setting)
    clients = [
        each.resource_no
        for each in await allocations(act, row)
        if each.resource_kind == AllocatedKind.CLIENT
    ]
    assert clients == [setting.london_client.resource_no]
    with pytest.raises(SlotTaken):
        await book_in_london(act, setting, setting.at(10, 30), wish=CONSULTATION)


async def test_who_would_be_in_two_places_is_not_linked(act: Acting, setting: Setting) -> None:
    await book(act, setting, setting.at(10))
    await book_in_london(act, setting, setting.at(10, 30))
    before = await act.counts()
    with pytest.raises(BookedElsewhere):
        await as_one_person(act, setting)
    assert await act.counts() == before
