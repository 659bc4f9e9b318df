"""A small franchise to test with, built by the domains' own actions."""

from dataclasses import dataclass
from datetime import date

import pytest

from schema.access.rules import Actor, Role
from schema.clinics import actions as clinics
from schema.clinics.models import ClinicRow
from schema.clinics.rules import ClinicStatus, WeeklyInterval
from schema.context import Work
from tests.actors import everywhere, partner_of, person_in
from tests.asking import Acting
from tests.snapshots import Snapshots

OFFICE_HOURS = [WeeklyInterval(day, 9 * 60, 18 * 60) for day in range(6)]


@dataclass(frozen=True)
class Franchise:
    """Two clinics of two owners, and callers for each."""

    raleigh: ClinicRow
    london: ClinicRow

    @property
    def hq(self) -> Actor:
        return everywhere(Role.HQ_ADMINISTRATOR)

    @property
    def lead(self) -> Actor:
        return everywhere(Role.HQ_CLINICAL_LEAD)

    @property
    def manager(self) -> Actor:
        """Of Raleigh."""
        return person_in(Role.CLINIC_MANAGER, [self.raleigh.id])

    @property
    def other_manager(self) -> Actor:
        """Of London."""
        return person_in(Role.CLINIC_MANAGER, [self.london.id])

    @property
    def partner(self) -> Actor:
        return partner_of([self.raleigh.id])


async def add_map(work: Work) -> None:
    """Jurisdictions, regions and owners."""
    for code, name, parent in (
        ("US", "United States", None),
        ("US-NC", "North Carolina", "US"),
        ("US-FL", "Florida", "US"),
        ("GB", "United Kingdom", None),
        ("GB-ENG", "England", "GB"),
    ):
        await clinics.add_jurisdiction(work, code=code, name=name, parent_code=parent)
    await clinics.add_region(work, code="AMERICAS", name="Americas", parent=None)
    await clinics.add_region(work, code="US-EAST", name="US East", parent="AMERICAS")
    await clinics.add_region(work, code="EUROPE", name="Europe", parent=None)
    for code, country in (("CAROLINA", "US"), ("ALBION", "GB")):
        await clinics.add_owner(
            work,
            code=code,
            name=f"{code.title()} Skin Ltd",
            country=country,
            tax_number=f"{country}-1",
            invoice_prefix=code[:2],
        )


async def add_clinic(work: Work, code: str, *, british: bool = False) -> ClinicRow:
    """A LIVE clinic with office hours from Monday to Saturday, in Raleigh or London."""
    row = await clinics.plan_clinic(
        work,
        code=code,
        name=code.title(),
        region="EUROPE" if british else "US-EAST",
        owner="ALBION" if british else "CAROLINA",
        owned_from=date(2020, 1, 1),
        jurisdiction_code="GB-ENG" if british else "US-NC",
        time_zone="Europe/London" if british else "America/New_York",
        currency="GBP" if british else "USD",
        address=clinics.Address(
            street="1 High Street",
            city="London" if british else "Raleigh",
            postal_code="W1" if british else "27601",
            country="GB" if british else "US",
            latitude=51.5 if british else 35.78,
            longitude=-0.12 if british else -78.64,
        ),
    )
    await clinics.set_opening_hours(work, clinic=row.id, week=OFFICE_HOURS)
    for status in (ClinicStatus.ONBOARDING, ClinicStatus.LIVE):
        row = await clinics.change_clinic_status(work, clinic=row.id, status=status)
    return row


async def build(work: Work) -> Franchise:
    await add_map(work)
    return Franchise(
        raleigh=await add_clinic(work, "RALEIGH"),
        london=await add_clinic(work, "LONDON", british=True),
    )


@pytest.fixture
async def franchise(act: Acting, snapshots: Snapshots) -> Franchise:
    async def make() -> Franchise:
        async with act.work() as work:
            return await build(work)

    return await snapshots.of("franchise", make)
