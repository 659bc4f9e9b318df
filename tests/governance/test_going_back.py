"""A clinic undoes an upgrade while nothing was sold under it."""

import asyncio
from typing import Any

import pytest
from strawberry import relay

from schema.access.rules import Actor
from schema.base import new_id
from schema.context import Work
from schema.courses import actions as courses
from schema.courses.rules import CourseCancellation
from schema.governance import actions as governance
from schema.governance.rules import AlreadySold, check_nothing_sold
from schema.protocols import actions as protocols
from schema.protocols.rules import ProtocolContent
from tests.asking import Acting, Asking
from tests.governance.judged import PLAIN, Judged, apart, approved, publish, run
from tests.scheduling.asked import CANCEL, book, sold

GO_BACK = """mutation ($input: GoBackClinicProtocolInput!) {
  goBackClinicProtocol(input: $input) { __typename
    ... on ClinicProtocol { revision version { number } addOns { key }
      overrides { path value { integer } reason }
      history { edges { node { cause version { number } } } } }
    ... on Problem { code message retry } ... on RuleProblem { field }
    ... on NotFoundProblem { field } ... on ConflictProblem { field } } }"""
CLEANSE = "steps.CLEANSE.minutes.max"


@pytest.mark.parametrize(("count", "visits"), [(1, 0), (0, 1), (3, 2)])
def test_what_was_sold_keeps_a_clinic_on_its_version(count: int, visits: int) -> None:
    check_nothing_sold(courses=0, visits=0)
    with pytest.raises(AlreadySold, match=rf"{count} course.* {visits} single visit"):
        check_nothing_sold(courses=count, visits=visits)


async def revision_of(act: Acting, adoption: Any) -> int:
    found = await run(act, f"select revision from clinic_protocols where id = '{adoption}'")
    return int(found.one()[0])


async def next_version(ask: Asking, hq: Judged, content: ProtocolContent) -> dict[str, Any]:
    version = await approved(ask, hq, content)
    done = await publish(ask, hq, version)
    assert done["__typename"] == "PublishedVersion", done
    return version


async def upgrade(act: Acting, hq: Judged) -> None:
    """Raleigh takes the newest version."""
    async with act.work(hq.manager) as work:
        await protocols.upgrade_clinic_protocol(
            work,
            clinic_protocol_id=hq.raleigh,
            expected_revision=await revision_of(act, hq.raleigh),
        )


async def go_back(ask: Asking, hq: Judged, actor: Actor | None = None, **fields: Any) -> Any:
    told = {
        "clinicProtocol": str(relay.GlobalID("ClinicProtocol", str(hq.raleigh))),
        "expectedRevision": await revision_of(ask, hq.raleigh),
        "reason": "Our clients ask for the old one.",
        **fields,
    }
    return await ask.change(actor or hq.manager, GO_BACK, input=told)


async def refused(ask: Asking, hq: Judged, actor: Actor | None = None, **fields: Any) -> Any:
    before = await ask.contents()
    answer = await go_back(ask, hq, actor, **fields)
    assert answer["__typename"].endswith("Problem"), answer
    assert await ask.contents() == before
    return answer


@pytest.fixture
async def upgraded(ask: Asking, hq: Judged) -> Judged:
    """Raleigh set a value of its own under version 1 and is on version 2."""
    async with ask.work(hq.manager) as work:
        await protocols.set_clinic_override(
            work,
            clinic_protocol_id=hq.raleigh,
            expected_revision=1,
            path=CLEANSE,
            value=15,
            reason="Our cream is thick.",
        )
    await next_version(ask, hq, PLAIN)
    await upgrade(ask, hq)
    return hq


async def test_going_back_restores_the_version_its_values_and_add_ons(
    ask: Asking, upgraded: Judged
) -> None:
    async with ask.work(upgraded.manager) as work:
        await protocols.clear_clinic_override(
            work,
            clinic_protocol_id=upgraded.raleigh,
            expected_revision=await revision_of(ask, upgraded.raleigh),
            path=CLEANSE,
        )
    revision = await revision_of(ask, upgraded.raleigh)
    found = await go_back(ask, upgraded)
    assert found == {
        "__typename": "ClinicProtocol",
        "revision": revision + 1,
        "version": {"number": 1},
        "addOns": [{"key": "PRP"}],
        "overrides": [{"path": CLEANSE, "value": {"integer": 15}, "reason": "Our cream is thick."}],
        "history": {
            "edges": [
                {"node": {"cause": "WENT_BACK", "version": {"number": 1}}},
                {"node": {"cause": "UPGRADED", "version": {"number": 2}}},
                {"node": {"cause": "ADOPTED", "version": {"number": 1}}},
            ]
        },
    }
    rows = await run(ask, "select payload from events where name = 'protocol.went_back'")
    assert rows.one()[0] == {"version": 1, "left": 2, "reason": "Our clients ask for the old one."}


async def test_what_was_sold_before_the_upgrade_does_not_matter(ask: Asking, hq: Judged) -> None:
    await sold(ask, hq.setting)
    await next_version(ask, hq, PLAIN)
    await upgrade(ask, hq)
    assert (await go_back(ask, hq))["version"] == {"number": 1}
    again = await refused(ask, hq)
    assert again["code"] == "NOTHING_TO_GO_BACK_TO"


@pytest.mark.parametrize("called_off", [False, True])
async def test_a_course_sold_under_the_version_keeps_the_clinic_on_it(
    ask: Asking, upgraded: Judged, called_off: bool
) -> None:
    course = await sold(ask, upgraded.setting)
    if called_off:
        async with ask.work() as work:
            await courses.cancel_course(work, course=course.id, reason=CourseCancellation.CLIENT)
    answer = await refused(ask, upgraded)
    assert (answer["code"], answer["field"]) == ("ALREADY_SOLD", "clinicProtocol")
    assert "1 course(s) and 0 single visit(s)" in answer["message"]


async def test_a_single_visit_keeps_the_clinic_on_it_until_it_is_called_off(
    ask: Asking, upgraded: Judged
) -> None:
    setting = upgraded.setting
    visit = await book(ask, setting.desk, setting.raleigh_client, setting.at(10))
    assert visit["__typename"] == "Appointment", visit
    answer = await refused(ask, upgraded)
    assert "0 course(s) and 1 single visit(s)" in answer["message"]
    await ask.change(setting.desk, CANCEL, input={"id": visit["id"], "reason": "CLIENT"})
    assert (await go_back(ask, upgraded))["version"] == {"number": 1}


async def test_what_other_clinics_sell_does_not_matter(ask: Asking, upgraded: Judged) -> None:
    async with ask.work(upgraded.franchise.other_manager) as work:
        await protocols.upgrade_clinic_protocol(
            work, clinic_protocol_id=upgraded.london, expected_revision=1
        )
    setting = upgraded.setting
    start = setting.at(10, zone="Europe/London")
    where = {"clinic": {"code": "LONDON"}}
    visit = await book(ask, setting.london_desk, setting.london_client, start, **where)
    assert visit["__typename"] == "Appointment", visit
    assert (await go_back(ask, upgraded))["version"] == {"number": 1}


async def test_each_way_back_undoes_one_upgrade(ask: Asking, upgraded: Judged) -> None:
    """From 3 to 2, and not to 1 once something was sold under 2."""
    await next_version(ask, upgraded, apart(45))
    await upgrade(ask, upgraded)
    assert (await go_back(ask, upgraded))["version"] == {"number": 2}
    await sold(ask, upgraded.setting)
    assert (await refused(ask, upgraded))["code"] == "ALREADY_SOLD"


async def test_a_retired_version_is_not_returned_to(ask: Asking, upgraded: Judged) -> None:
    await run(
        ask,
        "update protocol_versions set state = 'RETIRED', retired_on = '2026-01-01'"
        " where number = 1",
    )
    answer = await refused(ask, upgraded)
    assert (answer["code"], answer["__typename"]) == ("NOT_PUBLISHED", "RuleProblem")


async def test_changes_that_are_refused_write_nothing(ask: Asking, upgraded: Judged) -> None:
    hq, other = upgraded, upgraded.franchise.other_manager
    ghost = str(relay.GlobalID("ClinicProtocol", str(new_id())))
    cases: list[tuple[Actor | None, dict[str, Any], str, str | None]] = [
        (None, {"expectedRevision": 1}, "STALE_REVISION", "expectedRevision"),
        (None, {"reason": "  "}, "REASON_MISSING", "reason"),
        (None, {"clinicProtocol": ghost}, "NOT_FOUND", "clinicProtocol"),
        (None, {"clinicProtocol": "Q2xpbmljOjE="}, "NOT_FOUND", None),
        (other, {}, "NOT_FOUND", "clinicProtocol"),
    ]
    for actor, fields, code, field in cases:
        answer = await refused(ask, hq, actor, **fields)
        assert (answer["code"], answer["field"]) == (code, field)


async def test_a_clinic_that_never_upgraded_has_nothing_to_go_back_to(
    ask: Asking, hq: Judged
) -> None:
    await sold(ask, hq.setting)
    assert (await refused(ask, hq))["code"] == "NOTHING_TO_GO_BACK_TO"


async def test_going_back_twice_at_once_one_wins(ask: Asking, upgraded: Judged) -> None:
    revision = await revision_of(ask, upgraded.raleigh)
    answers = await asyncio.gather(
        *(go_back(ask, upgraded, expectedRevision=revision) for _ in range(2))
    )
    codes = sorted(each.get("code", "") for each in answers)
    assert codes == ["", "STALE_REVISION"]


async def waits(task: "asyncio.Task[Any]") -> bool:
    done, _ = await asyncio.wait([task], timeout=0.5)
    return not done


async def sell(work: Work, hq: Judged) -> None:
    await courses.sell_course(
        work, client=hq.setting.raleigh_client.id, clinic_protocol=hq.raleigh, areas=["FACE"]
    )


async def test_going_back_waits_for_a_sale_in_flight(ask: Asking, upgraded: Judged) -> None:
    async with ask.work() as work:
        await sell(work, upgraded)
        returning = asyncio.create_task(go_back(ask, upgraded))
        assert await waits(returning)
    assert (await returning)["code"] == "ALREADY_SOLD"


@pytest.mark.parametrize("what", ["course", "visit"])
async def test_what_is_sold_while_a_clinic_goes_back_is_sold_as_before(
    ask: Asking, upgraded: Judged, what: str
) -> None:
    """A sale that is asked for meanwhile waits, and then takes the version that applies."""
    setting = upgraded.setting

    async def sale() -> None:
        if what == "course":
            async with ask.work() as work:
                await sell(work, upgraded)
        else:
            visit = await book(ask, setting.desk, setting.raleigh_client, setting.at(10))
            assert visit["__typename"] == "Appointment", visit

    revision = await revision_of(ask, upgraded.raleigh)
    async with ask.work(upgraded.manager) as work:
        await governance.go_back_clinic_protocol(
            work,
            clinic_protocol_id=upgraded.raleigh,
            expected_revision=revision,
            reason="As it was.",
        )
        await work.session.flush()
        selling = asyncio.create_task(sale())
        assert await waits(selling)
    await selling
    table = "courses" if what == "course" else "appointments"
    rows = await run(
        ask,
        f"select protocol_versions.number from {table}"
        f" join protocol_versions on protocol_versions.id = {table}.version_id",
    )
    assert [row[0] for row in rows] == [1]
