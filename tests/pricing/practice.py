"""Clinics that adopted a protocol, built by the domains' own actions."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import col

from schema.access.rules import Role
from schema.base import execute
from schema.context import Work
from schema.money import Money
from schema.pricing import actions as pricing
from schema.protocols import actions as protocols
from schema.protocols.actions.templates import earliest_day
from schema.protocols.models import ProtocolVersionRow
from schema.protocols.rules import ProtocolContent, ProtocolKind
from tests.actors import everywhere
from tests.asking import Acting
from tests.franchise import Franchise, build
from tests.pricing.terms import CONTENT, MEDICAL

ADD_ONS = ("PRP", "SERUM")


@dataclass(frozen=True)
class Practice:
    """Raleigh and London, both offering MN-MEDICAL with PRP and a serum; nothing priced yet."""

    franchise: Franchise
    raleigh: UUID
    london: UUID
    today: date

    def days_hence(self, days: int) -> date:
        return self.today + timedelta(days)


async def publish(act: Acting, code: str, content: ProtocolContent, kind: ProtocolKind) -> None:
    """A template with one published version: written by one person, approved by another."""
    async with act.work(everywhere(Role.HQ_CLINICAL_LEAD)) as work:
        template = await protocols.create_protocol_template(
            work, code=code, kind=kind, content=content
        )
        drafts = select(col(ProtocolVersionRow.id), col(ProtocolVersionRow.revision)).where(
            col(ProtocolVersionRow.template_id) == template.id
        )
        draft = (await execute(work.session, drafts)).one()
        await protocols.submit_protocol_version(
            work, version_id=draft.id, expected_revision=draft.revision
        )
    async with act.work(everywhere(Role.HQ_CLINICAL_LEAD)) as work:
        await protocols.approve_protocol_version(
            work, version_id=draft.id, expected_revision=draft.revision + 1
        )
        await protocols.publish_protocol_version(
            work,
            version_id=draft.id,
            expected_revision=draft.revision + 2,
            from_on=earliest_day(work.now),
        )


async def adopt(work: Work, clinic: UUID | str, template: str = "MN-MEDICAL") -> UUID:
    add_ons = ADD_ONS if template == "MN-MEDICAL" else ()
    row = await protocols.adopt_protocol(work, clinic=clinic, template=template, add_ons=add_ons)
    return row.id


async def opened(act: Acting) -> Practice:
    """The practice, on Raleigh's day of today."""
    async with act.work() as work:
        franchise = await build(work)
    await publish(act, "MN-MEDICAL", MEDICAL, ProtocolKind.TREATMENT)
    await publish(act, "CONSULT", CONTENT["CONSULT"], ProtocolKind.CONSULTATION)
    async with act.work() as work:
        return Practice(
            franchise=franchise,
            raleigh=await adopt(work, franchise.raleigh.id),
            london=await adopt(work, franchise.london.id),
            today=work.now.astimezone(ZoneInfo(franchise.raleigh.time_zone)).date(),
        )


async def set_price(
    work: Work, clinic_protocol_id: UUID, minor: int, currency: str = "USD", **more: object
) -> None:
    await pricing.set_protocol_price(
        work,
        clinic_protocol_id=clinic_protocol_id,
        amount=Money(minor, currency),
        **more,  # type: ignore[arg-type]  # the tests say what
    )
