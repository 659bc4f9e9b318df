"""HQ writes a protocol through the API: draft, review by another, publication, retirement."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.access.rules import SYSTEM
from schema.paging import Page
from schema.protocols import store
from schema.protocols.rules import Minutes, ProtocolContent, Step
from schema.scope import EVERYWHERE
from tests.asking import Acting, Asking
from tests.protocols.authoring import (
    CREATE,
    MEDICAL,
    TODAY,
    VERSION,
    approved,
    change,
    draft,
    in_review,
    published,
    step,
)
from tests.protocols.written import Published, as_input, publish, template_input
from tests.snapshots import Snapshots

PUBLISH = """
mutation ($input: PublishProtocolVersionInput!) {
  publishProtocolVersion(input: $input) { __typename ... on Problem { code message } }
}
"""
READ = """
query ($code: String!) {
  protocolTemplate(by: {code: $code}) {
    code name kind
    currentVersion { id number state content {
      name steps { key minutes { min typical max } needs { role anyOf } }
      parameters { key default lock }
      addOns { key kind consent steps { key } extendsSteps { step extraMinutes { typical } } }
      intervalRules { key minDays preferredDays maxDays appliesTo { severity } }
      evidence { path kind article note }
    } durations(areas: ["FACE"]) { practitioner { min typical max } total { typical } } }
    versions { edges { node { number state } } }
  }
}
"""


HASTY = replace(MEDICAL.content.interval_rules[0], min_days=7)
BROKEN = replace(MEDICAL.content, name="", interval_rules=(HASTY,))


@pytest.fixture
async def hq(act: Acting, snapshots: Snapshots) -> Published:
    return await snapshots.of("published_consult", lambda: publish(act, "CONSULT"))


async def test_hq_writes_and_publishes_a_protocol_through_the_api(
    ask: Asking, hq: Published
) -> None:
    created = await ask.change(hq.author, CREATE, input=template_input(MEDICAL, "mn-medical"))
    assert (created["code"], created["name"]) == ("MN-MEDICAL", "Medical microneedling")
    assert created["currentVersion"] is None
    (edge,) = created["drafts"]["edges"]
    first = edge["node"]
    assert (first["number"], first["state"]) == (1, "DRAFT")
    submitted = await step(ask, hq.author, "submitProtocolVersion", first)
    assert submitted["state"] == "IN_REVIEW"
    agreed = await step(ask, hq.approver, "approveProtocolVersion", submitted)
    assert agreed["state"] == "APPROVED"
    answer = await ask.change(
        hq.approver,
        PUBLISH,
        input={
            "version": first["id"],
            "expectedRevision": agreed["revision"],
            "fromOn": TODAY.isoformat(),
            "accept": ["UNSATISFIABLE_NEEDS"],
        },
    )
    assert answer.get("code") is None, answer
    query = f"query ($id: ID!) {{ node(id: $id) {{ ... on ProtocolVersion {{ {VERSION} }} }} }}"
    done = (await ask.data(hq.manager, query, id=first["id"]))["node"]
    assert (done["state"], done["publishedFrom"]) == ("PUBLISHED", TODAY.isoformat())
    assert done["authorId"] != done["publishedBy"]
    assert done["approvals"] == [{"approverId": done["publishedBy"]}]


async def test_what_was_written_is_what_is_read(ask: Asking, hq: Published) -> None:
    await published(ask, hq)
    found = (await ask.data(hq.franchise.partner, READ, code="mn-medical"))["protocolTemplate"]
    version = found["currentVersion"]
    written = as_input(MEDICAL.content)
    for name in ("steps", "parameters", "addOns", "intervalRules", "evidence"):
        for sent, got in zip(written[name], version["content"][name], strict=True):
            assert_within(got, sent)
    assert version["durations"]["practitioner"] == {"min": 40, "typical": 50, "max": 60}


def assert_within(got: Any, sent: Any) -> None:
    """All of `got` is in `sent`, which may hold more."""
    if isinstance(got, dict):
        for key in got:
            assert_within(got[key], sent[key])
    elif isinstance(got, list):
        for each, other in zip(got, sent, strict=True):
            assert_within(each, other)
    else:
        assert got == sent


async def test_what_is_left_out_is_as_the_rules_say(ask: Asking, hq: Published) -> None:
    step = {"key": "LOOK", "name": "Look", "minutes": {"min": 5, "typical": 10, "max": 10}}
    content = {"name": "Review", "summary": "A look at the result.", "steps": [step]}
    await ask.change(
        hq.author, CREATE, input={"code": "REVIEW", "kind": "REVIEW", "from": {"content": content}}
    )
    async with ask.work() as work:
        template = await store.template(work.session, "REVIEW")
        assert template is not None
        drafts = await store.drafts_by_template(
            work.session, [template.id], EVERYWHERE, Page(first=1)
        )
        (draft,) = drafts[template.id]
        says = await store.contents_by_version(work.session, [draft.id], EVERYWHERE)
    assert says[draft.id] == ProtocolContent(
        name="Review",
        summary="A look at the result.",
        steps=(Step(key="LOOK", name="Look", minutes=Minutes(5, 10, 10)),),
    )


async def test_next_version_is_drafted_beside_the_published_one(ask: Asking, hq: Published) -> None:
    await published(ask, hq)
    renamed = replace(MEDICAL.content, name="Medical needling")
    second = await change(
        ask,
        hq.approver,
        "draftProtocolVersion",
        template={"code": "MN-MEDICAL"},
        **{"from": {"content": as_input(renamed)}},
    )
    assert (second["number"], second["state"]) == (2, "DRAFT")
    found = (await ask.data(hq.author, READ, code="MN-MEDICAL"))["protocolTemplate"]
    assert found["name"] == "Medical microneedling"
    assert found["currentVersion"]["number"] == 1
    assert [each["node"]["number"] for each in found["versions"]["edges"]] == [1]


async def test_version_published_from_a_day_to_come_is_not_current(
    ask: Asking, hq: Published
) -> None:
    await published(ask, hq, days_ahead=2)
    found = (await ask.data(hq.manager, READ, code="MN-MEDICAL"))["protocolTemplate"]
    assert found["currentVersion"] is None


@pytest.mark.parametrize("write", [draft, in_review, approved])
async def test_drafts_are_hqs_alone(ask: Asking, hq: Published, write: Any) -> None:
    version = await write(ask, hq)
    query = """query ($id: ID!) { node(id: $id) { id }
        protocolTemplate(by: {code: "MN-MEDICAL"}) {
            currentVersion { id } versions { edges { node { id } } } } }"""
    for outsider in (hq.manager, hq.franchise.partner):
        seen = await ask.data(outsider, query, id=version["id"])
        assert seen["node"] is None
        assert seen["protocolTemplate"] == {"currentVersion": None, "versions": {"edges": []}}
        drafts = (
            '{ protocolTemplate(by: {code: "MN-MEDICAL"}) { code drafts { edges { cursor } } } }'
        )
        answer = await ask(outsider, drafts)
        assert answer.codes == ["FORBIDDEN"]
        assert answer.data == {"protocolTemplate": {"code": "MN-MEDICAL", "drafts": None}}
    assert (await ask.data(hq.author, query, id=version["id"]))["node"] == {"id": version["id"]}


async def test_everything_wrong_with_a_draft_is_said_at_once(ask: Asking, hq: Published) -> None:
    before = await ask.contents()
    broken = {**template_input(MEDICAL), "from": {"content": as_input(BROKEN)}}
    answer = await ask.change(hq.author, CREATE, input=broken)
    assert answer["__typename"] == "ValidationProblem"
    assert {(each["code"], each["field"]) for each in answer["problems"]} == {
        ("INVALID_CONTENT", "name"),
        ("BELOW_HEALING_GUARD", "intervalRules.GENERAL.minDays"),
        ("INVALID_CONTENT", "locks.intervalRules.GENERAL.minDays.floor"),
    }
    assert await ask.contents() == before


@pytest.mark.parametrize(
    ("code", "typename", "problem"),
    [("CONSULT", "ConflictProblem", "CONFLICT"), ("x!", "RuleProblem", "INVALID_CODE")],
)
async def test_template_that_cannot_be_created(
    ask: Asking, hq: Published, code: str, typename: str, problem: str
) -> None:
    before = await ask.contents()
    answer = await ask.change(hq.author, CREATE, input=template_input(MEDICAL, code))
    assert (answer["__typename"], answer["code"]) == (typename, problem)
    assert await ask.contents() == before


@pytest.mark.parametrize(
    "statement",
    [
        "update protocol_versions set content = '{}'",
        "update protocol_versions set number = 7",
        "update protocol_versions set published_from = '2020-01-01'",
        "update protocol_versions set state = 'DRAFT'",
        "delete from protocol_versions",
    ],
)
async def test_database_keeps_a_published_version_as_it_is(
    act: Acting, hq: Published, owner_engine: AsyncEngine, statement: str
) -> None:
    engine = owner_engine.execution_options(actor=SYSTEM)
    with pytest.raises(DBAPIError, match="never changes"):
        async with engine.begin() as connection:
            await connection.execute(text(statement))
    async with engine.begin() as connection:
        await connection.execute(
            text("update protocol_versions set state = 'RETIRED', retired_on = '2030-01-01'")
        )


async def test_templates_are_listed_by_code_and_kind(ask: Asking, hq: Published) -> None:
    await draft(ask, hq)
    query = "{ protocolTemplates%s { edges { node { code kind } } } }"
    for argument, codes in (
        ("", ["CONSULT", "MN-MEDICAL"]),
        ("(kind: TREATMENT)", ["MN-MEDICAL"]),
        ("(kind: REVIEW)", []),
    ):
        found = (await ask.data(hq.manager, query % argument))["protocolTemplates"]["edges"]
        assert [each["node"]["code"] for each in found] == codes


async def test_links_of_templates_take_one_statement_each(ask: Asking) -> None:
    hq = await publish(ask, "CONSULT", "PATCH-TEST", "MN-CLASSIC")
    query = """query ($first: Int!) { protocolTemplates(first: $first) { edges { node { code
        currentVersion { number content { name } } versions { edges { node { number
        template { code } basedOn { number } approvals { approverId } } } }
        drafts { edges { node { number } } } } } } }"""
    with ask.statements() as for_one:
        await ask.data(hq.author, query, first=1)
    with ask.statements() as for_all:
        await ask.data(hq.author, query, first=100)
    # templates, current versions, what those say, versions, their templates, approvals, drafts
    assert len(for_one) == len(for_all) == 7


async def test_events_tell_who_wrote_and_who_published(ask: Asking, hq: Published) -> None:
    await published(ask, hq)
    query = "{ auditLog(first: 4) { edges { node { name actorId payload } } } }"
    edges = (await ask.data(hq.author, query))["auditLog"]["edges"]
    assert [each["node"]["name"] for each in edges] == [
        "protocol_version.published",
        "protocol_version.approved",
        "protocol_version.submitted",
        "protocol_version.drafted",
    ]
    assert edges[1]["node"]["actorId"] != edges[2]["node"]["actorId"]
