"""What is in force is not given up by forgetting it; and what was submitted or created by mistake
is taken back."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from schema.access.rules import Role
from schema.protocols.rules import HealingGuard
from tests.actors import everywhere
from tests.asking import Acting, Asking
from tests.protocols import authoring
from tests.protocols.authoring import TODAY
from tests.protocols.overlaying import (
    DEPTH,
    MIN_DAYS,
    SHALLOWER,
    Led,
    approved,
    ceiling,
    change,
    draft,
    in_review,
    led,
    next_version,
    overlay_of,
    published,
    refused,
    set_,
    step,
)
from tests.snapshots import Snapshots

FROM_PRESENT = """query ($id: ID!) { node(id: $id) { ... on JurisdictionOverlayVersion {
  differences { path } differencesFromPresent { path class layer layerName
    before { integer decimal } after { integer decimal } } } } }"""


@pytest.fixture
async def hq(act: Acting, snapshots: Snapshots) -> Led:
    return await snapshots.of("led_medical_consult", lambda: led(act, "MN-MEDICAL", "CONSULT"))


def paths(version: Any) -> list[str]:
    return [each["path"] for each in version["edits"]]


async def drafted(ask: Asking, hq: Led, overlay: Any) -> Any:
    """A draft of which nobody says what it begins as."""
    return await change(ask, hq.american, "draftOverlayVersion", overlay=overlay["id"])


async def test_a_draft_begins_with_what_is_in_force(ask: Asking, hq: Led) -> None:
    overlay = await overlay_of(ask, hq)
    assert (await drafted(ask, hq, overlay))["edits"] == []
    law = [ceiling("2.0", "One law."), set_(MIN_DAYS, "Another.", integer=49)]
    first = await published(ask, hq, overlay, *law)
    later = await approved(ask, hq, overlay, *law, set_(f"{DEPTH}.max", decimal="1.0"))
    soon = (TODAY + timedelta(days=3)).isoformat()
    await step(ask, hq.approver, "publishOverlayVersion", later, fromOn=soon)
    begun = await drafted(ask, hq, overlay)
    assert begun["edits"] == first["edits"]
    assert [each["source"] for each in begun["edits"]] == ["One law.", "Another."]
    assert (begun["state"], begun["writtenBy"]) == ("DRAFT", [begun["authorId"]])
    empty = await draft(ask, hq.american, overlay)
    assert empty["edits"] == []  # who says so


async def test_a_draft_begins_with_what_is_to_come_where_nothing_is_in_force(
    ask: Asking, hq: Led
) -> None:
    overlay = await overlay_of(ask, hq)
    version = await approved(ask, hq, overlay, ceiling("2.0"))
    soon = (TODAY + timedelta(days=3)).isoformat()
    version = await step(ask, hq.approver, "publishOverlayVersion", version, fromOn=soon)
    assert paths(await drafted(ask, hq, overlay)) == [f"{DEPTH}.ceiling"]
    await step(ask, hq.approver, "retireOverlayVersion", version, reason="Lifted.")
    assert paths(await drafted(ask, hq, overlay)) == []


async def test_what_is_in_force_is_carried_on_where_the_template_outran_it(
    ask: Asking, hq: Led
) -> None:
    overlay = await overlay_of(ask, hq)
    await published(ask, hq, overlay, ceiling("1.5"))
    other = await approved(ask, hq, overlay, ceiling("1.5"), set_(MIN_DAYS, integer=49))
    soon = (TODAY + timedelta(days=3)).isoformat()
    await step(ask, hq.approver, "publishOverlayVersion", other, fromOn=soon)
    await next_version(ask, hq, SHALLOWER)
    begun = await drafted(ask, hq, overlay)
    assert paths(begun) == [f"{DEPTH}.ceiling"]
    assert (await step(ask, hq.american, "submitOverlayVersion", begun))["state"] == "IN_REVIEW"


async def test_a_version_says_what_it_gives_up_of_what_is_in_force(ask: Asking, hq: Led) -> None:
    overlay = await overlay_of(ask, hq)
    first = await published(ask, hq, overlay, ceiling("2.0"), set_(MIN_DAYS, integer=49))

    async def shown(version: Any, actor: Any = hq.approver) -> list[tuple[str, str, Any, Any]]:
        found = (await ask.data(actor, FROM_PRESENT, id=version["id"]))["node"]
        for each in found["differencesFromPresent"]:
            assert (each["layer"], each["layerName"]) == ("JURISDICTION", "US-NC")
        return [
            (each["path"], each["class"], *(said(each[side]) for side in ("before", "after")))
            for each in found["differencesFromPresent"]
        ]

    def said(value: Any) -> Any:
        return value["integer"] or value["decimal"]

    assert await shown(first) == []
    forgetful = await in_review(ask, hq, overlay, ceiling("1.5"))
    assert await shown(forgetful) == [
        (f"{DEPTH}.max", "SAFETY_TIGHTENING", "2.0", "1.5"),
        (f"{DEPTH}.ceiling", "SAFETY_TIGHTENING", "2.0", "1.5"),
        (MIN_DAYS, "SAFETY_LOOSENING", 49, 42),
    ]
    assert await shown(await drafted(ask, hq, overlay)) == []
    british = await overlay_of(ask, hq, "GB")
    alone = await draft(ask, hq.british, british, set_(MIN_DAYS, integer=49))
    node = (await ask.data(hq.british, FROM_PRESENT, id=alone["id"]))["node"]
    assert [each["path"] for each in node["differencesFromPresent"]] == [
        each["path"] for each in node["differences"]
    ]


async def test_differences_from_the_present_take_as_many_statements_for_many_as_for_one(
    ask: Asking, hq: Led
) -> None:
    for place, most in (("US", "2.4"), ("US-NC", "2.2"), ("GB", "2.0")):
        overlay = await overlay_of(ask, hq, place)
        await published(ask, hq, overlay, ceiling(most))
        await draft(ask, hq.author, overlay, ceiling("1.5"))
    query = """query ($first: Int!) { jurisdictionOverlays(first: $first) { edges { node {
        drafts { edges { node { differencesFromPresent { path } } } } } } } }"""
    taken = []
    for first in (1, 100):
        with ask.statements() as statements:
            await ask.data(hq.author, query, first=first)
        taken.append(len(statements))
    # overlays, drafts; versions, overlays, templates' versions, jurisdictions, beneath, in force
    assert taken == [8, 8]


async def test_a_lead_withdraws_what_is_in_review(ask: Asking, hq: Led) -> None:
    overlay = await overlay_of(ask, hq)
    version = await in_review(ask, hq, overlay, ceiling("2.0"))
    back = await step(ask, hq.american, "withdrawOverlayVersion", version)
    assert (back["state"], back["revision"]) == ("DRAFT", 3)
    again = await step(ask, hq.american, "submitOverlayVersion", back)
    agreed = await step(ask, hq.approver, "approveOverlayVersion", again)
    assert agreed["state"] == "APPROVED"
    query = "{ auditLog(first: 9) { edges { node { name payload } } } }"
    nodes = (await ask.data(hq.author, query))["auditLog"]["edges"]
    (told,) = (
        each["node"]["payload"]
        for each in nodes
        if each["node"]["name"] == "overlay_version.withdrawn"
    )
    assert told == {"number": 1}


async def test_overlay_versions_that_are_not_withdrawn_stay_as_they_are(
    ask: Asking, hq: Led
) -> None:
    overlay = await overlay_of(ask, hq)
    open_ = await draft(ask, hq.american, overlay, ceiling("2.4"))
    agreed = await approved(ask, hq, overlay, ceiling("2.2"))
    done = await published(ask, hq, overlay, ceiling("2.0"))
    review = await in_review(ask, hq, overlay, ceiling("1.9"))
    forbidden: tuple[str, str | None] = ("VERSION_STATE_FORBIDS", None)
    for actor, version, more, (code, field) in (
        (hq.american, open_, {}, forbidden),
        (hq.american, agreed, {}, forbidden),
        (hq.american, done, {}, forbidden),
        (hq.british, review, {}, ("NOT_FOUND", "version")),
        (hq.american, overlay, {}, ("NOT_FOUND", None)),
        (hq.american, review, {"expectedRevision": 1}, ("STALE_REVISION", "expectedRevision")),
    ):
        told = {"version": version["id"], "expectedRevision": version["revision"], **more}
        await refused(ask, actor, "withdrawOverlayVersion", code, field, **told)


async def test_of_who_approves_and_who_withdraws_at_once_one_comes_first(
    ask: Asking, hq: Led
) -> None:
    version = await in_review(ask, hq, await overlay_of(ask, hq), ceiling("2.0"))
    answers = await asyncio.gather(
        step(ask, hq.american, "withdrawOverlayVersion", version),
        step(ask, hq.approver, "approveOverlayVersion", version),
    )
    assert sorted(each.get("code", "") for each in answers) == ["", "STALE_REVISION"]


async def test_an_author_withdraws_a_version_of_a_template_and_its_approval_is_void(
    ask: Asking, hq: Led
) -> None:
    guard = HealingGuard(key="SHALLOW", min_days=10, source="A study of shallow needling")
    version = await authoring.in_review(ask, hq, "MN-NEW", healing_guards=(guard,))
    once = await authoring.step(ask, hq.approver, "approveProtocolVersion", version)
    assert (once["state"], len(once["approvals"])) == ("IN_REVIEW", 1)
    back = await authoring.step(ask, hq.author, "withdrawProtocolVersion", once)
    assert (back["state"], back["approvals"]) == ("DRAFT", [])
    gone = await authoring.step(ask, hq.author, "discardProtocolVersion", back)
    assert gone["version"] == version["id"]


async def test_versions_of_templates_that_are_not_withdrawn_stay_as_they_are(
    ask: Asking, hq: Led
) -> None:
    review = await authoring.in_review(ask, hq, "MN-A")
    agreed = await authoring.approved(ask, hq, "MN-B")
    open_ = await authoring.draft(ask, hq, "MN-C")
    other = everywhere(Role.HQ_CLINICAL_LEAD)
    forbidden: tuple[str, str | None] = ("VERSION_STATE_FORBIDS", None)
    for actor, version, more, (code, field) in (
        (hq.author, open_, {}, forbidden),
        (hq.author, agreed, {}, forbidden),
        (other, review, {}, ("NOT_ITS_WRITER", None)),
        (hq.author, review, {"expectedRevision": 1}, ("STALE_REVISION", "expectedRevision")),
        (hq.author, {**review, "id": "Q2xpbmljOjE="}, {}, ("NOT_FOUND", None)),
    ):
        told = {"version": version["id"], "expectedRevision": version["revision"], **more}
        await authoring.refused(ask, actor, "withdrawProtocolVersion", code, field, **told)


async def test_an_overlay_that_was_never_published_no_longer_keeps_a_template(
    ask: Asking, hq: Led
) -> None:
    only = await authoring.draft(ask, hq, "MN-NEW")
    overlay = await overlay_of(ask, hq, template="MN-NEW")
    assert (await drafted(ask, hq, overlay))["edits"] == []
    discarding = {"version": only["id"], "expectedRevision": only["revision"]}
    await authoring.refused(
        ask, hq.author, "discardProtocolVersion", "VERSION_NEEDED", "version", **discarding
    )
    told = {"overlay": overlay["id"], "expectedRevision": overlay["revision"]}
    gone = await change(ask, hq.author, "discardJurisdictionOverlay", **told)
    assert (gone["overlay"], gone["template"]) == (overlay["id"], {"code": "MN-NEW"})
    query = "{ auditLog(first: 1) { edges { node { name payload } } } }"
    (edge,) = (await ask.data(hq.author, query))["auditLog"]["edges"]
    assert edge["node"]["name"] == "jurisdiction_overlay.discarded"
    assert (edge["node"]["payload"]["jurisdiction"], edge["node"]["payload"]["drafts"]) == (
        "US-NC",
        [1],
    )
    left = await ask.data(hq.author, "{ jurisdictionOverlays { edges { node { id } } } }")
    assert left["jurisdictionOverlays"]["edges"] == []
    await authoring.change(ask, hq.author, "discardProtocolVersion", **discarding)
    found = await ask.data(hq.author, '{ protocolTemplate(by: {code: "MN-NEW"}) { code } }')
    assert found["protocolTemplate"] is None


async def test_overlays_that_are_not_discarded_stay_as_they_are(ask: Asking, hq: Led) -> None:
    overlay = await overlay_of(ask, hq)
    await draft(ask, hq.american, overlay, ceiling("2.4"))
    british = await overlay_of(ask, hq, "GB")
    version = await published(ask, hq, british, ceiling("2.0"))
    name, told = "discardJurisdictionOverlay", {"overlay": overlay["id"], "expectedRevision": 1}
    needed = ("VERSION_NEEDED", "overlay")
    in_use = {"overlay": british["id"], "expectedRevision": 1}
    await refused(ask, hq.author, name, *needed, **in_use)
    await step(ask, hq.approver, "retireOverlayVersion", version, reason="Lifted.")
    await refused(ask, hq.author, name, *needed, **in_use)
    stale = {**told, "expectedRevision": 9}
    await refused(ask, hq.author, name, "STALE_REVISION", "expectedRevision", **stale)
    await refused(ask, hq.author, name, "NOT_FOUND", None, **{**told, "overlay": version["id"]})
    before = await ask.contents()
    query = """mutation ($input: DiscardJurisdictionOverlayInput!) {
        discardJurisdictionOverlay(input: $input) { __typename } }"""
    assert (await ask(hq.american, query, input=told)).codes == ["FORBIDDEN"]
    assert await ask.contents() == before


async def test_of_who_publishes_and_who_discards_at_once_one_comes_first(
    ask: Asking, hq: Led
) -> None:
    overlay = await overlay_of(ask, hq)
    version = await approved(ask, hq, overlay, ceiling("2.0"))
    told = {"overlay": overlay["id"], "expectedRevision": 1}
    done, gone = await asyncio.gather(
        step(ask, hq.approver, "publishOverlayVersion", version),
        change(ask, hq.author, "discardJurisdictionOverlay", **told),
    )
    assert (done.get("state"), gone.get("code")) in (
        ("PUBLISHED", "VERSION_NEEDED"),
        (None, None),
    )
    if "code" in done:
        assert done["code"] == "NOT_FOUND"
