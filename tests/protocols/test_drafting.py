"""Drafts from scratch, from other versions and from other templates, and what becomes of them."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.asking import Acting, Asking
from tests.protocols.authoring import (
    CREATE,
    MEDICAL,
    approved,
    change,
    draft,
    publish_version,
    published,
    refused,
    step,
)
from tests.protocols.written import Published, as_input, publish
from tests.snapshots import Snapshots

SAID = """
query ($id: ID!) { node(id: $id) { ... on ProtocolVersion { number state
  content { name summary steps { key } } basedOn { id number template { code } } } } }
"""
NOWHERE = "UHJvdG9jb2xWZXJzaW9uOjAxOTAwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMA=="


@pytest.fixture
async def hq(act: Acting, snapshots: Snapshots) -> Published:
    return await snapshots.of("published_consult", lambda: publish(act, "CONSULT"))


async def create(ask: Asking, hq: Published, begins: dict[str, Any], **fields: Any) -> Any:
    told = {"code": "MN-NEW", "kind": "TREATMENT", "from": begins, **fields}
    return await ask.change(hq.author, CREATE, input=told)


async def said(ask: Asking, hq: Published, version_id: str) -> Any:
    return (await ask.data(hq.author, SAID, id=version_id))["node"]


async def test_a_draft_says_what_the_newest_version_says(ask: Asking, hq: Published) -> None:
    await published(ask, hq)
    second = await change(
        ask,
        hq.author,
        "draftProtocolVersion",
        template={"code": "mn-medical"},
        **{"from": {"content": as_input(replace(MEDICAL.content, summary="With a pen."))}},
    )
    assert second["basedOn"] is None
    third = await change(ask, hq.author, "draftProtocolVersion", template={"code": "MN-MEDICAL"})
    found = await said(ask, hq, third["id"])
    assert (found["number"], found["state"]) == (3, "DRAFT")
    assert found["content"]["summary"] == "With a pen."
    assert found["basedOn"]["number"] == 2


@pytest.mark.parametrize("write", [draft, approved, published])
async def test_a_draft_from_a_version_of_another_template(
    ask: Asking, hq: Published, write: Any
) -> None:
    base = await write(ask, hq, summary="To be copied.")
    other = await published(ask, hq, "MN-OTHER")
    copy = await change(
        ask,
        hq.approver,
        "draftProtocolVersion",
        template={"code": "MN-OTHER"},
        **{"from": {"version": base["id"]}},
    )
    found = await said(ask, hq, copy["id"])
    assert (found["number"], found["content"]["summary"]) == (2, "To be copied.")
    assert found["basedOn"] == {
        "id": base["id"],
        "number": 1,
        "template": {"code": "MN-MEDICAL"},
    }
    assert other["id"] != copy["id"]


async def test_a_template_from_another_template_has_a_name_of_its_own(
    ask: Asking, hq: Published
) -> None:
    base = await published(ask, hq)
    created = await create(ask, hq, {"template": {"code": "MN-MEDICAL"}}, name="Needling for hands")
    (edge,) = created["drafts"]["edges"]
    assert (created["code"], created["name"]) == ("MN-NEW", "Needling for hands")
    assert edge["node"]["basedOn"] == {"id": base["id"]}
    found = await said(ask, hq, edge["node"]["id"])
    assert found["content"]["name"] == "Needling for hands"
    assert [each["key"] for each in found["content"]["steps"]] == [
        each.key for each in MEDICAL.content.steps
    ]


async def test_a_template_from_a_draft_and_its_name_said_beside_the_content(
    ask: Asking, hq: Published
) -> None:
    base = await draft(ask, hq)
    copied = await create(ask, hq, {"version": base["id"]}, name="A copy")
    assert copied["drafts"]["edges"][0]["node"]["basedOn"] == {"id": base["id"]}
    content = {"content": as_input(MEDICAL.content)}
    scratch = await create(ask, hq, content, code="MN-NEWER", name="From scratch")
    assert scratch["name"] == "From scratch"
    assert scratch["drafts"]["edges"][0]["node"]["basedOn"] is None


async def test_another_kind_only_where_the_content_allows_it(ask: Asking, hq: Published) -> None:
    """A treatment needs areas, an interval and more: what a consultation says is none."""
    before = await ask.contents()
    from_consult = {"template": {"code": "CONSULT"}}
    answer = await create(ask, hq, from_consult, name="Consulting treatment")
    assert answer["__typename"] == "ValidationProblem"
    assert {each["field"] for each in answer["problems"]} >= {"areas", "sessionCounts"}
    assert await ask.contents() == before
    exam = await create(ask, hq, from_consult, kind="EXAM", name="Examination")
    assert (exam["__typename"], exam["kind"]) == ("ProtocolTemplate", "EXAM")


async def test_sources_that_are_not_there(ask: Asking, hq: Published) -> None:
    unpublished = await draft(ask, hq)
    cases: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
        ({"version": NOWHERE}, {"name": "New"}, "NOT_FOUND", "from.version"),
        ({"template": {"code": "NONE"}}, {"name": "New"}, "NOT_FOUND", "from.template"),
        ({"template": {"code": "MN-MEDICAL"}}, {"name": "New"}, "NOT_FOUND", "from.template"),
        ({"version": unpublished["id"]}, {}, "INVALID_CONTENT", "name"),
    ]
    before = await ask.contents()
    for begins, fields, code, field in cases:
        answer = await create(ask, hq, begins, **fields)
        assert (answer["code"], answer["field"]) == (code, field), begins
        assert await ask.contents() == before
    unnamed = await create(ask, hq, {"version": unpublished["id"]}, name=" ")
    assert {each["field"] for each in unnamed["problems"]} == {"name"}
    assert await ask.contents() == before
    for begins, _, code, field in cases[:3]:
        told = {"template": {"code": "CONSULT"}, "from": begins}
        await refused(ask, hq.author, "draftProtocolVersion", code, field, **told)
    none = {"template": {"code": "NONE"}}
    await refused(ask, hq.author, "draftProtocolVersion", "NOT_FOUND", "template", **none)
    told = {"template": {"code": "MN-MEDICAL"}, "from": {"template": {"code": "CONSULT"}}}
    answer = await change(ask, hq.author, "draftProtocolVersion", **told)
    assert answer["__typename"] == "ValidationProblem"


async def test_nobody_but_hq_drafts(ask: Asking, hq: Published) -> None:
    told = {"input": {"template": {"code": "CONSULT"}}}
    query = """mutation ($input: DraftProtocolVersionInput!) {
        draftProtocolVersion(input: $input) { __typename } }"""
    before = await ask.contents()
    for actor in (hq.manager, hq.franchise.partner):
        assert (await ask(actor, query, **told)).codes == ["FORBIDDEN"]
    assert await ask.contents() == before


async def test_a_copy_hides_where_it_comes_from_if_that_is_a_draft(
    ask: Asking, hq: Published
) -> None:
    """A clinic reads a published version, not the draft that it was written from."""
    base = await draft(ask, hq, "MN-BASE")
    copy = await create(ask, hq, {"version": base["id"]}, name="Hands")
    node = copy["drafts"]["edges"][0]["node"]
    submitted = await step(ask, hq.author, "submitProtocolVersion", node)
    agreed = await step(ask, hq.approver, "approveProtocolVersion", submitted)
    query = "query ($id: ID!) { node(id: $id) { ... on ProtocolVersion { basedOn { id } } } }"
    assert (await ask.data(hq.author, query, id=agreed["id"]))["node"]["basedOn"]
    await publish_version(ask, hq, agreed)
    for actor in (hq.manager, hq.franchise.partner):
        assert (await ask.data(actor, query, id=agreed["id"]))["node"] == {"basedOn": None}


async def test_a_draft_is_discarded(ask: Asking, hq: Published) -> None:
    await published(ask, hq)
    before = await ask.counts()
    second = await change(ask, hq.author, "draftProtocolVersion", template={"code": "MN-MEDICAL"})
    gone = await step(ask, hq.approver, "discardProtocolVersion", second)
    assert gone == {
        "__typename": "DiscardedDraft",
        "version": second["id"],
        "number": 2,
        "template": {"code": "MN-MEDICAL"},
    }
    assert await said(ask, hq, second["id"]) is None
    after = await ask.counts()
    assert after["protocol_versions"] == before["protocol_versions"]
    log = "{ auditLog(first: 1) { edges { node { name payload } } } }"
    (edge,) = (await ask.data(hq.author, log))["auditLog"]["edges"]
    assert edge["node"]["name"] == "protocol_version.discarded"


async def test_a_template_goes_with_its_only_version(ask: Asking, hq: Published) -> None:
    before = await ask.counts()
    only = await draft(ask, hq)
    gone = await step(ask, hq.author, "discardProtocolVersion", only)
    assert (gone["__typename"], gone["template"]) == ("DiscardedDraft", None)
    after = await ask.counts()
    assert {**after, "events": 0} == {**before, "events": 0}
    assert (await draft(ask, hq))["number"] == 1


async def test_a_draft_that_was_returned_is_discarded(ask: Asking, hq: Published) -> None:
    version = await approved(ask, hq)
    returned = await step(ask, hq.approver, "returnProtocolVersion", version, reason="Not wanted.")
    gone = await step(ask, hq.author, "discardProtocolVersion", returned)
    assert gone["__typename"] == "DiscardedDraft"
    assert (await ask.counts())["protocol_approvals"] == 1  # CONSULT's own


async def test_a_draft_that_others_were_written_from_stays(ask: Asking, hq: Published) -> None:
    base = await draft(ask, hq)
    await create(ask, hq, {"version": base["id"]}, name="A copy")
    told = {"version": base["id"], "expectedRevision": 1}
    answer = await refused(
        ask, hq.author, "discardProtocolVersion", "VERSION_NEEDED", "version", **told
    )
    assert "MN-NEW 1" in answer["message"]


async def test_of_two_who_draft_at_once_both_numbers_differ(ask: Asking, hq: Published) -> None:
    await published(ask, hq)
    drafts = await asyncio.gather(
        *(
            change(ask, actor, "draftProtocolVersion", template={"code": "MN-MEDICAL"})
            for actor in (hq.author, hq.approver)
        )
    )
    numbers = [each["number"] for each in drafts if each["__typename"] == "ProtocolVersion"]
    assert numbers in ([2], [2, 3], [3, 2])
    assert {each.get("code", "CONFLICT") for each in drafts} == {"CONFLICT"}


async def test_discarding_and_copying_at_once_leaves_no_copy_of_nothing(
    ask: Asking, hq: Published
) -> None:
    base = await draft(ask, hq)
    gone, copy = await asyncio.gather(
        step(ask, hq.author, "discardProtocolVersion", base),
        create(ask, hq, {"version": base["id"]}, name="A copy"),
    )
    if gone["__typename"] == "DiscardedDraft":
        assert copy["code"] in ("CONFLICT", "NOT_FOUND")
    else:
        assert (gone["code"], copy["code"]) == ("VERSION_NEEDED", "MN-NEW")
