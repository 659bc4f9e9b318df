"""What the database itself refuses, and what changes at the same time come to."""

from asyncio import gather
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from schema.access import actions as access
from schema.access.rules import NOBODY, Actor, Role, ScopeKind
from schema.base import Row, new_id, tables
from schema.paging import Page
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
from tests.actors import person_in
from tests.asking import Acting, Asking
from tests.practitioners.team import STARTED, Team, absence, change, train
from tests.walls import policies

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

PERSONAL = ["certifications", "credentials", "practitioners", "time_off"]


@pytest.mark.parametrize("name", FOREIGN)
async def test_a_manager_cannot_insert_about_a_foreign_practitioner(
    act: Acting, team: Team, name: str
) -> None:
    async with act.work() as work:
        liz = await store.practitioner(work.session, EVERYWHERE, "LIZ")
    assert liz is not None
    row = FOREIGN[name](liz.id, team.franchise.london.id)
    before = await act.counts()
    with pytest.raises(DBAPIError, match="row-level security"):
        async with act.work(team.franchise.manager) as work:
            work.session.add(row)
    assert await act.counts() == before


async def practitioners_seen(act: Acting, table: str, actor: Actor) -> set[UUID]:
    """About whom the rows of `table` are that the policies alone let an actor see."""
    columns = tables()[table].__table__.columns  # type: ignore[attr-defined]
    column = columns["id"] if table == "practitioners" else columns["practitioner_id"]
    async with act.engine.execution_options(actor=actor).connect() as connection:
        return set(await connection.scalars(select(column)))


@pytest.mark.parametrize("table", PERSONAL)
async def test_policies_show_a_clinic_its_own_practitioners(
    act: Acting, team: Team, cleaner: asyncpg.Connection, table: str
) -> None:
    async with act.work() as work:
        for code in ("ANA", "BEA", "LIZ"):
            await absence(work, code)
            await train(work, code)
        found = await store.practitioners(work.session, EVERYWHERE, Page())
        ids = {row.code: row.id for row in found}
    everybody, hers = set(ids.values()), {ids["ANA"], ids["BEA"]}
    assert await practitioners_seen(act, table, team.franchise.hq) == everybody
    assert await practitioners_seen(act, table, team.franchise.manager) == hers
    assert await practitioners_seen(act, table, NOBODY) == set()
    await policies(cleaner, table, on=False)
    try:
        assert await practitioners_seen(act, table, team.franchise.manager) == everybody
    finally:
        await policies(cleaner, table, on=True)


async def test_time_off_of_no_length_is_refused_by_the_database_too(
    act: Acting, team: Team
) -> None:
    async with act.work() as work:
        ana = await store.practitioner(work.session, EVERYWHERE, "ANA")
        now = work.now
    assert ana is not None
    row = TimeOffRow(practitioner_id=ana.id, starts_at=now, ends_at=now, reason="")
    with pytest.raises(DBAPIError, match="ends_after_start"):
        async with act.work() as work:
            work.session.add(row)


async def test_an_assignment_of_nobody_does_not_stay(act: Acting, team: Team) -> None:
    """Its foreign key is deferred to the end of the transaction, not dropped."""
    before = await act.counts()
    row = PractitionerAssignmentRow(
        clinic_id=team.franchise.raleigh.id, practitioner_id=new_id(), from_on=STARTED
    )
    with pytest.raises(DBAPIError, match="foreign key"):
        async with act.work(team.franchise.manager) as work:
            work.session.add(row)
    assert await act.counts() == before


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


@pytest.mark.scope_only
async def test_a_manager_makes_practitioners_of_people_of_that_clinic_only(
    ask: Asking, team: Team
) -> None:
    """Though she sees people of another clinic, where she holds another role."""
    raleigh, london = team.franchise.raleigh, team.franchise.london
    async with ask.work() as work:
        await access.create_person(
            work, email="tom@example.org", name="Tom", password="correct horse battery"
        )
        await access.assign_role(
            work,
            person="tom@example.org",
            role=Role.PRACTITIONER,
            scope_kind=ScopeKind.CLINIC,
            scope=london.code,
        )
    manages = person_in(Role.CLINIC_MANAGER, [raleigh.id])
    both = replace(manages, grants=manages.grants + person_in(Role.FRONT_DESK, [london.id]).grants)
    refused = await change(
        ask,
        both,
        "registerPractitioner",
        clinic={"code": "RALEIGH"},
        code="TOM",
        name="Tom",
        fromOn="2026-01-01",
        person={"code": "tom@example.org"},
    )
    assert (refused["code"], refused["field"]) == ("NOT_FOUND", "person")
