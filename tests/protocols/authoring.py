"""What tests of HQ's authoring share: the mutations, and versions in each state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from strawberry import relay

from schema.access.rules import Actor
from schema.fields import key_of
from schema.protocols import actions
from tests.asking import Acting, Asking
from tests.protocols.written import BY_CODE, Published, as_input

MEDICAL, CONSULT = BY_CODE["MN-MEDICAL"], BY_CODE["CONSULT"]
TODAY = datetime.now(UTC).date()

CREATE = """
mutation ($input: CreateProtocolTemplateInput!) {
  createProtocolTemplate(input: $input) {
    __typename
    ... on ProtocolTemplate { id code name kind
      drafts { edges { node { id number state revision basedOn { id } } } } currentVersion { id } }
    ... on Problem { code message }
    ... on RuleProblem { field }
    ... on NotFoundProblem { field }
    ... on ConflictProblem { field }
    ... on ValidationProblem { problems { code field } }
  }
}
"""
CHANGE = """
mutation ($input: %(kind)s!) {
  %(name)s(input: $input) {
    __typename
    ... on %(given)s { %(fields)s }
    ... on Problem { code message }
    ... on RuleProblem { field }
    ... on ConflictProblem { field }
    ... on NotFoundProblem { field }
    ... on ValidationProblem { problems { code field message } }
  }
}
"""
VERSION = """id number state revision publishedFrom publishedBy retiredOn authorId writtenBy
  basedOn { id } approvalsNeeded approvals { approverId }"""
DISCARDED = "version number template { code }"


async def change(ask: Asking, actor: Actor, name: str, **fields: Any) -> Any:
    """What a mutation of one version gives."""
    discards = name == "discardProtocolVersion"
    query = CHANGE % {
        "kind": f"{name[0].upper()}{name[1:]}Input",
        "name": name,
        "given": "DiscardedDraft" if discards else "ProtocolVersion",
        "fields": DISCARDED if discards else VERSION,
    }
    return await ask.change(actor, query, input=fields)


async def step(ask: Asking, actor: Actor, name: str, version: Any, **fields: Any) -> Any:
    """What a mutation makes of a version at the revision that was read."""
    told = {"version": version["id"], "expectedRevision": version["revision"], **fields}
    return await change(ask, actor, name, **told)


async def draft(ask: Asking, hq: Published, code: str = "MN-MEDICAL", **changes: Any) -> Any:
    """The first draft of a new template, which says what MN-MEDICAL does but for `changes`."""
    content = replace(MEDICAL.content, **changes)
    written = {"code": code, "kind": "TREATMENT", "from": {"content": as_input(content)}}
    created = await ask.change(hq.author, CREATE, input=written)
    assert created["__typename"] == "ProtocolTemplate", created
    (edge,) = created["drafts"]["edges"]
    return edge["node"]


async def in_review(ask: Asking, hq: Published, code: str = "MN-MEDICAL", **changes: Any) -> Any:
    first = await draft(ask, hq, code, **changes)
    return await step(ask, hq.author, "submitProtocolVersion", first)


async def approved(ask: Asking, hq: Published, code: str = "MN-MEDICAL", **changes: Any) -> Any:
    version = await in_review(ask, hq, code, **changes)
    return await step(ask, hq.approver, "approveProtocolVersion", version)


async def publish_version(act: Acting, hq: Published, version: Any, *, days_ahead: int = 0) -> None:
    """By the domain's own action; what governance checks before is its own to test."""
    async with act.work(hq.approver) as work:
        await actions.publish_protocol_version(
            work,
            version_id=key_of(relay.GlobalID.from_id(version["id"]), "ProtocolVersion", "version"),
            expected_revision=version["revision"],
            from_on=TODAY + timedelta(days_ahead),
        )


async def published(
    ask: Asking, hq: Published, code: str = "MN-MEDICAL", *, days_ahead: int = 0, **changes: Any
) -> Any:
    version = await approved(ask, hq, code, **changes)
    assert version["state"] == "APPROVED", version
    await publish_version(ask, hq, version, days_ahead=days_ahead)
    return {**version, "state": "PUBLISHED", "revision": version["revision"] + 1}


async def refused(
    ask: Asking, actor: Actor, name: str, code: str, field: str | None = None, **fields: Any
) -> Any:
    """The problem that a mutation gives, having written nothing."""
    before = await ask.contents()
    answer = await change(ask, actor, name, **fields)
    assert (answer.get("code"), answer.get("field")) == (code, field), (name, answer)
    assert await ask.contents() == before, name
    return answer
