"""How versions, and what applies in clinics, differ: asked for through the API."""

from typing import Any

import pytest

from schema.access.rules import NOBODY, Actor
from tests.actors import partner_of
from tests.asking import Acting, Asking
from tests.protocols.authoring import change, publish_version, step
from tests.protocols.overlaying import led, overlay_of, published, set_
from tests.protocols.written import Published, publish
from tests.snapshots import Snapshots

DIFF = """
query ($from: ProtocolPoint!, $to: ProtocolPoint!) {
  protocolDiff(from: $from, to: $to) {
    differences { kind path class layer layerName summary behind
      before { integer decimal text } after { integer decimal text } fields { path } }
    classes { class count }
  }
}
"""
ADOPT = """
mutation ($clinic: String!) {
  adoptProtocol(input: {clinic: {code: $clinic}, template: {code: "MN-MEDICAL"}}) {
    ... on ClinicProtocol { id revision version { id } } } }
"""
OVERRIDE = """
mutation ($id: ID!, $revision: Int!, $path: String!, $text: Decimal!) {
  setClinicOverride(input: {clinicProtocol: $id, expectedRevision: $revision, path: $path,
    value: {decimal: $text}, reason: "Gentle skin."}) { __typename ... on Problem { message } } }
"""
DEPTH = "parameters.needle_depth_mm.default"
EDITS = [
    {"set": {"path": "intervalRules.GENERAL.minDays", "value": {"integer": 49}}},
    {"set": {"path": "summary", "value": {"text": "With a pen."}}},
    {"set": {"path": "sessionCounts.SEVERE.max", "value": {"integer": 10}}},
    {"move": {"path": "steps.CLEANSE", "behind": "SCREEN"}},
    {"set": {"path": DEPTH, "value": {"decimal": "1.2"}}},
]


@pytest.fixture
async def hq(act: Acting, snapshots: Snapshots) -> Published:
    return await snapshots.of("published_medical", lambda: publish(act, "MN-MEDICAL"))


def version(found: Any) -> dict[str, Any]:
    return {"version": found["id"]}


def clinic(found: Any) -> dict[str, Any]:
    return {"clinicProtocol": found["id"]}


async def diff(ask: Asking, actor: Actor, old: Any, new: Any) -> Any:
    return (await ask.data(actor, DIFF, **{"from": old, "to": new}))["protocolDiff"]


async def adopt(ask: Asking, actor: Actor, code: str = "RALEIGH", depth: str = "") -> Any:
    found = await ask.change(actor, ADOPT, clinic=code)
    if depth:
        told = {"id": found["id"], "revision": found["revision"], "path": DEPTH, "text": depth}
        answer = await ask.change(actor, OVERRIDE, **told)
        assert answer["__typename"] == "ClinicProtocol", answer
    return found


async def first_version(ask: Asking, hq: Published) -> Any:
    query = '{ protocolTemplate(by: {code: "MN-MEDICAL"}) { currentVersion { id } } }'
    return (await ask.data(hq.author, query))["protocolTemplate"]["currentVersion"]


async def second_draft(ask: Asking, hq: Published) -> Any:
    drafted = await change(ask, hq.author, "draftProtocolVersion", template={"code": "MN-MEDICAL"})
    return await step(ask, hq.author, "editProtocolVersion", drafted, edits=EDITS)


async def second_version(ask: Asking, hq: Published) -> Any:
    submitted = await step(ask, hq.author, "submitProtocolVersion", await second_draft(ask, hq))
    agreed = await step(ask, hq.approver, "approveProtocolVersion", submitted)
    await publish_version(ask, hq, agreed)
    return agreed


def told(difference: Any) -> tuple[Any, ...]:
    return difference["path"], difference["kind"], difference["class"], difference["layer"]


async def test_two_versions_differ_by_typed_changes(ask: Asking, hq: Published) -> None:
    one, two = await first_version(ask, hq), await second_draft(ask, hq)
    found = await diff(ask, hq.author, version(one), version(two))
    assert {told(each) for each in found["differences"]} == {
        ("summary", "SET", "COPY", "HEADQUARTERS"),
        ("steps.CLEANSE", "MOVED", "CLINICAL", "HEADQUARTERS"),
        (DEPTH, "SET", "SAFETY_LOOSENING", "HEADQUARTERS"),
        ("sessionCounts.SEVERE.max", "SET", "COMMERCIAL", "HEADQUARTERS"),
        ("intervalRules.GENERAL.minDays", "SET", "SAFETY_TIGHTENING", "HEADQUARTERS"),
    }
    (days,) = (each for each in found["differences"] if each["path"].endswith("minDays"))
    assert (days["before"]["integer"], days["after"]["integer"]) == (42, 49)
    assert days["layerName"] is None
    counts = {each["class"]: each["count"] for each in found["classes"]}
    assert counts["SAFETY_TIGHTENING"] == counts["SAFETY_LOOSENING"] == 1
    back = await diff(ask, hq.author, version(two), version(one))
    classes = {each["path"]: each["class"] for each in back["differences"]}
    assert classes["intervalRules.GENERAL.minDays"] == "SAFETY_LOOSENING"
    assert classes[DEPTH] == "SAFETY_TIGHTENING"
    for same in (one, two):
        assert await diff(ask, hq.author, version(same), version(same)) == {
            "differences": [],
            "classes": [],
        }


async def test_an_item_that_is_new_or_gone_is_told_whole(ask: Asking, hq: Published) -> None:
    one = await first_version(ask, hq)
    drafted = await change(ask, hq.author, "draftProtocolVersion", template={"code": "MN-MEDICAL"})
    photo = {"key": "PHOTO", "name": "Photographs", "minutes": {"min": 5, "typical": 5, "max": 5}}
    edits: list[dict[str, Any]] = [
        {"put": {"path": "steps", "item": {"protocolStep": photo}, "behind": "SCREEN"}},
        {"remove": "steps.FOLLOW_UP"},
    ]
    two = await step(ask, hq.author, "editProtocolVersion", drafted, edits=edits)
    found = (await diff(ask, hq.author, version(one), version(two)))["differences"]
    kinds = {each["path"]: each["kind"] for each in found}
    assert kinds == {"steps.FOLLOW_UP": "REMOVED", "steps.PHOTO": "ADDED"}
    (added,) = (each for each in found if each["kind"] == "ADDED")
    assert added["behind"] == "SCREEN"
    assert "steps.PHOTO.minutes.typical" in {each["path"] for each in added["fields"]}


async def test_a_difference_names_the_layer_that_it_comes_from(ask: Asking) -> None:
    """The law of North Carolina, and the clinic's own value; from HQ to the clinic and back."""
    hq = await led(ask, "MN-MEDICAL")
    law = set_("intervalRules.GENERAL.minDays", integer=45)
    await published(ask, hq, await overlay_of(ask, hq, "US-NC"), law)
    here = await adopt(ask, hq.manager, depth="0.8")
    one = await first_version(ask, hq)
    expected = {
        ("intervalRules.GENERAL.minDays", "SAFETY_TIGHTENING", "JURISDICTION", "US-NC"),
        (DEPTH, "SAFETY_TIGHTENING", "CLINIC", "RALEIGH"),
    }
    found = await diff(ask, hq.manager, version(one), clinic(here))
    assert named(found) == expected
    back = await diff(ask, hq.manager, clinic(here), version(one))
    assert named(back) == {
        (path, "SAFETY_LOOSENING", layer, name) for path, _, layer, name in expected
    }


def named(found: Any) -> set[tuple[str, ...]]:
    return {
        (each["path"], each["class"], each["layer"], each["layerName"])
        for each in found["differences"]
    }


async def test_a_later_version_and_a_clinic_on_the_earlier_one(ask: Asking, hq: Published) -> None:
    here = await adopt(ask, hq.manager, depth="0.8")
    two = await second_version(ask, hq)
    found = await diff(ask, hq.manager, clinic(here), version(two))
    layers = {each["path"]: (each["layer"], each["layerName"]) for each in found["differences"]}
    assert layers[DEPTH] == ("CLINIC", "RALEIGH")
    assert layers["intervalRules.GENERAL.minDays"] == ("HEADQUARTERS", None)


async def test_two_clinics_differ(ask: Asking, hq: Published) -> None:
    here = await adopt(ask, hq.manager, depth="0.8")
    there = await adopt(ask, hq.franchise.other_manager, "LONDON", depth="0.9")
    found = await diff(ask, hq.author, clinic(here), clinic(there))
    assert named(found) == {(DEPTH, "SAFETY_LOOSENING", "CLINIC", "LONDON")}


@pytest.mark.isolation
async def test_what_one_may_not_see_is_not_compared(ask: Asking, hq: Published) -> None:
    """Drafts are HQ's alone; what applies in a clinic is that clinic's, its partners' and HQ's."""
    one, two = await first_version(ask, hq), await second_draft(ask, hq)
    here = await adopt(ask, hq.manager, depth="0.8")
    manager, other = hq.manager, hq.franchise.other_manager
    partner = hq.franchise.partner
    seen = {
        "draft": (
            version(one),
            version(two),
            [hq.author, hq.franchise.hq],
            [manager, partner, partner_of(None)],
        ),
        "clinic": (version(one), clinic(here), [hq.author, manager, partner], [other]),
    }
    for old, new, allowed, denied in seen.values():
        for actor in allowed:
            assert (await diff(ask, actor, old, new))["differences"]
            assert (await diff(ask, actor, new, old))["differences"]
        for actor in denied:
            assert await diff(ask, actor, old, new) is None
            assert await diff(ask, actor, new, old) is None
            assert await diff(ask, actor, new, new) is None
    answer = await ask(NOBODY, DIFF, **{"from": version(one), "to": version(one)})
    assert answer.codes == ["UNAUTHENTICATED"]
    assert answer.data == {"protocolDiff": None}


async def test_what_is_not_there_is_null(ask: Asking, hq: Published) -> None:
    one = await first_version(ask, hq)
    here = await adopt(ask, hq.manager)
    template = "UHJvdG9jb2xUZW1wbGF0ZTox"
    for other in (
        {"version": template},
        {"version": here["id"]},
        {"clinicProtocol": one["id"]},
        {"clinicProtocol": template},
    ):
        assert await diff(ask, hq.author, version(one), other) is None
        assert await diff(ask, hq.author, other, version(one)) is None
    both = {**version(one), **clinic(here)}
    assert (await ask(hq.author, DIFF, **{"from": both, "to": both})).errors


async def test_a_comparison_takes_few_statements(ask: Asking, hq: Published) -> None:
    """However much differs: one for versions, one for clinics and one for overlays not yet read."""
    one, two = await first_version(ask, hq), await second_draft(ask, hq)
    here = await adopt(ask, hq.manager, depth="0.8")
    there = await adopt(ask, hq.franchise.other_manager, "LONDON")
    for old, new, most in (
        (version(one), version(two), 1),
        (version(one), clinic(here), 2),
        (clinic(here), clinic(there), 1),
    ):
        with ask.statements() as seen:
            await diff(ask, hq.author, old, new)
        assert len(seen) == most, seen
