"""What a jurisdiction makes stricter is written, reviewed, published and shown through the API."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.access.rules import SYSTEM, Role
from schema.protocols import store
from schema.protocols.rules import Set
from tests.actors import everywhere
from tests.asking import Acting, Asking
from tests.protocols.authoring import TODAY
from tests.protocols.overlaying import (
    DEPTH,
    LAW,
    MEDICAL,
    MIN_DAYS,
    NODE,
    READ,
    Led,
    approved,
    by,
    ceiling,
    change,
    draft,
    key,
    led,
    overlay_of,
    person,
    published,
    read,
    refused,
    set_,
    step,
)
from tests.protocols.written import as_input
from tests.snapshots import Snapshots


@pytest.fixture
async def hq(act: Acting, snapshots: Snapshots) -> Led:
    return await snapshots.of("led_medical_consult", lambda: led(act, "MN-MEDICAL", "CONSULT"))


async def test_a_country_lead_tightens_a_template_and_hq_publishes_it(ask: Asking, hq: Led) -> None:
    overlay = await overlay_of(ask, hq)
    assert (overlay["template"], overlay["jurisdiction"]) == (
        {"code": "MN-MEDICAL"},
        {"code": "US-NC"},
    )
    assert (overlay["leadId"], overlay["inForce"]) == (person(hq.american), None)
    first = await draft(ask, hq.american, overlay, ceiling("1.5", LAW))
    assert (first["number"], first["state"], first["revision"]) == (1, "DRAFT", 1)
    assert first["authorId"] == person(hq.american)
    submitted = await step(ask, hq.american, "submitOverlayVersion", first)
    agreed = await step(ask, hq.approver, "approveOverlayVersion", submitted)
    assert (agreed["state"], agreed["approverId"]) == ("APPROVED", person(hq.approver))
    done = await step(ask, hq.approver, "publishOverlayVersion", agreed, fromOn=TODAY.isoformat())
    assert (done["state"], done["publishedFrom"]) == ("PUBLISHED", TODAY.isoformat())
    for anybody in (hq.manager, hq.franchise.partner, hq.british):
        seen = await ask.data(anybody, READ, template="mn-medical", jurisdiction="us-nc")
        found = seen["jurisdictionOverlay"]
        assert found["leadId"] == person(hq.american)
        assert found["inForce"]["edits"] == [
            {
                "kind": "SET",
                "path": f"{DEPTH}.ceiling",
                "value": {"text": "1.5", "decimal": None},
                "source": LAW,
            }
        ]
        assert found["inForce"]["setAside"] == []
        assert found["inForce"]["differences"] == [
            {
                "path": path,
                "class": "SAFETY_TIGHTENING",
                "layer": "JURISDICTION",
                "layerName": "US-NC",
            }
            for path in (f"{DEPTH}.max", f"{DEPTH}.ceiling")
        ]
        assert found["versions"]["edges"] == [{"node": {"number": 1, "state": "PUBLISHED"}}]


async def test_overlays_are_found_from_template_jurisdiction_and_lead(ask: Asking, hq: Led) -> None:
    for jurisdiction, template in (
        ("US-NC", "MN-MEDICAL"),
        ("GB", "MN-MEDICAL"),
        ("US-NC", "CONSULT"),
    ):
        await overlay_of(ask, hq, jurisdiction, template)
    both = "{ template { code } jurisdiction { code } }"
    found = await ask.data(
        hq.american,
        f"""{{ protocolTemplate(by: {{code: "MN-MEDICAL"}}) {{ overlays {{ edges {{ node {{
            jurisdiction {{ code }} }} }} }} }}
        jurisdictions {{ edges {{ node {{ code overlays {{ edges {{ node {{
            template {{ code }} }} }} }} }} }} }}
        jurisdictionOverlays {{ edges {{ node {both} }} }}
        mine: jurisdictionOverlays(ledByMe: true) {{ edges {{ node {both} }} }} }}""",
    )

    def pairs(name: str) -> list[tuple[str, str]]:
        nodes = [each["node"] for each in found[name]["edges"]]
        return [(each["jurisdiction"]["code"], each["template"]["code"]) for each in nodes]

    of_template = found["protocolTemplate"]["overlays"]["edges"]
    assert [each["node"]["jurisdiction"]["code"] for each in of_template] == ["GB", "US-NC"]
    places = {each["node"]["code"]: each["node"] for each in found["jurisdictions"]["edges"]}
    assert [each["node"]["template"]["code"] for each in places["US-NC"]["overlays"]["edges"]] == [
        "MN-MEDICAL",
        "CONSULT",
    ]
    assert places["US"]["overlays"]["edges"] == []
    assert pairs("mine") == [("US-NC", "MN-MEDICAL"), ("US-NC", "CONSULT")]
    assert set(pairs("jurisdictionOverlays")) == {*pairs("mine"), ("GB", "MN-MEDICAL")}
    nothing = await ask.data(hq.american, READ, template="MN-MEDICAL", jurisdiction="US-FL")
    assert nothing == {"jurisdictionOverlay": None}


async def test_a_draft_begins_empty_with_edits_or_as_another_version(ask: Asking, hq: Led) -> None:
    carolina, florida = [await overlay_of(ask, hq, each) for each in ("US-NC", "US-FL")]
    empty = await change(ask, hq.american, "draftOverlayVersion", overlay=carolina["id"])
    assert (empty["number"], empty["edits"], empty["differences"]) == (1, [], [])
    await published(ask, hq, carolina, ceiling("1.5", LAW))
    for number, overlay in ((3, carolina), (1, florida)):
        (edge,) = (await read(ask, hq))["versions"]["edges"]
        copy = await change(
            ask,
            hq.american,
            "draftOverlayVersion",
            overlay=overlay["id"],
            **{"from": {"version": edge["node"]["id"]}},
        )
        assert (copy["number"], copy["state"]) == (number, "DRAFT")
        assert [(each["path"], each["source"]) for each in copy["edits"]] == [
            (f"{DEPTH}.ceiling", LAW)
        ]


async def test_every_kind_of_edit_is_taken_and_shown(ask: Asking, hq: Led) -> None:
    asked = as_input(MEDICAL.screening_rules[0]) | {"key": "TATTOO", "question": "Any tattoos?"}
    edits = [
        {"edit": {"remove": "addOns.MMP"}, "source": LAW},
        {
            "edit": {"put": {"path": "screeningRules", "item": {"screeningRule": asked}}},
            "source": LAW,
        },
        set_(MIN_DAYS, integer=49),
    ]
    written = await draft(ask, hq.american, await overlay_of(ask, hq), *edits)
    removed, put, changed = written["edits"]
    assert (removed["kind"], removed["path"]) == ("REMOVE", "addOns.MMP")
    assert (put["kind"], put["path"], put["behind"]) == ("PUT", "screeningRules", "")
    assert {
        "path": "screeningRules.TATTOO.question",
        "value": {"text": "Any tattoos?"},
    } in put["fields"]
    assert (changed["kind"], changed["value"]["integer"]) == ("SET", 49)
    told = {(each["kind"], each["path"], each["class"]) for each in written["differences"]}
    assert told >= {
        ("REMOVED", "addOns.MMP", "SAFETY_TIGHTENING"),
        ("ADDED", "screeningRules.TATTOO", "SAFETY_TIGHTENING"),
        ("SET", MIN_DAYS, "SAFETY_TIGHTENING"),
    }


async def test_a_state_tightens_what_its_country_left(ask: Asking, hq: Led) -> None:
    await published(ask, hq, await overlay_of(ask, hq, "US"), ceiling("2.0"))
    carolina = await overlay_of(ask, hq, "US-NC")
    drafting = {"overlay": carolina["id"]}
    await refused(
        ask,
        hq.american,
        "draftOverlayVersion",
        "OVERLAY_LOOSENS",
        "from.edits.0",
        **drafting,
        **{"from": {"edits": [ceiling("2.2")]}},
    )
    written = await draft(ask, hq.american, carolina, ceiling("1.5"))
    difference = next(each for each in written["differences"] if each["path"].endswith("ceiling"))
    assert difference["before"] == {"integer": None, "decimal": "2.0"}
    assert difference["after"] == {"integer": None, "decimal": "1.5"}
    british = await draft(ask, hq.british, await overlay_of(ask, hq, "GB"), ceiling("2.2"))
    assert len(british["differences"]) == 2


@pytest.mark.parametrize(
    ("edits", "code", "field"),
    [
        ([set_(MIN_DAYS, integer=28)], "OVERLAY_LOOSENS", "edits.0"),
        ([ceiling("1.5"), set_("name", text="Another")], "OVERLAY_LOOSENS", "edits.1"),
        ([ceiling("2.5")], "OVERLAY_OBSOLETE", "edits.0"),
        ([set_("parameters.pressure.max", decimal="1")], "UNKNOWN_PATH", "edits.0"),
        ([set_(MIN_DAYS, text="soon")], "INVALID_VALUE", "edits.0"),
        ([set_(MIN_DAYS, source=" ", integer=49)], "REASON_MISSING", "edits.0.source"),
        ([{"edit": {"remove": "steps.NEEDLE"}, "source": LAW}], "OVERLAY_LOOSENS", "edits.0"),
    ],
)
async def test_an_edit_that_cannot_stand_is_refused_wherever_it_is_written(
    ask: Asking, hq: Led, edits: list[dict[str, Any]], code: str, field: str
) -> None:
    overlay = await overlay_of(ask, hq)
    written = await draft(ask, hq.american, overlay, ceiling("2.0"))
    drafting = {"overlay": overlay["id"], "from": {"edits": edits}}
    await refused(ask, hq.american, "draftOverlayVersion", code, f"from.{field}", **drafting)
    revising = {"version": written["id"], "expectedRevision": 1, "edits": edits}
    await refused(ask, hq.author, "reviseOverlayVersion", code, field, **revising)
    kept = (await ask.data(hq.american, NODE, id=written["id"]))["node"]
    assert (kept["revision"], [each["value"]["text"] for each in kept["edits"]]) == (1, ["2.0"])


async def test_everything_wrong_with_the_edits_is_said_at_once(ask: Asking, hq: Led) -> None:
    overlay = await overlay_of(ask, hq)
    edits = [
        set_(MIN_DAYS, integer=20),
        ceiling("1.5", source=""),
        set_("steps.GLITTER.optional", boolean=False),
    ]
    drafting = {"overlay": overlay["id"], "from": {"edits": edits}}
    answer = await refused(
        ask, hq.american, "draftOverlayVersion", "VALIDATION_FAILED", None, **drafting
    )
    assert [(each["code"], each["field"]) for each in answer["problems"]] == [
        ("OVERLAY_LOOSENS", "from.edits.0"),
        ("REASON_MISSING", "from.edits.1.source"),
        ("UNKNOWN_PATH", "from.edits.2"),
    ]


async def test_a_template_without_a_version_in_force_cannot_be_tightened_yet(
    ask: Asking, hq: Led
) -> None:
    async with ask.work(hq.author) as work:
        row = await store.template(work.session, "CONSULT")
        assert row is not None
        await work.session.exec(  # type: ignore[call-overload]  # SQL as text
            text("update protocol_versions set state = 'RETIRED' where template_id = :id"),
            params={"id": row.id},
        )
    overlay = await overlay_of(ask, hq, template="CONSULT")
    empty = await draft(ask, hq.american, overlay)
    assert empty["state"] == "DRAFT"
    drafting = {"overlay": overlay["id"], "from": {"edits": [ceiling("1.5")]}}
    await refused(ask, hq.american, "draftOverlayVersion", "NOT_PUBLISHED", None, **drafting)


async def test_changes_that_are_refused_write_nothing(ask: Asking, hq: Led) -> None:
    overlay = await overlay_of(ask, hq)
    open_ = await draft(ask, hq.american, overlay, ceiling("2.4"))
    own = await draft(ask, hq.author, overlay, ceiling("2.3"))
    own = await step(ask, hq.author, "submitOverlayVersion", own)
    agreed = await approved(ask, hq, overlay, ceiling("2.2"))
    late = await approved(ask, hq, overlay, ceiling("2.1"))
    done = await published(ask, hq, overlay, ceiling("2.0"))
    desk = by(hq.manager)
    nobody = by(everywhere(Role.HQ_ADMINISTRATOR))
    yesterday, far = (TODAY + timedelta(days=days) for days in (-2, 400))
    creating = {"template": {"code": "MN-MEDICAL"}, "lead": by(hq.american)}

    def at(version: Any, **more: Any) -> dict[str, Any]:
        return {"version": version["id"], "expectedRevision": version["revision"], **more}

    edits = [ceiling("1.0")]
    lead, author, approver = hq.american, hq.author, hq.approver
    forbidden, stale = ("VERSION_STATE_FORBIDS", None), ("STALE_REVISION", "expectedRevision")
    refusals: list[tuple[Any, str, dict[str, Any], tuple[str, str | None]]] = [
        (lead, "reviseOverlayVersion", at(own, edits=edits), forbidden),
        (lead, "reviseOverlayVersion", at(done, edits=edits), forbidden),
        (lead, "reviseOverlayVersion", at(open_, edits=edits) | {"expectedRevision": 7}, stale),
        (lead, "submitOverlayVersion", at(own), forbidden),
        (lead, "submitOverlayVersion", at(open_) | {"expectedRevision": 7}, stale),
        (lead, "discardOverlayVersion", at(own), forbidden),
        (lead, "discardOverlayVersion", at(done), forbidden),
        (author, "approveOverlayVersion", at(own), ("OWN_DRAFT", None)),
        (approver, "approveOverlayVersion", at(open_), forbidden),
        (approver, "approveOverlayVersion", at(own) | {"expectedRevision": 1}, stale),
        (approver, "approveOverlayVersion", at(agreed), forbidden),
        (approver, "publishOverlayVersion", at(own), forbidden),
        (approver, "publishOverlayVersion", at(agreed), forbidden),  # a newer one is published
        (approver, "publishOverlayVersion", at(late) | {"expectedRevision": 1}, stale),
        (
            approver,
            "publishOverlayVersion",
            at(late, fromOn=yesterday.isoformat()),
            ("NOT_PUBLISHED", "fromOn"),
        ),
        (
            approver,
            "publishOverlayVersion",
            at(late, fromOn=far.isoformat()),
            ("NOT_PUBLISHED", "fromOn"),
        ),
        (approver, "returnOverlayVersion", at(done, reason="So."), forbidden),
        (approver, "returnOverlayVersion", at(own, reason=" "), ("REASON_MISSING", "reason")),
        (approver, "retireOverlayVersion", at(own, reason="So."), forbidden),
        (approver, "retireOverlayVersion", at(done, reason=""), ("REASON_MISSING", "reason")),
        (
            lead,
            "draftOverlayVersion",
            {"overlay": done["id"]},
            ("NOT_FOUND", None),
        ),
        (
            lead,
            "draftOverlayVersion",
            {"overlay": overlay["id"], "from": {"version": overlay["id"]}},
            ("NOT_FOUND", None),
        ),
        (
            author,
            "createJurisdictionOverlay",
            {**creating, "jurisdiction": "US-NC"},
            ("CONFLICT", "jurisdiction"),
        ),
        (
            author,
            "createJurisdictionOverlay",
            {**creating, "jurisdiction": "XX"},
            ("NOT_FOUND", "jurisdiction"),
        ),
        (
            author,
            "createJurisdictionOverlay",
            {**creating, "jurisdiction": "US", "template": {"code": "NONE"}},
            ("NOT_FOUND", "template"),
        ),
        (
            author,
            "createJurisdictionOverlay",
            {**creating, "jurisdiction": "US", "lead": nobody},
            ("NOT_FOUND", "lead"),
        ),
        (
            author,
            "changeOverlayLead",
            {"overlay": overlay["id"], "expectedRevision": 1, "lead": desk},
            ("NOT_FOUND", "lead"),
        ),
        (
            author,
            "changeOverlayLead",
            {"overlay": overlay["id"], "expectedRevision": 9, "lead": by(hq.british)},
            stale,
        ),
        (
            author,
            "changeOverlayLead",
            {"overlay": done["id"], "expectedRevision": 1, "lead": by(hq.british)},
            ("NOT_FOUND", None),
        ),
    ]
    for actor, name, fields, (code, field) in refusals:
        await refused(ask, actor, name, code, field, **fields)


@pytest.mark.parametrize(
    "statement",
    [
        "update jurisdiction_overlay_versions set edits = '[]'",
        "update jurisdiction_overlay_versions set published_from = '2020-01-01'",
        "update jurisdiction_overlay_versions set state = 'DRAFT'",
        "delete from jurisdiction_overlay_versions",
    ],
)
async def test_database_keeps_a_published_overlay_as_it_is(
    ask: Asking, hq: Led, owner_engine: AsyncEngine, statement: str
) -> None:
    await published(ask, hq, await overlay_of(ask, hq), ceiling("2.0"))
    engine = owner_engine.execution_options(actor=SYSTEM)
    with pytest.raises(DBAPIError, match="never changes"):
        async with engine.begin() as connection:
            await connection.execute(text(statement))


async def test_a_published_overlay_is_read_once(ask: Asking, hq: Led) -> None:
    overlay = await overlay_of(ask, hq)
    done = await published(ask, hq, overlay, ceiling("2.0"))
    written = await draft(ask, hq.american, overlay, ceiling("1.5"))
    ids = [key(done), key(written)]
    async with ask.context(hq.manager).reading() as session:
        found = await store.overlay_documents(session, ids)
        with ask.statements() as statements:
            again = await store.overlay_documents(session, ids[:1])
    assert statements == []
    assert again == found
    assert {name: (each.name, each.edits) for name, each in found.items()} == {
        ids[0]: ("US-NC", (Set(f"{DEPTH}.ceiling", "2.0"),))
    }


async def test_links_of_overlays_take_as_many_statements_for_one_as_for_many(
    ask: Asking, hq: Led
) -> None:
    for place, most in (("US", "2.4"), ("US-NC", "2.2"), ("US-FL", "2.3"), ("GB", "2.0")):
        overlay = await overlay_of(ask, hq, place)
        await published(ask, hq, overlay, ceiling(most))
        lead = hq.american if place.startswith("US") else hq.british
        await draft(ask, lead, overlay, ceiling("1.5"))
    query = """query ($first: Int!) { jurisdictionOverlays(first: $first) { edges { node {
        template { code } jurisdiction { code } inForce { differences { path } setAside { path } }
        versions { edges { node { number overlay { id } } } }
        drafts { edges { node { number edits { path } } } } } } } }"""
    taken = []
    for first in (1, 100):
        with ask.statements() as statements:
            await ask.data(hq.author, query, first=first)
        taken.append(len(statements))
    # overlays, templates, jurisdictions, in force, versions, drafts, overlays of versions; and for
    # differences and for what is set aside each: versions, overlays, templates' versions,
    # jurisdictions, what lies beneath
    assert taken == [17, 17]


async def test_events_tell_who_wrote_reviewed_and_published(ask: Asking, hq: Led) -> None:
    overlay = await overlay_of(ask, hq)
    done = await published(ask, hq, overlay, ceiling("2.0"))
    await step(ask, hq.approver, "retireOverlayVersion", done, reason="Lifted.")
    query = "{ auditLog(first: 6) { edges { node { name payload } } } }"
    nodes = [each["node"] for each in (await ask.data(hq.author, query))["auditLog"]["edges"]]
    assert [each["name"] for each in nodes] == [
        "overlay_version.retired",
        "overlay_version.published",
        "overlay_version.approved",
        "overlay_version.submitted",
        "overlay_version.drafted",
        "jurisdiction_overlay.created",
    ]
    assert nodes[-1]["payload"]["jurisdiction"] == "US-NC"
    assert nodes[0]["payload"]["reason"] == "Lifted."
