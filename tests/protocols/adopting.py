"""What tests of clinics' adoptions share: adopting, overriding, and versions that HQ publishes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from strawberry import relay

from schema.access.rules import Actor
from schema.protocols import actions
from schema.protocols.rules import Edit, ProtocolContent, edited
from schema.protocols.rules.paths import exists
from tests.asking import Acting, Asking
from tests.protocols.authoring import TODAY
from tests.protocols.written import BY_CODE, Published

MEDICAL = BY_CODE["MN-MEDICAL"].content
DEPTH = "parameters.needle_depth_mm.default"
MIN_DAYS = "intervalRules.GENERAL.minDays"
CLEANSE = "steps.CLEANSE.minutes"

CHANGE = """
mutation ($input: %s!) {
  %s(input: $input) {
    __typename
    ... on ClinicProtocol { id state revision template { code } version { number }
      addOns { key } overrides { path value { integer decimal boolean text } reason }
      resolved { changes { path class layer layerName before { integer decimal }
        after { integer decimal } } setAside { path } } }
    ... on Problem { code message }
    ... on RuleProblem { field }
    ... on ConflictProblem { field }
    ... on NotFoundProblem { field }
    ... on ValidationProblem { problems { code field } }
  }
}
"""
OF_PROBLEMS = "... on Problem { code message }"
CONFLICTS = """
    ... on UnresolvedConflictsProblem { field conflicts {
      path outcome code reason layer layerName proposal mine { text integer }
      before { integer decimal } after { integer decimal } proposed { integer decimal } } }"""


async def change(ask: Asking, actor: Actor, name: str, **fields: Any) -> Any:
    kind = f"{name[0].upper()}{name[1:]}Input"
    query = CHANGE % (kind, name)
    if name == "upgradeClinicProtocol":
        query = query.replace(OF_PROBLEMS, OF_PROBLEMS + CONFLICTS)
    return await ask.change(actor, query, input=fields)


async def adopt(ask: Asking, actor: Actor, clinic: str = "RALEIGH", **fields: Any) -> Any:
    wanted = {"template": {"code": "MN-MEDICAL"}, "addOns": ["PRP", "MMP"], **fields}
    return await change(ask, actor, "adoptProtocol", clinic={"code": clinic}, **wanted)


async def override(ask: Asking, actor: Actor, adopted: Any, path: str, **value: Any) -> Any:
    return await change(
        ask,
        actor,
        "setClinicOverride",
        clinicProtocol=adopted["id"],
        expectedRevision=adopted["revision"],
        path=path,
        value=value,
        reason="Our rooms are small.",
    )


def key(node: Any) -> UUID:
    """The id in the tables of what the API showed."""
    return UUID(relay.GlobalID.from_id(node["id"]).node_id)


async def next_version(
    act: Acting,
    hq: Published,
    *edits: Edit,
    content: ProtocolContent = MEDICAL,
    days_ahead: int = 0,
) -> UUID:
    """MN-MEDICAL's next version: `content` with these edits, published from some day on."""
    says = edited(content, edits)
    sourced = tuple(each for each in says.evidence if exists(says, each.path))
    async with act.work(hq.author) as work:
        draft = await actions.draft_protocol_version(
            work, template="MN-MEDICAL", content=replace(says, evidence=sourced)
        )
        await actions.submit_protocol_version(work, version_id=draft.id, expected_revision=1)
    async with act.work(hq.approver) as work:
        await actions.approve_protocol_version(work, version_id=draft.id, expected_revision=2)
        await actions.publish_protocol_version(
            work,
            version_id=draft.id,
            expected_revision=3,
            from_on=TODAY + timedelta(days_ahead) if days_ahead else None,
        )
    return draft.id
