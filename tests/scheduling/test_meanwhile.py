"""Sales and bookings while the clinic upgrades: on real connections, one version or the other."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from schema.access.rules import SYSTEM
from schema.context import Work
from schema.courses.actions import sell_course
from schema.protocols.actions import set_protocol_offered, upgrade_clinic_protocol
from schema.protocols.models import ClinicProtocolRow
from schema.scheduling.actions import book_appointment
from tests.asking import Acting, Asking
from tests.courses.versions import adoption, next_version, spaced, upgrade
from tests.scheduling.asked import VISIT, book, sold
from tests.scheduling.setting import TREATMENT, Setting

Act = Callable[[Work, Setting, ClinicProtocolRow], Coroutine[Any, Any, Any]]
SOLD = """select protocol_versions.number, min_days from courses
    join protocol_versions on protocol_versions.id = courses.version_id order by courses.id"""
BOOKED = """select protocol_versions.number, course_id is null from appointments
    join protocol_versions on protocol_versions.id = appointments.version_id order by starts_at"""
#: The interval that each version has.
CONSISTENT = {(1, 42), (2, 49)}


async def rows(act: Acting, statement: str) -> list[tuple[Any, ...]]:
    async with act.engine.execution_options(actor=SYSTEM).connect() as connection:
        return [tuple(each) for each in await connection.execute(text(statement))]


async def sell(work: Work, setting: Setting, row: ClinicProtocolRow) -> None:
    await sell_course(
        work, client=setting.raleigh_client.id, clinic_protocol=row.id, areas=["FACE"]
    )


async def visit(work: Work, setting: Setting, row: ClinicProtocolRow) -> None:
    await book_appointment(
        work,
        clinic="RALEIGH",
        client=setting.raleigh_client.id,
        starts_at=setting.at(10),
        wish=TREATMENT,
    )


async def follow(work: Work, setting: Setting, row: ClinicProtocolRow) -> None:
    await upgrade_clinic_protocol(
        work, clinic_protocol_id=row.id, expected_revision=row.revision, version_number=2
    )


async def in_turn(act: Acting, setting: Setting, first: Act, second: Act) -> None:
    """The second is asked for while the first is not through, and waits for it."""
    row = await adoption(act)

    async def then() -> None:
        async with act.work() as work:
            await second(work, setting, row)

    async with act.work() as work:
        await first(work, setting, row)
        waiting = asyncio.create_task(then())
        done, _ = await asyncio.wait([waiting], timeout=0.5)
        assert not done
    await waiting


@pytest.fixture
async def priced(act: Acting, setting: Setting) -> Setting:
    """Raleigh sold a course on version 1, and may take version 2."""
    await sold(act, setting)
    await next_version(act, spaced(49, 49, 56))
    return setting


async def test_an_upgrade_waits_for_a_sale_in_flight(act: Acting, priced: Setting) -> None:
    await in_turn(act, priced, sell, follow)
    assert await rows(act, SOLD) == [(1, 42), (1, 42)]


async def test_a_sale_waits_for_an_upgrade_and_is_of_the_new_version(
    act: Acting, priced: Setting
) -> None:
    await in_turn(act, priced, follow, sell)
    assert await rows(act, SOLD) == [(1, 42), (2, 49)]


async def test_an_upgrade_waits_for_a_booking_in_flight(act: Acting, priced: Setting) -> None:
    await in_turn(act, priced, visit, follow)
    assert await rows(act, BOOKED) == [(1, True)]


async def test_a_booking_waits_for_an_upgrade_and_is_of_the_new_version(
    act: Acting, priced: Setting
) -> None:
    await in_turn(act, priced, follow, visit)
    assert await rows(act, BOOKED) == [(2, True)]


async def test_sales_and_bookings_do_not_wait_for_each_other(ask: Asking, priced: Setting) -> None:
    """They share the adoption."""
    row = await adoption(ask)
    async with ask.work() as work:
        await sell(work, priced, row)
        done = await book(ask, priced.desk, priced.raleigh_client, priced.at(10))
        assert done["__typename"] == "Appointment"


async def test_what_is_withdrawn_meanwhile_is_neither_sold_nor_booked(
    ask: Asking, priced: Setting
) -> None:
    row = await adoption(ask)
    before = await ask.counts()
    async with ask.work() as work:
        await set_protocol_offered(
            work, clinic_protocol_id=row.id, expected_revision=row.revision, offered=False
        )
        booking = asyncio.create_task(book(ask, priced.desk, priced.raleigh_client, priced.at(10)))
        done, _ = await asyncio.wait([booking], timeout=0.5)
        assert not done
    problem = await booking
    assert (problem["code"], problem["field"]) == ("NOT_FOUND", f"{VISIT}.protocol")
    assert await ask.counts() == {**before, "events": before["events"] + 1}  # the withdrawal's


async def test_whoever_comes_at_once_gets_one_version_whole(ask: Asking, priced: Setting) -> None:
    """Sales, bookings alone and of a course, and the upgrade: nobody waits for ever."""
    (course,) = await rows(ask, "select code from courses")
    row = await adoption(ask)

    async def selling() -> None:
        async with ask.work() as work:
            await sell(work, priced, row)

    def booking(client: Any, weeks: int, **changed: Any) -> Coroutine[Any, Any, Any]:
        start = priced.at(10) + timedelta(weeks=weeks)
        return book(ask, priced.desk, client, start, **changed)

    of_course = {"bookedFor": {"course": {"code": course[0]}}}
    await asyncio.gather(
        *(selling() for _ in range(4)),
        upgrade(ask),
        *(booking(priced.raleigh_client, 7 * each, **of_course) for each in range(3)),
        *(booking(priced.partner_client, 7 * each + 1) for each in range(3)),
    )
    found = await rows(ask, SOLD)
    assert len(found) == 5
    assert set(found) <= CONSISTENT
    visits = await rows(ask, BOOKED)
    assert [alone for _, alone in visits] == [False, True] * 3
    assert {number for number, alone in visits if not alone} == {1}
    assert (await adoption(ask)).version_id != row.version_id
