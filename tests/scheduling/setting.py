"""Two clinics that can be booked: ANA treats in Raleigh, BEA in Raleigh and London.

Each clinic has one treatment room, one needle pen and one centrifuge.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from api.seed.content import TEMPLATES
from api.seed.content.publishing import EVERY_RISK, publish_templates
from schema.access import actions as access
from schema.access.rules import Actor, Role
from schema.clients import actions as clients
from schema.clients.models import ClientRow
from schema.clients.rules import Identity
from schema.clinics import actions as clinics
from schema.clinics.rules import DeviceClass, RoomKind, WeeklyInterval
from schema.context import Work
from schema.practitioners import actions as practitioners
from schema.practitioners.rules import CertificationKind, CredentialType, Supervision
from schema.protocols.actions import adopt_protocol
from schema.scheduling.rules import Wish
from tests.actors import everywhere, partner_of, person_in
from tests.franchise import Franchise, build

EVERY_DAY = [WeeklyInterval(day, 9 * 60, 18 * 60) for day in range(7)]
TREATMENT = Wish("MN-MEDICAL", ("FACE",))
CONSULTATION = Wish("CONSULT")
#: For what everybody is certified: MN-OTHER is MN-MEDICAL again, where tests publish it.
TRAINED_FOR = ("MN-MEDICAL", "MN-OTHER")
NEW_YORK = ZoneInfo("America/New_York")


@dataclass(frozen=True)
class Setting:
    """`day` is a Monday to come, some weeks ahead; each client is of the clinic it is named by."""

    franchise: Franchise
    day: date
    raleigh_client: ClientRow
    london_client: ClientRow
    partner: Actor
    partner_client: ClientRow

    @property
    def desk(self) -> Actor:
        return person_in(Role.FRONT_DESK, [self.franchise.raleigh.id])

    @property
    def london_desk(self) -> Actor:
        return person_in(Role.FRONT_DESK, [self.franchise.london.id])

    def at(self, hour: int, minute: int = 0, zone: str = "America/New_York") -> datetime:
        """On that day, by the clocks of `zone`."""
        return datetime(
            self.day.year, self.day.month, self.day.day, hour, minute, tzinfo=ZoneInfo(zone)
        )


async def _equip(work: Work, clinic: str) -> None:
    await clinics.add_room(
        work, clinic=clinic, code="T1", name="Treatment", room_kind=RoomKind.TREATMENT
    )
    for code in ("PEN", "SPIN"):
        await clinics.add_device(
            work,
            clinic=clinic,
            code=code,
            model=code,
            serial_number=f"{clinic}-{code}",
            service_due_on=None,
        )
    for template, add_ons in (("MN-MEDICAL", ("PRP",)), ("CONSULT", ())):
        await adopt_protocol(work, clinic=clinic, template=template, add_ons=add_ons)


async def _employ(work: Work, code: str, clinic: str, *licences: practitioners.Licence) -> None:
    """Somebody who treats, trained for what asks for it."""
    await practitioners.register_practitioner(
        work,
        clinic=clinic,
        code=code,
        name=code.title(),
        from_on=date(2024, 1, 1),
        licences=licences,
    )
    for template in TRAINED_FOR:
        await practitioners.add_certification(
            work,
            practitioner=code,
            kind=CertificationKind.PROTOCOL_TEMPLATE,
            code=template,
        )
    await practitioners.set_working_hours(work, clinic=clinic, practitioner=code, week=EVERY_DAY)


async def _publish(work: Work) -> Actor:
    """The templates of the seed, of which two are needed; the lead who verifies rules."""
    author, lead = [
        await access.create_person(
            work, email=f"{name}@example.org", name=name, password="correct horse battery"
        )
        for name in ("author", "lead")
    ]
    codes = (TREATMENT.protocol, CONSULTATION.protocol)
    approver = everywhere(Role.HQ_CLINICAL_LEAD, lead.id)
    await publish_templates(
        work,
        author=everywhere(Role.HQ_CLINICAL_LEAD, author.id),
        approver=approver,
        templates=[each for each in TEMPLATES if each.code in codes],
        accept=EVERY_RISK,
    )
    return approver


async def register(work: Work, clinic: str, name: str, reference: str | None = None) -> ClientRow:
    return await clients.register_client(
        work,
        clinic=clinic,
        identity=Identity(given_name=name, family_name="Client"),
        external_reference=reference,
    )


async def build_setting(work: Work) -> Setting:
    franchise = await build(work)
    lead = await _publish(work)
    for code, kind, depth in (
        ("PEN", DeviceClass.NEEDLE_PEN, Decimal("2.5")),
        ("SPIN", DeviceClass.CENTRIFUGE, None),
    ):
        await clinics.add_device_model(
            work, code=code, name=code, maker="Maker", device_class=kind, greatest_depth_mm=depth
        )
    for clinic, place in (("RALEIGH", "US-NC"), ("LONDON", "GB-ENG")):
        await clinics.set_opening_hours(work, clinic=clinic, week=EVERY_DAY)
        await _equip(work, clinic)
        await practitioners.verify_scope_rule(
            replace(work, actor=lead),
            jurisdiction_code=place,
            credential_type=CredentialType.NURSE,
            max_needle_depth_mm=Decimal("1.5"),
            supervision=Supervision.NONE,
            source="A secondary source",
        )
    licence, nurse = practitioners.Licence, CredentialType.NURSE
    await _employ(work, "ANA", "RALEIGH", licence(nurse, "US-NC", "RN-1"))
    await _employ(
        work,
        "BEA",
        "RALEIGH",
        licence(nurse, "US-NC", "RN-2"),
        licence(nurse, "GB-ENG", "RN-3"),
        licence(CredentialType.PHLEBOTOMIST, "US-NC", "PH-1"),
    )
    await practitioners.assign_practitioner(
        work, practitioner="BEA", clinic="LONDON", from_on=date(2024, 1, 1)
    )
    await practitioners.set_working_hours(work, clinic="LONDON", practitioner="BEA", week=EVERY_DAY)
    partner = await access.create_partner_app(work, code="PARTNER", name="A partner")
    booking = replace(partner_of([franchise.raleigh.id]), id=partner.id)
    today = work.now.astimezone(NEW_YORK).date()
    return Setting(
        franchise=franchise,
        day=today + timedelta(days=28 - today.weekday()),
        raleigh_client=await register(work, "RALEIGH", "Rose"),
        london_client=await register(work, "LONDON", "Lily"),
        partner=booking,
        partner_client=await register(replace(work, actor=booking), "RALEIGH", "Paul", "P-1"),
    )
