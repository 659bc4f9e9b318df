"""HQ writes a protocol through the API: draft, review by another, publication, retirement."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.access.rules import SYSTEM, Actor, Role
from schema.paging import Page
from schema.protocols import store
from schema.protocols.rules import Minutes, ProtocolContent, Step
from schema.scope import EVERYWHERE
from tests.actors import everywhere
from tests.asking import Asking
from tests.protocols.written import BY_CODE, Published, as_input, publish, template_input

MEDICAL, CONSULT = BY_CODE["MN-MEDICAL"], BY_CODE["CONSULT"]
TODAY = datetime.now(UTC).date()

CREATE = """
mutation ($input: CreateProtocolTemplateInput!) {
  createProtocolTemplate(input: $input) {
    __typename
    ... on ProtocolTemplate { id code name kind
      drafts { edges { node { id number state revision } } } currentVersion { id } }
    ... on Problem { code message }
    ... on RuleProblem { field }
    ... on ValidationProblem { problems { code field } }
  }
}
"""
CHANGE = """
mutation ($input: %s!) {
  %s(input: $input) {
    __typename
    ... on ProtocolVersion { id number state revision publishedFrom retiredOn authorId approverId }
    ... on Problem { code message }
    ... on RuleProblem { field }
    ... on ConflictProblem { field }
    ... on NotFoundProblem { field }
    ... on ValidationProblem { problems { code field } }
  }
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


DRAFTS = '{ protocolTemplate(by: {code: "MN-MEDICAL"}) { code drafts { edges { cursor } } } }'
HASTY = replace(MEDICAL.content.interval_rules[0], min_days=7)
BROKEN = replace(MEDICAL.content, name="", interval_rules=(HASTY,))


async def change(ask: Asking, actor: Actor, name: str, **fields: Any) -> Any:
    kind = f"{name[0].upper()}{name[1:]}Input"
    return await ask.change(actor, CHANGE % (kind, name), input=fields)


@pytest.fixture
async def hq(ask: Asking) -> Published:
    return await publish(ask, "CONSULT")


async def draft(ask: Asking, hq: Published, code: str = "MN-MEDICAL") -> dict[str, Any]:
    """The first draft of a new template."""
    created = await ask.change(hq.author, CREATE, input=template_input(MEDICAL, code))
    (edge,) = created["drafts"]["edges"]
    node: dict[str, Any] = edge["node"]
    return node


async def in_review(ask: Asking, hq: Published) -> dict[str, Any]:
    first = await draft(ask, hq)
    submitted: dict[str, Any] = await change(
        ask, hq.author, "submitProtocolVersion", version=first["id"], expectedRevision=1
    )
    return submitted


async def published(ask: Asking, hq: Published) -> dict[str, Any]:
    version = await in_review(ask, hq)
    found: dict[str, Any] = await change(
        ask,
        hq.approver,
        "publishProtocolVersion",
        version=version["id"],
        expectedRevision=2,
        fromOn=TODAY.isoformat(),
    )
    return found


async def test_hq_writes_and_publishes_a_protocol_through_the_api(
    ask: Asking, hq: Published
) -> None:
    created = await ask.change(hq.author, CREATE, input=template_input(MEDICAL, "mn-medical"))
    assert (created["code"], created["name"]) == ("MN-MEDICAL", "Medical microneedling")
    assert created["currentVersion"] is None
    (edge,) = created["drafts"]["edges"]
    first = edge["node"]
    assert (first["number"], first["state"]) == (1, "DRAFT")
    submitted = await change(
        ask, hq.author, "submitProtocolVersion", version=first["id"], expectedRevision=1
    )
    assert submitted["state"] == "IN_REVIEW"
    done = await change(
        ask,
        hq.approver,
        "publishProtocolVersion",
        version=first["id"],
        expectedRevision=submitted["revision"],
        fromOn=TODAY.isoformat(),
    )
    assert (done["state"], done["publishedFrom"]) == ("PUBLISHED", TODAY.isoformat())
    assert done["authorId"] != done["approverId"]


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
        hq.author, CREATE, input={"code": "REVIEW", "kind": "REVIEW", "content": content}
    )
    async with ask.work() as work:
        template = await store.template(work.session, "REVIEW")
        assert template is not None
        drafts = await store.drafts_by_template(
            work.session, [template.id], EVERYWHERE, Page(first=1)
        )
    (draft,) = drafts[template.id]
    assert store.content(draft.content) == ProtocolContent(
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
        content=as_input(renamed),
    )
    assert (second["number"], second["state"]) == (2, "DRAFT")
    found = (await ask.data(hq.author, READ, code="MN-MEDICAL"))["protocolTemplate"]
    assert found["name"] == "Medical microneedling"
    assert found["currentVersion"]["number"] == 1
    assert [each["node"]["number"] for each in found["versions"]["edges"]] == [1]


async def test_version_returned_to_its_author_is_revised(ask: Asking, hq: Published) -> None:
    version = await in_review(ask, hq)
    returned = await change(
        ask,
        hq.approver,
        "returnProtocolVersion",
        version=version["id"],
        expectedRevision=2,
        reason="Name the device.",
    )
    assert returned["state"] == "DRAFT"
    revised = await change(
        ask,
        hq.author,
        "reviseProtocolVersion",
        version=version["id"],
        expectedRevision=3,
        content=as_input(replace(MEDICAL.content, summary="With a pen.")),
    )
    assert (revised["state"], revised["revision"]) == ("DRAFT", 4)


async def test_retired_version_is_still_read_and_no_longer_current(
    ask: Asking, hq: Published
) -> None:
    version = await published(ask, hq)
    retired = await change(
        ask, hq.approver, "retireProtocolVersion", version=version["id"], expectedRevision=3
    )
    assert (retired["state"], retired["retiredOn"]) == ("RETIRED", TODAY.isoformat())
    found = (await ask.data(hq.manager, READ, code="MN-MEDICAL"))["protocolTemplate"]
    assert found["currentVersion"] is None
    assert [each["node"]["state"] for each in found["versions"]["edges"]] == ["RETIRED"]


async def test_version_published_from_a_day_to_come_is_not_current(
    ask: Asking, hq: Published
) -> None:
    version = await in_review(ask, hq)
    await change(
        ask,
        hq.approver,
        "publishProtocolVersion",
        version=version["id"],
        expectedRevision=2,
        fromOn=(TODAY + timedelta(days=2)).isoformat(),
    )
    found = (await ask.data(hq.manager, READ, code="MN-MEDICAL"))["protocolTemplate"]
    assert found["currentVersion"] is None


@pytest.mark.parametrize("state", ["DRAFT", "IN_REVIEW"])
async def test_drafts_are_hqs_alone(ask: Asking, hq: Published, state: str) -> None:
    version = await (draft if state == "DRAFT" else in_review)(ask, hq)
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
    before = await ask.counts()
    broken = {**template_input(MEDICAL), "content": as_input(BROKEN)}
    answer = await ask.change(hq.author, CREATE, input=broken)
    assert answer["__typename"] == "ValidationProblem"
    assert {(each["code"], each["field"]) for each in answer["problems"]} == {
        ("INVALID_CONTENT", "name"),
        ("BELOW_HEALING_GUARD", "intervalRules.GENERAL.minDays"),
    }
    assert await ask.counts() == before


@pytest.mark.parametrize(
    ("code", "typename", "problem"),
    [("CONSULT", "ConflictProblem", "CONFLICT"), ("x!", "RuleProblem", "INVALID_CODE")],
)
async def test_template_that_cannot_be_created(
    ask: Asking, hq: Published, code: str, typename: str, problem: str
) -> None:
    before = await ask.counts()
    answer = await ask.change(hq.author, CREATE, input=template_input(MEDICAL, code))
    assert (answer["__typename"], answer["code"]) == (typename, problem)
    assert await ask.counts() == before


async def test_changes_that_are_refused_write_nothing(ask: Asking, hq: Published) -> None:
    one = await draft(ask, hq)
    other = await draft(ask, hq, "MN-OTHER")
    submitted = {"version": other["id"], "expectedRevision": 2}
    await change(ask, hq.author, "submitProtocolVersion", version=other["id"], expectedRevision=1)
    today, yesterday = TODAY.isoformat(), (TODAY - timedelta(days=2)).isoformat()
    content = as_input(MEDICAL.content)
    untouched = {"version": one["id"], "expectedRevision": 1}
    refusals: list[tuple[Actor, str, dict[str, Any], str, str | None]] = [
        (hq.author, "publishProtocolVersion", {**submitted, "fromOn": today}, "OWN_DRAFT", None),
        (
            hq.approver,
            "publishProtocolVersion",
            {**submitted, "fromOn": yesterday},
            "NOT_PUBLISHED",
            "fromOn",
        ),
        (
            hq.approver,
            "publishProtocolVersion",
            {**untouched, "fromOn": today},
            "VERSION_STATE_FORBIDS",
            None,
        ),
        (
            hq.approver,
            "publishProtocolVersion",
            {**submitted, "expectedRevision": 1, "fromOn": today},
            "STALE_REVISION",
            "expectedRevision",
        ),
        (hq.author, "submitProtocolVersion", submitted, "VERSION_STATE_FORBIDS", None),
        (
            hq.author,
            "reviseProtocolVersion",
            {**submitted, "content": content},
            "VERSION_STATE_FORBIDS",
            None,
        ),
        (
            hq.author,
            "reviseProtocolVersion",
            {**untouched, "expectedRevision": 9, "content": content},
            "STALE_REVISION",
            "expectedRevision",
        ),
        (hq.approver, "retireProtocolVersion", untouched, "VERSION_STATE_FORBIDS", None),
        (
            hq.approver,
            "returnProtocolVersion",
            {**untouched, "reason": "So."},
            "VERSION_STATE_FORBIDS",
            None,
        ),
        (
            hq.author,
            "draftProtocolVersion",
            {"template": {"code": "NONE"}, "content": content},
            "NOT_FOUND",
            "template",
        ),
        (
            hq.author,
            "submitProtocolVersion",
            {"version": "Q2xpbmljOjE=", "expectedRevision": 1},
            "NOT_FOUND",
            None,
        ),
    ]
    before = await ask.counts()
    for actor, name, fields, code, field in refusals:
        answer = await change(ask, actor, name, **fields)
        assert (answer["code"], answer["field"]) == (code, field), name
        assert await ask.counts() == before, name


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
    ask: Asking, hq: Published, owner_engine: AsyncEngine, statement: str
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
        template { code } } } } drafts { edges { node { number } } } } } } }"""
    with ask.statements() as for_one:
        await ask.data(hq.author, query, first=1)
    with ask.statements() as for_all:
        await ask.data(hq.author, query, first=100)
    assert len(for_one) == len(for_all) == 5


async def test_events_tell_who_wrote_and_who_published(ask: Asking, hq: Published) -> None:
    await published(ask, hq)
    query = "{ auditLog(first: 3) { edges { node { name actorId payload } } } }"
    edges = (await ask.data(hq.author, query))["auditLog"]["edges"]
    names = [each["node"]["name"] for each in edges]
    assert names == [
        "protocol_version.published",
        "protocol_version.submitted",
        "protocol_version.drafted",
    ]
    assert edges[0]["node"]["actorId"] != edges[1]["node"]["actorId"]


async def test_of_two_who_publish_or_draft_at_the_same_time_one_comes_first(
    ask: Asking, hq: Published
) -> None:
    version = await in_review(ask, hq)
    publishing = {"version": version["id"], "expectedRevision": 2, "fromOn": TODAY.isoformat()}
    another = everywhere(Role.HQ_CLINICAL_LEAD)
    answers = await asyncio.gather(
        change(ask, hq.approver, "publishProtocolVersion", **publishing),
        change(ask, another, "publishProtocolVersion", **publishing),
    )
    assert sorted(each.get("code", "") for each in answers) == ["", "STALE_REVISION"]
    drafting = {"template": {"code": "MN-MEDICAL"}, "content": as_input(MEDICAL.content)}
    drafts = await asyncio.gather(
        change(ask, hq.author, "draftProtocolVersion", **drafting),
        change(ask, hq.approver, "draftProtocolVersion", **drafting),
    )
    numbers = [each["number"] for each in drafts if each["__typename"] == "ProtocolVersion"]
    assert numbers in ([2], [2, 3], [3, 2])
    assert {each.get("code", "CONFLICT") for each in drafts} == {"CONFLICT"}
