"""Whose an overlay is: its lead's and HQ's to write, everybody's to read once it is published."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from schema.access.rules import Actor, Permission, Role, ScopeKind
from schema.base import new_id
from schema.context import begin
from schema.protocols.models import JurisdictionOverlayVersionRow
from schema.protocols.rules.authorship import check_lead, writes_overlay
from schema.protocols.rules.violations import LeadMayNotAuthor
from schema.scope import Scope
from tests.actors import everywhere, partner_of, person_in
from tests.asking import SECRETS, Acting, Asking
from tests.protocols.overlaying import (
    Led,
    by,
    ceiling,
    change,
    draft,
    hire,
    in_review,
    key,
    led,
    overlay_of,
    person,
    published,
    refused,
    step,
)
from tests.snapshots import Snapshots

SEEN = """query ($id: ID!) { node(id: $id) { id }
  jurisdictionOverlay(template: {code: "MN-MEDICAL"}, jurisdiction: "US-NC") {
    inForce { id } versions { edges { node { id } } } } }"""
DRAFTS = """{ jurisdictionOverlay(template: {code: "MN-MEDICAL"}, jurisdiction: "US-NC") {
    leadId drafts { edges { node { id } } } } }"""


@pytest.fixture
async def hq(act: Acting, snapshots: Snapshots) -> Led:
    return await snapshots.of("led_medical", lambda: led(act, "MN-MEDICAL"))


def writes(overlay: Any, version: Any) -> list[tuple[str, dict[str, Any]]]:
    """Every mutation of whoever authors overlays."""
    at = {"version": version["id"], "expectedRevision": version["revision"]}
    return [
        ("draftOverlayVersion", {"overlay": overlay["id"]}),
        ("reviseOverlayVersion", {**at, "edits": [ceiling("1.0")]}),
        ("submitOverlayVersion", at),
        ("discardOverlayVersion", at),
    ]


@pytest.mark.isolation
@pytest.mark.parametrize("scope", [ScopeKind.REGION, ScopeKind.FRANCHISE])
async def test_an_overlay_of_another_lead_is_not_found(
    ask: Asking, hq: Led, scope: ScopeKind
) -> None:
    overlay = await overlay_of(ask, hq)
    version = await draft(ask, hq.american, overlay, ceiling("2.0"))
    other = hq.british
    if scope is ScopeKind.FRANCHISE:  # whom the policies let by: the rule alone holds them
        other = await hire(ask, "lead-of-all", Role.COUNTRY_LEAD, scope, None)
    for name, fields in writes(overlay, version):
        answer = await refused(ask, other, name, "NOT_FOUND", answered_field(name), **fields)
        assert answer["__typename"] == "NotFoundProblem"


def answered_field(name: str) -> str:
    return "overlay" if name == "draftOverlayVersion" else "version"


async def test_hq_writes_every_overlay_and_a_country_lead_their_own(ask: Asking, hq: Led) -> None:
    overlay = await overlay_of(ask, hq)
    for actor in (hq.american, hq.author, hq.franchise.hq):
        version = await draft(ask, actor, overlay, ceiling("2.0"))
        edits = [ceiling("1.0")]
        version = await step(ask, actor, "reviseOverlayVersion", version, edits=edits)
        version = await step(ask, actor, "submitOverlayVersion", version)
        assert (version["state"], version["writtenBy"]) == ("IN_REVIEW", [person(actor)])


@pytest.mark.isolation
async def test_a_draft_is_its_leads_and_hqs_alone(ask: Asking, hq: Led) -> None:
    overlay = await overlay_of(ask, hq)
    for version in (
        await draft(ask, hq.american, overlay, ceiling("2.0")),
        await in_review(ask, hq, overlay, ceiling("1.9")),
    ):
        for outsider in (
            hq.manager,
            hq.franchise.partner,
            partner_of(None),
            hq.british,
        ):
            seen = await ask.data(outsider, SEEN, id=version["id"])
            assert seen["node"] is None, outsider.name
            nothing = {"inForce": None, "versions": {"edges": []}}
            assert seen["jurisdictionOverlay"] == nothing
        for insider in (hq.american, hq.author, hq.franchise.hq):
            seen = await ask.data(insider, SEEN, id=version["id"])
            assert seen["node"] == {"id": version["id"]}


@pytest.mark.isolation
async def test_drafts_are_listed_for_their_lead_and_hq(ask: Asking, hq: Led) -> None:
    overlay = await overlay_of(ask, hq)
    version = await draft(ask, hq.american, overlay, ceiling("2.0"))
    listed = {"edges": [{"node": {"id": version["id"]}}]}
    for actor, drafts in (
        (hq.american, listed),
        (hq.author, listed),
        (hq.british, {"edges": []}),
    ):
        found = (await ask.data(actor, DRAFTS))["jurisdictionOverlay"]
        assert found["drafts"] == drafts
    for outsider in (hq.manager, hq.franchise.partner, partner_of(None)):
        answer = await ask(outsider, DRAFTS)
        assert answer.codes == ["FORBIDDEN"]
        told = {"leadId": person(hq.american), "drafts": None}
        assert answer.data == {"jurisdictionOverlay": told}


@pytest.mark.isolation
async def test_another_overlays_draft_cannot_be_copied_unless_it_is_published(
    ask: Asking, hq: Led
) -> None:
    american, british = [await overlay_of(ask, hq, each) for each in ("US-NC", "GB")]
    hidden = await draft(ask, hq.american, american, ceiling("2.0"))
    copying = {"overlay": british["id"], "from": {"version": hidden["id"]}}
    await refused(ask, hq.british, "draftOverlayVersion", "NOT_FOUND", "from.version", **copying)
    public = await published(ask, hq, american, ceiling("1.9"))
    copying["from"] = {"version": public["id"]}
    copied = await change(ask, hq.british, "draftOverlayVersion", **copying)
    assert [each["value"]["text"] for each in copied["edits"]] == ["1.9"]


async def test_an_overlay_that_changes_hands_is_the_new_leads(ask: Asking, hq: Led) -> None:
    overlay = await overlay_of(ask, hq)
    version = await draft(ask, hq.american, overlay, ceiling("2.0"))
    handed = await change(
        ask,
        hq.author,
        "changeOverlayLead",
        overlay=overlay["id"],
        expectedRevision=1,
        lead=by(hq.british),
    )
    assert (handed["leadId"], handed["revision"]) == (person(hq.british), 2)
    told = {"version": version["id"], "expectedRevision": 1, "edits": [ceiling("1.9")]}
    await refused(ask, hq.american, "reviseOverlayVersion", "NOT_FOUND", "version", **told)
    revised = await change(ask, hq.british, "reviseOverlayVersion", **told)
    assert revised["revision"] == 2


async def test_only_who_may_author_overlays_leads_one(ask: Asking, hq: Led) -> None:
    desk = await hire(ask, "desk", Role.FRONT_DESK, ScopeKind.CLINIC, "RALEIGH")
    creating = {"template": {"code": "MN-MEDICAL"}, "jurisdiction": "US", "lead": by(desk)}
    await refused(
        ask,
        hq.author,
        "createJurisdictionOverlay",
        "LEAD_MAY_NOT_AUTHOR",
        "lead",
        **creating,
    )
    overlay = await overlay_of(ask, hq)
    handing = {"overlay": overlay["id"], "expectedRevision": 1, "lead": by(desk)}
    await refused(ask, hq.author, "changeOverlayLead", "LEAD_MAY_NOT_AUTHOR", "lead", **handing)


async def test_a_lead_is_named_by_email(ask: Asking, hq: Led) -> None:
    american = {"code": " Lead-Americas@test.example "}
    creating = {"template": {"code": "MN-MEDICAL"}, "jurisdiction": "US", "lead": american}
    overlay = await change(ask, hq.author, "createJurisdictionOverlay", **creating)
    assert overlay["leadId"] == person(hq.american)
    handing = {"overlay": overlay["id"], "expectedRevision": 1}
    british = {"code": "lead-europe@test.example"}
    handed = await change(ask, hq.author, "changeOverlayLead", **handing, lead=british)
    assert handed["leadId"] == person(hq.british)


async def test_a_lead_that_nobody_knows_is_not_found_however_they_are_named(
    ask: Asking, hq: Led
) -> None:
    overlay = await overlay_of(ask, hq)
    leaving = "update people set deactivated_at = clock_timestamp() where id = :id"
    assert await touched_by(ask, hq.author, leaving, id=hq.american.id) == 1
    creating = {"template": {"code": "MN-MEDICAL"}, "jurisdiction": "US"}
    handing = {"overlay": overlay["id"], "expectedRevision": 1}
    for lead in (
        by(everywhere(Role.COUNTRY_LEAD)),
        {"code": "nobody@test.example"},
        by(hq.american),
        {"code": "lead-americas@test.example"},
        {"code": ""},
    ):
        for name, fields in (
            ("createJurisdictionOverlay", creating),
            ("changeOverlayLead", handing),
        ):
            answer = await refused(ask, hq.author, name, "NOT_FOUND", "lead", **fields, lead=lead)
            assert answer["__typename"] == "NotFoundProblem"


async def test_a_country_lead_neither_appoints_nor_reviews(ask: Asking, hq: Led) -> None:
    overlay = await overlay_of(ask, hq)
    version = await in_review(ask, hq, overlay, ceiling("2.0"))
    at = {"version": version["id"], "expectedRevision": version["revision"]}
    before = await ask.contents()
    for name, fields in (
        ("changeOverlayLead", {"overlay": overlay["id"], "lead": by(hq.american)}),
        ("approveOverlayVersion", at),
        ("publishOverlayVersion", at),
        ("returnOverlayVersion", {**at, "reason": "So."}),
        ("retireOverlayVersion", {**at, "reason": "So."}),
    ):
        kind = f"{name[0].upper()}{name[1:]}Input"
        query = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ __typename }} }}"
        told = {"expectedRevision": 1, **fields}
        answer = await ask(hq.american, query, input=told)
        assert answer.codes == ["FORBIDDEN"], name
    assert await ask.contents() == before


async def touched_by(act: Acting, actor: Actor, statement: str, **values: Any) -> int:
    """How many rows a statement finds or changes for this actor, behind the policies alone."""
    acting = act.engine.execution_options(actor=actor)
    async with acting.begin() as connection:
        return (await connection.execute(text(statement), values)).rowcount


async def test_policies_keep_overlays_from_everybody_but_their_lead_and_hq(
    ask: Asking, hq: Led
) -> None:
    overlay = await overlay_of(ask, hq)
    version = await draft(ask, hq.american, overlay, ceiling("2.0"))
    update = "update jurisdiction_overlay_versions set revision = revision where id = :id"
    taking = "update jurisdiction_overlays set lead_id = lead_id where id = :id"
    for actor, versions, overlays in (
        (hq.british, 0, 0),
        (hq.manager, 0, 0),
        (hq.franchise.partner, 0, 0),
        (hq.american, 1, 0),
        (hq.author, 1, 1),
    ):
        assert await touched_by(ask, actor, update, id=key(version)) == versions, actor.name
        assert await touched_by(ask, actor, taking, id=key(overlay)) == overlays, actor.name
    for outsider in (hq.british, hq.manager):
        with pytest.raises(DBAPIError, match="row-level security"):
            async with begin(ask.engine, outsider, Scope(None), SECRETS, "test") as work:
                work.session.add(
                    JurisdictionOverlayVersionRow(
                        overlay_id=key(overlay),
                        number=9,
                        edits=[],
                        author_id=outsider.id,
                        written_by=[outsider.id],
                    )
                )


async def test_policies_show_a_draft_to_its_lead_and_hq_alone(ask: Asking, hq: Led) -> None:
    version = await draft(ask, hq.american, await overlay_of(ask, hq), ceiling("2.0"))
    select = "select id from jurisdiction_overlay_versions where id = :id"
    for actor, seen in (
        (hq.american, 1),
        (hq.author, 1),
        (hq.british, 0),
        (hq.manager, 0),
        (hq.franchise.partner, 0),
        (partner_of(None), 0),
    ):
        assert await touched_by(ask, actor, select, id=key(version)) == seen, actor


@pytest.mark.parametrize(
    "statement",
    [
        "update jurisdiction_overlay_versions set approver_id = author_id",
        "update jurisdiction_overlay_versions set author_id = gen_random_uuid()",
        "update jurisdiction_overlay_versions set state = 'PUBLISHED', published_by = author_id,"
        " published_from = '2030-01-01'",
    ],
)
async def test_database_refuses_an_approval_by_a_writer(
    ask: Asking, hq: Led, statement: str
) -> None:
    await draft(ask, hq.american, await overlay_of(ask, hq), ceiling("2.0"))
    with pytest.raises(DBAPIError, match="violates check constraint"):
        await touched_by(ask, hq.author, statement)


def test_hq_and_the_lead_write_an_overlay() -> None:
    lead = new_id()
    assert writes_overlay(everywhere(Role.HQ_CLINICAL_LEAD), lead)
    assert writes_overlay(person_in(Role.COUNTRY_LEAD, [new_id()], lead), lead)
    assert not writes_overlay(person_in(Role.COUNTRY_LEAD, [new_id()]), lead)
    assert not writes_overlay(everywhere(Role.COUNTRY_LEAD), lead)
    assert not writes_overlay(partner_of(None), lead)


def test_who_leads_holds_the_permission_somewhere() -> None:
    check_lead(person_in(Role.COUNTRY_LEAD, [new_id()]))
    for nobody in (person_in(Role.COUNTRY_LEAD, []), everywhere(Role.HQ_ANALYST)):
        with pytest.raises(LeadMayNotAuthor, match=Permission.OVERLAYS_AUTHOR):
            check_lead(nobody)
