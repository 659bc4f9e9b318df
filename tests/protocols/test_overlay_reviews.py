"""The review of overlays: what is returned, outrun or discarded; and two people at once."""

import asyncio
from datetime import timedelta

import pytest

from schema.access.rules import Role
from tests.actors import everywhere
from tests.asking import Acting, Asking
from tests.protocols.authoring import TODAY
from tests.protocols.overlaying import (
    DEPTH,
    LAW,
    MIN_DAYS,
    NODE,
    SHALLOWER,
    Led,
    approved,
    ceiling,
    change,
    draft,
    led,
    next_version,
    overlay_of,
    person,
    published,
    read,
    refused,
    set_,
    step,
)
from tests.snapshots import Snapshots


@pytest.fixture
async def hq(act: Acting, snapshots: Snapshots) -> Led:
    return await snapshots.of("led_medical_consult", lambda: led(act, "MN-MEDICAL", "CONSULT"))


async def test_a_version_that_is_returned_loses_its_approval_and_is_revised(
    ask: Asking, hq: Led
) -> None:
    version = await approved(ask, hq, await overlay_of(ask, hq), ceiling("2.0"))
    returned = await step(
        ask, hq.approver, "returnOverlayVersion", version, reason="The law says 1.5."
    )
    assert (returned["state"], returned["approverId"]) == ("DRAFT", None)
    revised = await step(
        ask, hq.american, "reviseOverlayVersion", returned, edits=[ceiling("1.5", LAW)]
    )
    assert (revised["state"], revised["revision"]) == ("DRAFT", 5)
    assert [each["value"]["text"] for each in revised["edits"]] == ["1.5"]


async def test_nobody_approves_what_they_wrote_some_of(ask: Asking, hq: Led) -> None:
    overlay = await overlay_of(ask, hq)
    version = await draft(ask, hq.author, overlay, ceiling("2.0"))
    version = await step(ask, hq.american, "reviseOverlayVersion", version, edits=[ceiling("1.9")])
    assert set(version["writtenBy"]) == {person(hq.author), person(hq.american)}
    version = await step(ask, hq.american, "submitOverlayVersion", version)
    approving = {"version": version["id"], "expectedRevision": version["revision"]}
    await refused(ask, hq.author, "approveOverlayVersion", "OWN_DRAFT", None, **approving)
    again = await change(
        ask,
        hq.american,
        "draftOverlayVersion",
        overlay=overlay["id"],
        **{"from": {"version": version["id"]}},
    )
    assert set(again["writtenBy"]) == set(version["writtenBy"])
    agreed = await change(ask, hq.approver, "approveOverlayVersion", **approving)
    assert agreed["state"] == "APPROVED"


async def test_the_newest_version_whose_day_has_come_is_in_force(ask: Asking, hq: Led) -> None:
    overlay = await overlay_of(ask, hq)
    await published(ask, hq, overlay, ceiling("2.0"))
    second = await published(ask, hq, overlay, ceiling("1.5"))
    third = await approved(ask, hq, overlay, ceiling("1.2"))
    soon = (TODAY + timedelta(days=3)).isoformat()
    await step(ask, hq.approver, "publishOverlayVersion", third, fromOn=soon)
    assert (await read(ask, hq))["inForce"]["number"] == 2
    retired = await step(
        ask, hq.approver, "retireOverlayVersion", second, reason="The law was lifted."
    )
    assert (retired["state"], retired["retiredOn"]) == ("RETIRED", TODAY.isoformat())
    found = await read(ask, hq)
    assert found["inForce"]["number"] == 1
    assert [each["node"]["number"] for each in found["versions"]["edges"]] == [3, 2, 1]


async def test_a_draft_is_discarded(ask: Asking, hq: Led) -> None:
    overlay = await overlay_of(ask, hq)
    written = await draft(ask, hq.american, overlay, ceiling("2.0"))
    gone = await step(ask, hq.american, "discardOverlayVersion", written)
    assert gone["version"] == written["id"]
    assert gone["overlay"] == {"id": overlay["id"]}
    assert (await read(ask, hq))["drafts"]["edges"] == []


async def test_an_edit_that_is_published_stays_for_clinics_on_an_older_version(
    ask: Asking, hq: Led
) -> None:
    overlay = await overlay_of(ask, hq)
    first = await published(ask, hq, overlay, ceiling("1.5"))
    await next_version(ask, hq, SHALLOWER)
    seen = (await ask.data(hq.american, NODE, id=first["id"]))["node"]
    assert seen["differences"] == []
    assert seen["setAside"] == [{"path": f"{DEPTH}.ceiling", "code": "OVERLAY_OBSOLETE"}]
    carried = [ceiling("1.5"), set_(MIN_DAYS, integer=49)]
    second = await published(ask, hq, overlay, *carried)
    assert (second["state"], len(second["edits"])) == ("PUBLISHED", 2)
    drafting = {"overlay": (await overlay_of(ask, hq, "US-FL"))["id"]}
    await refused(
        ask,
        hq.american,
        "draftOverlayVersion",
        "OVERLAY_OBSOLETE",
        "from.edits.0",
        **drafting,
        **{"from": {"edits": carried}},
    )


async def test_a_draft_that_the_template_has_outrun_is_neither_submitted_nor_published(
    ask: Asking, hq: Led
) -> None:
    overlay = await overlay_of(ask, hq)
    written = await draft(ask, hq.american, overlay, ceiling("1.5"))
    agreed = await approved(ask, hq, overlay, ceiling("1.6"))
    await next_version(ask, hq, SHALLOWER)
    for actor, name, version, code in (
        (hq.american, "submitOverlayVersion", written, "OVERLAY_OBSOLETE"),
        (hq.approver, "publishOverlayVersion", agreed, "OVERLAY_LOOSENS"),
    ):
        told = {"version": version["id"], "expectedRevision": version["revision"]}
        await refused(ask, actor, name, code, "edits.0", **told)


async def test_of_two_who_change_the_same_version_at_once_one_comes_first(
    ask: Asking, hq: Led
) -> None:
    overlay = await overlay_of(ask, hq)
    written = await draft(ask, hq.american, overlay, ceiling("2.0"))
    answers = await asyncio.gather(
        step(ask, hq.american, "reviseOverlayVersion", written, edits=[ceiling("1.9")]),
        step(ask, hq.author, "reviseOverlayVersion", written, edits=[ceiling("1.8")]),
        step(ask, hq.author, "submitOverlayVersion", written),
    )
    assert sorted(each.get("code", "") for each in answers) == [
        "",
        "STALE_REVISION",
        "STALE_REVISION",
    ]
    agreed = await approved(ask, hq, overlay, ceiling("1.5"))
    another = everywhere(Role.HQ_CLINICAL_LEAD)
    answers = await asyncio.gather(
        step(ask, hq.approver, "publishOverlayVersion", agreed),
        step(ask, another, "publishOverlayVersion", agreed),
        step(ask, hq.author, "returnOverlayVersion", agreed, reason="Wait."),
    )
    assert sorted(each.get("code", "") for each in answers) == [
        "",
        "STALE_REVISION",
        "STALE_REVISION",
    ]


async def test_of_two_who_draft_or_create_at_once_both_are_served_or_one_told(
    ask: Asking, hq: Led
) -> None:
    creating = await asyncio.gather(overlay_of(ask, hq), overlay_of(ask, hq))
    assert sorted(each.get("code", "") for each in creating) == ["", "CONFLICT"]
    overlay = next(each for each in creating if "id" in each)
    drafting = {"overlay": overlay["id"]}
    drafts = await asyncio.gather(
        change(ask, hq.american, "draftOverlayVersion", **drafting),
        change(ask, hq.author, "draftOverlayVersion", **drafting),
    )
    numbers = [each["number"] for each in drafts if "number" in each]
    assert sorted(numbers) in ([1], [1, 2])
    assert {each.get("code", "CONFLICT") for each in drafts} == {"CONFLICT"}


async def test_of_two_versions_published_at_once_the_newer_stays_in_force(
    ask: Asking, hq: Led
) -> None:
    overlay = await overlay_of(ask, hq)
    older, newer = [await approved(ask, hq, overlay, ceiling(each)) for each in ("2.0", "1.5")]
    answers = await asyncio.gather(
        step(ask, hq.approver, "publishOverlayVersion", older),
        step(ask, hq.author, "publishOverlayVersion", newer),
    )
    assert answers[1]["state"] == "PUBLISHED"
    assert answers[0].get("code", "") in ("", "VERSION_STATE_FORBIDS")
    assert (await read(ask, hq))["inForce"]["number"] == 2
