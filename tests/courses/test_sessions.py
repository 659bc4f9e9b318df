"""Recording sessions: done on a day, by somebody who was there, once skin has healed."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schema.access.rules import Role
from schema.clients.actions import create_link_code, link_client
from schema.protocols import actions as protocols
from schema.protocols.actions.templates import earliest_day
from schema.protocols.rules import NEEDLE_DEPTH
from tests.actors import everywhere
from tests.asking import Acting, Asking
from tests.courses.shop import Later, Shop, change, protocol_id, record, run, sell
from tests.pricing.terms import MEDICAL

RECORD = """mutation ($input: RecordSessionInput!) { recordSession(input: $input) {
    __typename ... on Course { id } } }"""
DEPTHS = "query ($by: By!) { course(by: $by) { sessions { record { depthMm } } } }"


def windows(course: Any) -> list[tuple[str, str, str]]:
    return [
        (each["earliestOn"], each["preferredOn"], each["latestOn"])
        for each in course["sessions"]
        if each["state"] == "PLANNED"
    ]


async def test_windows_move_with_what_was_done(ask: Asking, shop: Shop) -> None:
    course = await sell(ask, shop)
    course = await record(ask, shop, course, 10, depthMm="0.5")
    first = course["sessions"][0]
    assert (first["state"], first["doneOn"]) == ("DONE", shop.day(10))
    assert first["practitioner"] == {"code": "ANA"}
    assert windows(course) == [
        (shop.day(52), shop.day(59), shop.day(66)),
        (shop.day(94), shop.day(108), shop.day(122)),
    ]
    course = await record(ask, shop, course, 60)
    assert windows(course) == [(shop.day(102), shop.day(109), shop.day(116))]
    assert course["nextSession"] == {"number": 3}
    course = await record(ask, shop, course, 110)
    assert (course["state"], course["nextSession"]) == ("COMPLETED", None)
    over = await record(ask, shop, course, 200)
    assert over["code"] == "COURSE_NOT_ACTIVE"


@pytest.mark.parametrize(
    ("days", "fields", "code", "field"),
    [
        (41, {}, "INTERVAL_TOO_SHORT", "doneOn"),
        (100, {"doneOn": "2199-01-01"}, "INVALID_DAY", "doneOn"),
        (100, {"doneOn": "2020-01-01"}, "INVALID_DAY", "doneOn"),
        (100, {"practitioner": {"code": "LIZ"}}, "NOT_FOUND", None),
        (100, {"practitioner": {"code": "NOBODY"}}, "NOT_FOUND", None),
        (100, {"depthMm": "10.5"}, "INVALID_DEPTH", "depthMm"),
        (100, {"depthMm": "0.49"}, "DEPTH_NOT_ALLOWED", "depthMm"),
        (100, {"depthMm": "2.51"}, "DEPTH_NOT_ALLOWED", "depthMm"),
        (100, {"course": {"code": "K-NONE"}}, "NOT_FOUND", None),
        (366, {}, "COURSE_NOT_ACTIVE", "course"),
    ],
)
async def test_nothing_is_written_of_a_record_refused(
    ask: Asking, shop: Shop, days: int, fields: dict[str, Any], code: str, field: str | None
) -> None:
    course = await record(ask, shop, await sell(ask, shop), 0)
    before = await ask.counts()
    problem = await record(ask, shop, course, days, **fields)
    assert (problem["code"], problem.get("field")) == (code, field)
    assert await ask.counts() == before


async def shallower(act: Acting) -> None:
    """Raleigh follows a second version, whose needle goes to 1 mm."""
    needle = MEDICAL.parameter(NEEDLE_DEPTH)
    assert needle is not None
    one = Decimal("1.0")
    content = replace(MEDICAL, parameters=(replace(needle, max=one, ceiling=one),))
    async with act.work(everywhere(Role.HQ_CLINICAL_LEAD)) as work:
        draft = await protocols.draft_protocol_version(work, template="MN-MEDICAL", content=content)
        await protocols.submit_protocol_version(work, version_id=draft.id, expected_revision=1)
    async with act.work(everywhere(Role.HQ_CLINICAL_LEAD)) as work:
        await protocols.approve_protocol_version(work, version_id=draft.id, expected_revision=2)
        await protocols.publish_protocol_version(
            work, version_id=draft.id, expected_revision=3, from_on=earliest_day(work.now)
        )
    await run(act, f"update clinic_protocols set version_id = '{draft.id}'")


async def test_the_depth_is_in_the_range_that_the_course_keeps(ask: Asking, shop: Shop) -> None:
    sold_before = await sell(ask, shop)
    await shallower(ask)
    sold_after = await sell(ask, shop, areas=["NECK"])
    before = await ask.counts()
    refused = await record(ask, shop, sold_after, 0, depthMm="1.01")
    assert (refused["__typename"], refused["code"]) == ("RuleProblem", "DEPTH_NOT_ALLOWED")
    assert "0.5 to 1.0 mm" in refused["message"]
    assert await ask.counts() == before
    assert (await record(ask, shop, sold_after, 0, depthMm="1.0"))["__typename"] == "Course"
    assert (await record(ask, shop, sold_before, 0, depthMm="2.5"))["__typename"] == "Course"


async def test_the_shortest_interval_is_enough(ask: Asking, shop: Shop) -> None:
    course = await record(ask, shop, await sell(ask, shop), 0)
    assert (await record(ask, shop, course, 42))["__typename"] == "Course"


async def test_intervals_count_per_area_across_courses(ask: Asking, shop: Shop) -> None:
    face = await record(ask, shop, await sell(ask, shop), 0)
    assert face["__typename"] == "Course"
    both = await sell(ask, shop, areas=["NECK", "FACE"])
    assert both["sessions"][0]["earliestOn"] == shop.day(42)
    assert (await record(ask, shop, both, 10))["code"] == "INTERVAL_TOO_SHORT"
    neck = await sell(ask, shop, areas=["NECK"])
    assert neck["sessions"][0]["earliestOn"] == shop.day(0)
    assert (await record(ask, shop, neck, 10))["__typename"] == "Course"


async def test_intervals_count_across_clinics_of_one_person(ask: Asking, shop: Shop) -> None:
    await record(ask, shop, await sell(ask, shop), 0)
    theirs = {
        "client": {"code": shop.london_client.code},
        "clinicProtocol": protocol_id(shop.practice.london),
    }
    london = shop.desk("london")
    apart = await sell(ask, shop, london, **theirs)
    async with ask.work() as work:
        today = work.now.astimezone(ZoneInfo(shop.practice.franchise.london.time_zone)).date()
        assert apart["sessions"][0]["earliestOn"] == today.isoformat()
        agreed = {"agreed_on": work.now.date() - timedelta(days=2), "agreement": "A"}
        code = await create_link_code(work, client=shop.client.id, **agreed)
        await link_client(work, client=shop.london_client.id, code=code.code, **agreed)
    together = await sell(ask, shop, london, **theirs)
    assert together["sessions"][0]["earliestOn"] == shop.day(42)
    fields = {
        "course": {"id": together["id"]},
        "doneOn": shop.day(20),
        "practitioner": {"code": "LIZ"},
    }
    clinician = shop.clinician("london")
    early = await change(Later(ask, 20), clinician, "recordSession", **fields)
    assert early["code"] == "INTERVAL_TOO_SHORT"
    assert early["message"].endswith(f"not before {shop.day(42)}.")


async def test_a_practitioner_was_assigned_that_day(ask: Asking, shop: Shop) -> None:
    course = await sell(ask, shop)
    await run(ask, "update practitioner_assignments set to_on = current_date - 30")
    before = await ask.counts()
    assert (await record(ask, shop, course, 0))["code"] == "PRACTITIONER_NOT_ASSIGNED"
    assert await ask.counts() == before


async def test_a_course_that_cannot_be_finished_becomes_a_task(ask: Asking, shop: Shop) -> None:
    course = await sell(ask, shop, validityDays=90)
    course = await record(ask, shop, course, 20)
    assert course["state"] == "ACTIVE"
    (task,) = await run(ask, "select title, task_kind, subject_id::text from tasks")
    assert task.task_kind == "COURSE_LAPSE"
    assert task.title == f"Course {course['code']} cannot be finished before {shop.day(90)}."


async def test_what_was_done_is_read_by_clinicians_on_record(ask: Asking, shop: Shop) -> None:
    course = await record(ask, shop, await sell(ask, shop), 0, depthMm="0.75")
    by = {"id": course["id"]}
    shown = await ask.data(shop.clinician(), DEPTHS, by=by)
    depths = [each["record"] for each in shown["course"]["sessions"]]
    assert [None if each is None else float(each["depthMm"]) for each in depths] == [
        0.75,
        None,
        None,
    ]
    reads = "select subject_id from events where name = 'clinical.read'"
    assert (await run(ask, reads)).scalars().all() == [shop.client.id]
    answer = await ask(shop.desk(), DEPTHS, by=by)
    assert set(answer.codes) == {"FORBIDDEN"}
    assert "0.75" not in str(answer.data)


async def test_only_those_who_treat_record(ask: Asking, shop: Shop) -> None:
    course = await sell(ask, shop)
    fields = {
        "course": {"id": course["id"]},
        "doneOn": shop.day(0),
        "practitioner": {"code": "ANA"},
    }
    before = await ask.counts()
    for actor in (shop.desk(), everywhere(Role.HQ_ADMINISTRATOR)):
        assert (await ask(actor, RECORD, input=fields)).codes == ["FORBIDDEN"]
    theirs = await change(ask, shop.clinician("london"), "recordSession", **fields)
    assert theirs["code"] == "NOT_FOUND"
    assert await ask.counts() == before
