"""What tests of overlays share: country leads, the mutations, and versions in each state."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from strawberry import relay

from schema.access import actions as access
from schema.access.rules import Actor, Role, ScopeKind
from schema.protocols import actions
from schema.protocols.rules import ProtocolContent
from tests.asking import Acting, Asking
from tests.protocols.authoring import CHANGE
from tests.protocols.written import BY_CODE, Published, publish

MEDICAL = BY_CODE["MN-MEDICAL"].content
DEPTH = "parameters.needle_depth_mm"
MIN_DAYS = "intervalRules.GENERAL.minDays"
#: The risk of what clinics chose and a law does not let them have any more.
SET_ASIDE = "CLINIC_VALUES_SET_ASIDE"

LAW = "Made up for this test: N.C. Adm. Code, Title 21."
READ = """
query ($template: String!, $jurisdiction: String!) {
  jurisdictionOverlay(template: {code: $template}, jurisdiction: $jurisdiction) {
    id leadId revision template { code } jurisdiction { code name }
    inForce { number state publishedFrom
      edits { kind path value { text decimal } source }
      differences { path class layer layerName } setAside { path } }
    versions { edges { node { number state } } }
  }
}
"""
SHALLOWER = replace(
    MEDICAL,
    parameters=(replace(MEDICAL.parameters[0], max=Decimal("1.5"), ceiling=Decimal("1.5")),),
)
NODE = """query ($id: ID!) { node(id: $id) { id ... on JurisdictionOverlayVersion {
    state revision edits { value { text } } setAside { path code } differences { path } } } }"""

OVERLAY = "id revision leadId template { code } jurisdiction { code } inForce { number }"
VERSION = """id number state revision publishedFrom retiredOn authorId writtenBy approverId
  publishedBy edits { kind path value { integer decimal text } behind source
    fields { path value { text } } }
  differences { kind path class layer layerName before { integer decimal }
    after { integer decimal } summary }
  setAside { path code message } overlay { id jurisdiction { code } }"""
DISCARDED = "version number overlay { id }"


@dataclass(frozen=True)
class Led(Published):
    """A franchise whose HQ published templates, with two country leads."""

    american: Actor
    british: Actor


async def hire(act: Acting, who: str, role: Role, kind: ScopeKind, scope: str | None) -> Actor:
    """Somebody who can sign in, as they then are."""
    async with act.work() as work:
        person = await access.create_person(
            work, email=f"{who}@test.example", name=who, password="a-long-enough-word"
        )
        await access.assign_role(work, person=person.id, role=role, scope_kind=kind, scope=scope)
        found = await access.actor_of_person(work, person.id)
    assert found is not None
    return found


async def led(act: Acting, *codes: str) -> Led:
    hq = await publish(act, *codes)
    leads = [
        await hire(act, f"lead-{region.lower()}", Role.COUNTRY_LEAD, ScopeKind.REGION, region)
        for region in ("AMERICAS", "EUROPE")
    ]
    return Led(hq.franchise, hq.author, hq.approver, *leads)


def person(actor: Actor) -> str:
    return str(relay.GlobalID("Person", str(actor.id)))


def by(actor: Actor) -> dict[str, str]:
    """How an input names the person."""
    return {"id": person(actor)}


def key(node: Any) -> UUID:
    """The id in the tables of an object or of its global id."""
    found = node["id"] if isinstance(node, dict) else node
    return UUID(relay.GlobalID.from_id(found).node_id)


def set_(path: str, source: str = "A law.", **value: Any) -> dict[str, Any]:
    """An edit that sets a field, with its source."""
    return {"edit": {"set": {"path": path, "value": value}}, "source": source}


def ceiling(most: str, source: str = "A law.") -> dict[str, Any]:
    return set_(f"{DEPTH}.ceiling", source, decimal=most)


async def change(ask: Asking, actor: Actor, name: str, **fields: Any) -> Any:
    """What a mutation of overlays gives."""
    given, shown = "JurisdictionOverlayVersion", VERSION
    if name in ("createJurisdictionOverlay", "changeOverlayLead"):
        given, shown = "JurisdictionOverlay", OVERLAY
    if name == "discardOverlayVersion":
        given, shown = "DiscardedOverlayDraft", DISCARDED
    if name == "discardJurisdictionOverlay":
        given, shown = "DiscardedOverlay", "overlay template { code }"
    if name == "publishOverlayVersion":
        given, shown = "PublishedOverlayVersion", f"version {{ {VERSION} }}"
    kind = f"{name[0].upper()}{name[1:]}Input"
    query = CHANGE % {"kind": kind, "name": name, "given": given, "fields": shown}
    answer = await ask.change(actor, query, input=fields)
    return answer.get("version", answer) if given == "PublishedOverlayVersion" else answer


async def step(ask: Asking, actor: Actor, name: str, version: Any, **fields: Any) -> Any:
    """What a mutation makes of a version at the revision that was read."""
    told = {"version": version["id"], "expectedRevision": version["revision"], **fields}
    return await change(ask, actor, name, **told)


async def overlay_of(
    ask: Asking, hq: Led, jurisdiction: str = "US-NC", template: str = "MN-MEDICAL"
) -> Any:
    """A new overlay, led by the country lead whose jurisdiction it is."""
    lead = hq.american if jurisdiction.startswith("US") else hq.british
    return await change(
        ask,
        hq.author,
        "createJurisdictionOverlay",
        template={"code": template},
        jurisdiction=jurisdiction,
        lead=by(lead),
    )


async def draft(ask: Asking, actor: Actor, overlay: Any, *edits: dict[str, Any]) -> Any:
    begins = {"edits": list(edits)}
    found = await change(
        ask, actor, "draftOverlayVersion", overlay=overlay["id"], **{"from": begins}
    )
    assert found["__typename"] == "JurisdictionOverlayVersion", found
    return found


async def in_review(ask: Asking, hq: Led, overlay: Any, *edits: dict[str, Any]) -> Any:
    lead = hq.american if overlay["jurisdiction"]["code"].startswith("US") else hq.british
    written = await draft(ask, lead, overlay, *edits)
    return await step(ask, lead, "submitOverlayVersion", written)


async def approved(ask: Asking, hq: Led, overlay: Any, *edits: dict[str, Any]) -> Any:
    version = await in_review(ask, hq, overlay, *edits)
    return await step(ask, hq.approver, "approveOverlayVersion", version)


async def published(
    ask: Asking, hq: Led, overlay: Any, *edits: dict[str, Any], accept: Sequence[str] = ()
) -> Any:
    version = await approved(ask, hq, overlay, *edits)
    done = await step(ask, hq.approver, "publishOverlayVersion", version, accept=list(accept))
    assert done.get("state") == "PUBLISHED", done
    return done


async def refused(
    ask: Asking, actor: Actor, name: str, code: str, field: str | None = None, **fields: Any
) -> Any:
    """The problem that a mutation gives, having written nothing."""
    before = await ask.contents()
    answer = await change(ask, actor, name, **fields)
    assert (answer.get("code"), answer.get("field")) == (code, field), (name, answer)
    assert await ask.contents() == before, name
    return answer


async def next_version(ask: Asking, hq: Published, content: ProtocolContent) -> None:
    """The template's next version, published at once."""
    async with ask.work(hq.author) as work:
        row = await actions.draft_protocol_version(work, template="MN-MEDICAL", content=content)
        await actions.submit_protocol_version(work, version_id=row.id, expected_revision=1)
    async with ask.work(hq.approver) as work:
        for act in (actions.approve_protocol_version, actions.publish_protocol_version):
            row = await act(work, version_id=row.id, expected_revision=row.revision)


async def read(ask: Asking, hq: Led, jurisdiction: str = "US-NC") -> Any:
    query = """query ($jurisdiction: String!) {
      jurisdictionOverlay(template: {code: "MN-MEDICAL"}, jurisdiction: $jurisdiction) {
        id revision leadId inForce { id number revision } versions { edges { node { id number } } }
        drafts { edges { node { id number state } } } } }"""
    return (await ask.data(hq.author, query, jurisdiction=jurisdiction))["jurisdictionOverlay"]
