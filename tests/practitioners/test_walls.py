"""What the database itself refuses, and what changes at the same time come to."""

from asyncio import gather
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from schema.base import Row, new_id
from schema.practitioners import store
from schema.practitioners.models import (
    CertificationRow,
    CredentialRow,
    PractitionerAssignmentRow,
    PractitionerRow,
    TimeOffRow,
    WorkingHoursRow,
)
from schema.practitioners.rules import CertificationKind, CredentialType
from schema.scope import EVERYWHERE
from tests.asking import Asking
from tests.practitioners.team import STARTED, Team, change

FOREIGN: dict[str, Callable[[UUID, UUID], Row]] = {
    "practitioner": lambda who, clinic: PractitionerRow(code="EVE", name="Eve"),
    "assignment": lambda who, clinic: PractitionerAssignmentRow(
        clinic_id=clinic, practitioner_id=who, from_on=STARTED
    ),
    "credential": lambda who, clinic: CredentialRow(
        practitioner_id=who,
        credential_type=CredentialType.NURSE,
        jurisdiction_code="GB",
        number="1",
    ),
    "certification": lambda who, clinic: CertificationRow(
        practitioner_id=who, certification_kind=CertificationKind.DEVICE_MODEL, code="PEN"
    ),
    "working hours": lambda who, clinic: WorkingHoursRow(
        clinic_id=clinic, practitioner_id=who, weekday=0, starts=540, ends=600
    ),
}


@pytest.mark.parametrize("name", FOREIGN)
async def test_a_manager_cannot_insert_about_a_foreign_practitioner(
    ask: Asking, team: Team, name: str
) -> None:
    async with ask.work() as work:
        liz = await store.practitioner(work.session, EVERYWHERE, "LIZ")
    assert liz is not None
    row = FOREIGN[name](liz.id, team.franchise.london.id)
    before = await ask.counts()
    with pytest.raises(DBAPIError, match="row-level security"):
        async with ask.work(team.franchise.manager) as work:
            work.session.add(row)
    assert await ask.counts() == before


async def test_time_off_of_no_length_is_refused_by_the_database_too(
    ask: Asking, team: Team
) -> None:
    async with ask.work() as work:
        ana = await store.practitioner(work.session, EVERYWHERE, "ANA")
        now = work.now
    assert ana is not None
    row = TimeOffRow(practitioner_id=ana.id, starts_at=now, ends_at=now, reason="")
    with pytest.raises(DBAPIError, match="ends_after_start"):
        async with ask.work() as work:
            work.session.add(row)


async def test_an_assignment_of_nobody_does_not_stay(ask: Asking, team: Team) -> None:
    """Its foreign key is deferred to the end of the transaction, not dropped."""
    before = await ask.counts()
    row = PractitionerAssignmentRow(
        clinic_id=team.franchise.raleigh.id, practitioner_id=new_id(), from_on=STARTED
    )
    with pytest.raises(DBAPIError, match="foreign key"):
        async with ask.work(team.franchise.manager) as work:
            work.session.add(row)
    assert await ask.counts() == before


async def test_of_two_assignments_at_once_one_overlaps(ask: Asking, team: Team) -> None:
    before = STARTED - timedelta(days=1)
    answers = await gather(
        *(
            change(
                ask,
                team.franchise.manager,
                "assignPractitioner",
                practitioner={"code": "ANA"},
                clinic={"code": "RALEIGH"},
                fromOn=str(before - timedelta(days=days)),
                toOn=str(before),
            )
            for days in (1, 2)
        )
    )
    outcomes = sorted(each.get("code", "") for each in answers)
    assert outcomes == ["", "ASSIGNMENT_OVERLAPS"]
