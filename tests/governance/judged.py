"""What tests of publishing share: two clinics that can treat and sell packages, and versions of
what they adopted that wait to be published."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from strawberry import relay

from schema.access.rules import SYSTEM, Actor, Role
from schema.money import Money
from schema.pricing import actions as pricing
from schema.protocols import actions as protocols
from schema.protocols.rules import ProtocolContent, ResourceKind, ResourceNeed, Step
from schema.scheduling import store as visits
from tests.actors import everywhere
from tests.asking import Acting, Asking
from tests.pricing.terms import MEDICAL
from tests.protocols.written import Published
from tests.scheduling.setting import Setting, build_setting

TODAY = datetime.now(UTC).date()
#: What both clinics can do: MN-MEDICAL without add-ons, sessions at least 42 days apart.
PLAIN = replace(
    MEDICAL,
    add_ons=(),
    evidence=tuple(each for each in MEDICAL.evidence if not each.path.startswith("addOns.")),
    locks=tuple(each for each in MEDICAL.locks if not each.path.startswith("addOns.")),
)

FINDINGS = """findings { __typename ... on PublicationFinding { risk accepted message }
    ... on InfeasiblePackage { clinicCode packageCode sessions daysNeeded daysValid
      variant { indication severity depthMm }
      clinic { code } package { code validityDays } }
    ... on UnsatisfiableNeed { kind role requirements { anyOf } depthMm addOn paths }
    ... on NoClinicForAll { nearestClinicCode lacking nearestClinic { code } } }"""
PUBLISH = """mutation ($input: PublishProtocolVersionInput!) {
  publishProtocolVersion(input: $input) { __typename
    ... on PublishedVersion { dryRun version { number state publishedFrom revision } %(findings)s }
    ... on PublicationRefusedProblem { field %(findings)s }
    ... on Problem { code message retry } ... on RuleProblem { field }
    ... on NotFoundProblem { field } ... on ConflictProblem { field }
    ... on ValidationProblem { problems { code field } } } }""" % {"findings": FINDINGS}  # noqa: UP031  # braces


def apart(days: int, content: ProtocolContent = PLAIN) -> ProtocolContent:
    """The same with sessions at least so many days apart."""
    (rule,) = content.interval_rules
    rule = replace(rule, min_days=days, preferred_days=days + 7, max_days=days + 14)
    return replace(content, interval_rules=(rule,))


def lit(content: ProtocolContent = PLAIN) -> ProtocolContent:
    """The same with light from a panel, which no clinic has."""
    panel = ResourceNeed(role="LIGHT", kind=ResourceKind.DEVICE, any_of=("LED_PANEL",))
    (first, *_) = content.steps
    shine = Step(key="SHINE", name="Light", minutes=first.minutes, needs=(panel,))
    return replace(content, steps=(*content.steps, shine))


@dataclass(frozen=True)
class Judged(Published):
    """Raleigh and London sell GLOW-3, three sessions of MN-MEDICAL within 120 days."""

    setting: Setting
    raleigh: UUID
    london: UUID

    @property
    def administrator(self) -> Actor:
        return everywhere(Role.HQ_ADMINISTRATOR)


async def opened(act: Acting) -> Judged:
    async with act.work() as work:
        setting = await build_setting(work)
        clinics = [setting.franchise.raleigh, setting.franchise.london]
        ids = [each.id for each in clinics]
        adopted = await visits.adoptions(work.session, work.scope, ids, "MN-MEDICAL")
        for each in clinics:
            await pricing.set_protocol_price(
                work,
                clinic_protocol_id=adopted[each.id],
                amount=Money(20_000, each.currency),
            )
            await pricing.define_package(
                work,
                clinic_protocol_id=adopted[each.id],
                code="GLOW-3",
                name="Three",
                sessions=3,
                validity_days=120,
                amount=Money(50_000, each.currency),
            )
    author, approver = (everywhere(Role.HQ_CLINICAL_LEAD) for _ in range(2))
    return Judged(setting.franchise, author, approver, setting, *(adopted[each] for each in ids))


async def drafted(
    act: Acting, hq: Judged, content: ProtocolContent = PLAIN, template: str = "MN-MEDICAL"
) -> dict[str, Any]:
    """A draft, as `publishProtocolVersion` names it."""
    async with act.work(hq.author) as work:
        row = await protocols.draft_protocol_version(work, template=template, content=content)
    version = str(relay.GlobalID("ProtocolVersion", str(row.id)))
    return {"version": version, "expectedRevision": row.revision}


async def submitted(
    act: Acting, hq: Judged, content: ProtocolContent = PLAIN, template: str = "MN-MEDICAL"
) -> dict[str, Any]:
    version = await drafted(act, hq, content, template)
    async with act.work(hq.author) as work:
        row = await protocols.submit_protocol_version(
            work, version_id=key(version), expected_revision=version["expectedRevision"]
        )
    return {**version, "expectedRevision": row.revision}


async def approved(
    act: Acting,
    hq: Judged,
    content: ProtocolContent = PLAIN,
    by: Sequence[Actor] = (),
    template: str = "MN-MEDICAL",
) -> dict[str, Any]:
    """A version that waits to be published, approved by one person or by several."""
    version = await submitted(act, hq, content, template)
    for each in by or (hq.approver,):
        async with act.work(each) as work:
            row = await protocols.approve_protocol_version(
                work, version_id=key(version), expected_revision=version["expectedRevision"]
            )
        version = {**version, "expectedRevision": row.revision}
    return version


def key(version: dict[str, Any]) -> UUID:
    return UUID(relay.GlobalID.from_id(version["version"]).node_id)


async def publish(
    ask: Asking, hq: Judged, version: dict[str, Any], actor: Actor | None = None, **fields: Any
) -> Any:
    return await ask.change(actor or hq.approver, PUBLISH, input={**version, **fields})


async def run(act: Acting, statement: str) -> Any:
    async with act.engine.execution_options(actor=SYSTEM).begin() as connection:
        return await connection.execute(text(statement))
