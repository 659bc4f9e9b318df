"""A visit that has begun: skin heals after it, though nobody has written down yet what was done."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from schema.access.rules import Actor, Role
from schema.scheduling.models import AppointmentRow
from schema.scheduling.rules.booking import SoftRule
from tests.actors import person_in
from tests.asking import Acting, Asking
from tests.scheduling.asked import book, by, global_id, of, sold
from tests.scheduling.searched import booked, days_of, of_client, on, search
from tests.scheduling.setting import NEW_YORK, Setting
from tests.scheduling.why import codes, why

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


async def run(act: Acting, statement: str, **values: Any) -> None:
    async with act.work() as work:
        connection = await work.session.connection()
        await connection.execute(text(statement), values)


async def begun(act: Acting, setting: Setting, days: int) -> datetime:
    """What is booked for ten began so many days ago, some minutes before now; when it did."""
    async with act.work() as work:
        now = work.now - days * DAY
    start = now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0) - 5 * MINUTE
    for table in ("allocations", "appointments"):
        await run(
            act,
            f"update {table} set starts_at = starts_at - cast(:earlier as interval),"
            " ends_at = ends_at - cast(:earlier as interval)",
            earlier=setting.at(10) - start,
        )
    return start


@pytest.mark.parametrize("days", [0, 1, 5])
async def test_skin_heals_after_a_single_visit_that_began(
    ask: Asking, setting: Setting, days: int
) -> None:
    """Booking, search and why not agree; nobody goes below what heals."""
    client = setting.raleigh_client
    await booked(ask, setting, setting.at(10))
    day = (await begun(ask, setting, days)).astimezone(NEW_YORK).date()
    manager = person_in(Role.CLINIC_MANAGER, [setting.franchise.raleigh.id])
    aside = {"override": {"rules": [SoftRule.MIN_INTERVAL.value], "reason": "As agreed"}}
    before = await ask.contents()
    for late, changed in ((9, {}), (13, aside), (41, {})):
        start = setting.at(10) + (day + late * DAY - setting.day)
        problem = await book(ask, manager, client, start, preCareAttested=True, **changed)
        assert problem["code"] == "INTERVAL_TOO_SHORT", late
        told = await why(ask, manager, start, client=by("Client", client), preCareAttested=True)
        assert ("HEALING" in codes(told)) is (late < 14)
    found = await search(ask, manager, **of_client(client, on(day + 9 * DAY, day + 44 * DAY)))
    assert days_of(found)[0] == day + 42 * DAY
    assert await ask.contents() == before
    start = setting.at(10) + (day + 14 * DAY - setting.day)
    done = await book(ask, manager, client, start, preCareAttested=True, **aside)
    assert done["__typename"] == "Appointment", done


NO_SHOW = """mutation ($input: MarkNoShowInput!) { markNoShow(input: $input) { __typename
    ... on Appointment { state rooms { code } } ... on Problem { code } } }"""


async def missed(ask: Asking, actor: Actor, visit: AppointmentRow) -> Any:
    return await ask.change(actor, NO_SHOW, input={"id": global_id("Appointment", visit)})


async def test_whoever_did_not_come_was_not_treated(ask: Asking, setting: Setting) -> None:
    visit = await booked(ask, setting, setting.at(10))
    await begun(ask, setting, 2)
    done = await missed(ask, setting.desk, visit)
    assert done == {"__typename": "Appointment", "state": "NO_SHOW", "rooms": []}
    again = await book(
        ask, setting.desk, setting.raleigh_client, setting.at(10) - 14 * DAY, preCareAttested=True
    )
    assert again["__typename"] == "Appointment", again


async def test_only_what_was_to_begin_is_missed_and_only_the_clinic_says_so(
    ask: Asking, setting: Setting
) -> None:
    visit = await booked(ask, setting, setting.at(10))
    before = await ask.contents()
    assert (await missed(ask, setting.desk, visit))["code"] == "NOT_MISSED"
    assert (await missed(ask, setting.london_desk, visit))["code"] == "NOT_FOUND"
    assert (await missed(ask, setting.partner, visit))["code"] == "NOT_FOUND"
    assert await ask.contents() == before
    await begun(ask, setting, 0)
    assert (await missed(ask, setting.desk, visit))["state"] == "NO_SHOW"
    before = await ask.contents()
    assert (await missed(ask, setting.desk, visit))["code"] == "NOT_MISSED"
    assert await ask.contents() == before


@pytest.mark.parametrize(("days", "code"), [(0, "INTERVAL_TOO_SHORT"), (2, None)])
async def test_of_a_course_its_sessions_say_what_was_done(
    ask: Asking, setting: Setting, days: int, code: str | None
) -> None:
    """Soon after, at the latest: a visit without a session did not take place."""
    course = of(await sold(ask, setting))
    client = setting.raleigh_client
    await book(ask, setting.desk, client, setting.at(10), **course)
    await begun(ask, setting, days)
    start = setting.at(10) - 14 * DAY
    done = await book(ask, setting.desk, client, start, preCareAttested=True, **course)
    assert done.get("code") == code, done
