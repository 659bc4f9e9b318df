"""What tests of courses in flight share: versions and laws that come, clinics that follow."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from schema.access import actions as access
from schema.access.rules import Role, ScopeKind
from schema.money import Money
from schema.paging import Page
from schema.pricing.actions import set_protocol_price
from schema.protocols import actions as protocols
from schema.protocols import store
from schema.protocols.actions.templates import earliest_day
from schema.protocols.models import ClinicProtocolRow
from schema.protocols.rules import (
    HealingGuard,
    ProtocolContent,
    ProtocolKind,
    Selector,
    Set,
    Value,
    approvals_needed,
)
from schema.protocols.rules.authorship import SourcedEdit
from schema.scope import EVERYWHERE
from tests.actors import everywhere
from tests.asking import Acting
from tests.pricing.terms import MEDICAL

MEDICAL_CODE, OTHER_CODE = "MN-MEDICAL", "MN-OTHER"
CLEANSE = "steps.CLEANSE.minutes.max"
MIN_DAYS = "intervalRules.GENERAL.minDays"


def guard(days: int, *areas: str) -> HealingGuard:
    return HealingGuard(
        key=f"G{days}", applies_to=Selector(), areas=areas, min_days=days, source="A study."
    )


def spaced(least: int, preferred: int, most: int, *guards: HealingGuard) -> ProtocolContent:
    """MN-MEDICAL with another interval, which is no clinic's to change, and with guards."""
    (rule,) = MEDICAL.interval_rules
    days = replace(rule, min_days=least, preferred_days=preferred, max_days=most)
    locks = tuple(each for each in MEDICAL.locks if not each.path.startswith("intervalRules"))
    return replace(MEDICAL, interval_rules=(days,), healing_guards=guards, locks=locks)


def cleansed(minutes: int, content: ProtocolContent = MEDICAL) -> ProtocolContent:
    """`content`, which takes exactly so long to cleanse."""
    steps = [
        replace(each, minutes=replace(each.minutes, min=minutes, typical=minutes, max=minutes))
        if each.key == "CLEANSE"
        else each
        for each in content.steps
    ]
    return replace(content, steps=tuple(steps))


async def _publish(act: Acting, version_id: UUID, content: ProtocolContent) -> None:
    """Approved by as many people of HQ as it takes."""
    for count in range(approvals_needed(content)):
        async with act.work(everywhere(Role.HQ_CLINICAL_LEAD)) as work:
            row = await protocols.approve_protocol_version(
                work, version_id=version_id, expected_revision=2 + count
            )
    async with act.work(everywhere(Role.HQ_CLINICAL_LEAD)) as work:
        await protocols.publish_protocol_version(
            work,
            version_id=version_id,
            expected_revision=row.revision,
            from_on=earliest_day(work.now),
        )


async def next_version(act: Acting, content: ProtocolContent, code: str = MEDICAL_CODE) -> None:
    """The template's next version, published today."""
    async with act.work(everywhere(Role.HQ_CLINICAL_LEAD)) as work:
        draft = await protocols.draft_protocol_version(work, template=code, content=content)
        await protocols.submit_protocol_version(work, version_id=draft.id, expected_revision=1)
    await _publish(act, draft.id, content)


async def another_template(act: Acting, content: ProtocolContent, code: str = OTHER_CODE) -> UUID:
    """A treatment that Raleigh adopts as well, at a price: its adoption."""
    async with act.work(everywhere(Role.HQ_CLINICAL_LEAD)) as work:
        template = await protocols.create_protocol_template(
            work, code=code, kind=ProtocolKind.TREATMENT, content=content
        )
        drafts = await store.drafts_by_template(
            work.session, [template.id], EVERYWHERE, Page(first=1)
        )
        (draft,) = drafts[template.id]
        await protocols.submit_protocol_version(work, version_id=draft.id, expected_revision=1)
    await _publish(act, draft.id, content)
    async with act.work() as work:
        row = await protocols.adopt_protocol(work, clinic="RALEIGH", template=code)
        await set_protocol_price(work, clinic_protocol_id=row.id, amount=Money(20_000, "USD"))
        return row.id


async def adoption(act: Acting, clinic: str = "RALEIGH") -> ClinicProtocolRow:
    """A clinic's adoption of MN-MEDICAL, as it is now."""
    async with act.work() as work:
        found = await store.clinic_protocol_of(work.session, EVERYWHERE, clinic, MEDICAL_CODE)
    assert found is not None
    return found


async def upgrade(act: Acting, clinic: str = "RALEIGH", **more: Any) -> None:
    row = await adoption(act, clinic)
    async with act.work() as work:
        await protocols.upgrade_clinic_protocol(
            work, clinic_protocol_id=row.id, expected_revision=row.revision, **more
        )


async def follow(act: Acting, content: ProtocolContent) -> None:
    """HQ publishes it, and Raleigh takes it."""
    await next_version(act, content)
    await upgrade(act)


async def set_own(act: Acting, path: str, value: Value, clinic: str = "RALEIGH") -> None:
    row = await adoption(act, clinic)
    async with act.work() as work:
        await protocols.set_clinic_override(
            work,
            clinic_protocol_id=row.id,
            expected_revision=row.revision,
            path=path,
            value=value,
            reason="Our clients.",
        )


async def clear_own(act: Acting, path: str) -> None:
    row = await adoption(act)
    async with act.work() as work:
        await protocols.clear_clinic_override(
            work, clinic_protocol_id=row.id, expected_revision=row.revision, path=path
        )


async def law(act: Acting, path: str, value: Value, jurisdiction: str = "US-NC") -> None:
    """A jurisdiction's overlay on MN-MEDICAL that sets a field, in force from today."""
    async with act.work() as work:
        lead = await access.create_person(
            work, email=f"{jurisdiction}@law.example", name="Lead", password="correct horse battery"
        )
        await access.assign_role(
            work,
            person=lead.id,
            role=Role.COUNTRY_LEAD,
            scope_kind=ScopeKind.FRANCHISE,
            scope=None,
        )
    async with act.work(everywhere(Role.HQ_CLINICAL_LEAD)) as work:
        overlay = await protocols.create_jurisdiction_overlay(
            work, template=MEDICAL_CODE, jurisdiction=jurisdiction, lead=lead.id
        )
        row = await protocols.draft_overlay_version(
            work, overlay_id=overlay.id, edits=[SourcedEdit(Set(path, value), "A law.")]
        )
        await protocols.submit_overlay_version(work, version_id=row.id, expected_revision=1)
    async with act.work(everywhere(Role.HQ_CLINICAL_LEAD)) as work:
        await protocols.approve_overlay_version(work, version_id=row.id, expected_revision=2)
        await protocols.publish_overlay_version(work, version_id=row.id, expected_revision=3)
