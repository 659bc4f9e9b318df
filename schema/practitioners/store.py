"""Every SELECT of who treats. What is about a practitioner is reached through her assignments."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlmodel import col

from schema.base import Reader, among, columns, fetch, fetch_among, fetch_one, named
from schema.clinics.models import ClinicRow
from schema.clinics.store import today_in
from schema.intervals import Interval
from schema.paging import Order, Page, grouped, keyed, page_by
from schema.practitioners.models import (
    CertificationRow,
    CredentialRow,
    PractitionerAssignmentRow,
    PractitionerRow,
    ScopeRuleRow,
    TimeOffRow,
    WorkingHoursRow,
)
from schema.practitioners.rules import CredentialType, PractitionerStatus
from schema.scope import Scope

BY_CODE = Order.by(col(PractitionerRow.code))
RULES_BY_PLACE = Order.by(col(ScopeRuleRow.jurisdiction_code), col(ScopeRuleRow.credential_type))


def _assigned_in(
    scope: Scope, practitioner_id: Any, clinic: UUID | str | None = None
) -> ColumnElement[bool]:
    """That a practitioner is, was or will be assigned to a clinic in scope (or to this one).

    Everybody is assigned somewhere, so that there is nothing to look up for every clinic.
    """
    if clinic is None and scope.clinic_ids is None:
        return true()
    assignment = PractitionerAssignmentRow
    query = select(col(assignment.id)).where(
        col(assignment.practitioner_id) == practitioner_id, scope.where(assignment.clinic_id)
    )
    if clinic is not None:
        here = select(col(ClinicRow.id)).where(named(ClinicRow, clinic)).scalar_subquery()
        query = query.where(col(assignment.clinic_id) == here)
    return query.exists()


async def practitioners(
    session: Reader, scope: Scope, page: Page, *, clinic: UUID | str | None = None
) -> list[PractitionerRow]:
    """A page of the practitioners in scope, by code: all who ever had an assignment there."""
    query = select(*columns(PractitionerRow)).where(_assigned_in(scope, PractitionerRow.id, clinic))
    return await fetch(session, PractitionerRow, BY_CODE.apply(query, page))


async def practitioner(session: Reader, scope: Scope, key: UUID | str) -> PractitionerRow | None:
    """The practitioner with this id or code, if in scope."""
    query = select(*columns(PractitionerRow)).where(
        named(PractitionerRow, key), _assigned_in(scope, PractitionerRow.id)
    )
    return await fetch_one(session, PractitionerRow, query)


async def practitioners_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, PractitionerRow]:
    query = select(*columns(PractitionerRow)).where(
        among(col(PractitionerRow.id), ids), _assigned_in(scope, PractitionerRow.id)
    )
    return keyed(await fetch(session, PractitionerRow, query))


async def practitioners_by_number(
    session: Reader, numbers: Sequence[int], scope: Scope
) -> Mapping[int, PractitionerRow]:
    """By their number in the calendar."""
    query = select(*columns(PractitionerRow)).where(
        among(col(PractitionerRow.resource_no), numbers), _assigned_in(scope, PractitionerRow.id)
    )
    return keyed(await fetch(session, PractitionerRow, query), "resource_no")


async def practitioners_by_clinic(
    session: Reader, clinic_ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[PractitionerRow]]:
    """Who is assigned to each clinic today, in the clinic's own day; by code."""
    assignment = PractitionerAssignmentRow
    today = today_in(assignment.clinic_id)
    query = (
        select(*columns(PractitionerRow))
        .join(assignment, col(assignment.practitioner_id) == PractitionerRow.id)
        .where(
            scope.where(assignment.clinic_id),
            col(assignment.from_on) <= today,
            or_(col(assignment.to_on).is_(None), col(assignment.to_on) >= today),
        )
    )
    return await page_by(session, assignment.clinic_id, clinic_ids, query, BY_CODE, page)


async def assignments_by_clinic(
    session: Reader, clinic_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[PractitionerAssignmentRow]]:
    """Each clinic's assignments of ACTIVE practitioners, past and future ones too.

    The rows also have the practitioner's `code`, `name` and `resource_no`: what the calendar is
    made of.
    """
    assignment, who = PractitionerAssignmentRow, PractitionerRow
    query = (
        select(*columns(assignment), col(who.code), col(who.name), col(who.resource_no))
        .join(who, col(who.id) == assignment.practitioner_id)
        .where(
            among(col(assignment.clinic_id), clinic_ids),
            scope.where(assignment.clinic_id),
            col(who.status) == PractitionerStatus.ACTIVE,
        )
        .order_by(col(assignment.clinic_id), col(who.code), col(assignment.from_on))
    )
    return grouped(await fetch(session, assignment, query), "clinic_id")


async def assignments_by_practitioner(
    session: Reader, practitioner_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[PractitionerAssignmentRow]]:
    """Each practitioner's assignments to clinics in scope, the earliest first."""
    assignment = PractitionerAssignmentRow
    query = (
        select(*columns(assignment))
        .where(
            among(col(assignment.practitioner_id), practitioner_ids),
            scope.where(assignment.clinic_id),
        )
        .order_by(col(assignment.practitioner_id), col(assignment.from_on), col(assignment.id))
    )
    return grouped(await fetch(session, assignment, query), "practitioner_id")


async def assignments_of(
    session: Reader, practitioner_id: UUID, clinic_id: UUID
) -> list[PractitionerAssignmentRow]:
    """A practitioner's assignments to one clinic."""
    assignment = PractitionerAssignmentRow
    query = select(*columns(assignment)).where(
        col(assignment.clinic_id) == clinic_id, col(assignment.practitioner_id) == practitioner_id
    )
    return await fetch(session, assignment, query)


async def assignments_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, PractitionerAssignmentRow]:
    rows = await fetch_among(
        session,
        PractitionerAssignmentRow,
        PractitionerAssignmentRow.id,
        ids,
        scope,
        PractitionerAssignmentRow.clinic_id,
    )
    return keyed(rows)


async def working_hours_by_clinic(
    session: Reader, clinic_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[WorkingHoursRow]]:
    """Each clinic's working hours, those of practitioners whose assignment ended too."""
    hours = WorkingHoursRow
    query = (
        select(*columns(hours))
        .where(among(col(hours.clinic_id), clinic_ids), scope.where(hours.clinic_id))
        .order_by(col(hours.clinic_id), col(hours.weekday), col(hours.starts), col(hours.id))
    )
    return grouped(await fetch(session, hours, query), "clinic_id")


async def working_hours_by_practitioner(
    session: Reader, practitioner_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[WorkingHoursRow]]:
    """Each practitioner's week in the clinics in scope."""
    hours = WorkingHoursRow
    query = (
        select(*columns(hours))
        .where(among(col(hours.practitioner_id), practitioner_ids), scope.where(hours.clinic_id))
        .order_by(col(hours.practitioner_id), col(hours.weekday), col(hours.starts), col(hours.id))
    )
    return grouped(await fetch(session, hours, query), "practitioner_id")


def _about(
    model: type[CredentialRow] | type[CertificationRow] | type[TimeOffRow],
    practitioner_ids: Sequence[UUID],
    scope: Scope,
) -> Select[Any]:
    return select(*columns(model)).where(
        among(col(model.practitioner_id), practitioner_ids),
        _assigned_in(scope, model.practitioner_id),
    )


async def time_off_by_practitioner(
    session: Reader,
    practitioner_ids: Sequence[UUID],
    scope: Scope,
    during: Interval | None = None,
) -> Mapping[UUID, list[TimeOffRow]]:
    """Each practitioner's time off that overlaps `during`; without it, what has not passed."""
    query = _about(TimeOffRow, practitioner_ids, scope)
    query = query.where(
        col(TimeOffRow.ends_at) > (during.start if during else func.clock_timestamp())
    )
    if during:
        query = query.where(col(TimeOffRow.starts_at) < during.end)
    query = query.order_by(col(TimeOffRow.practitioner_id), col(TimeOffRow.ends_at))
    return grouped(await fetch(session, TimeOffRow, query), "practitioner_id")


async def time_off_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, TimeOffRow]:
    query = select(*columns(TimeOffRow)).where(
        among(col(TimeOffRow.id), ids), _assigned_in(scope, TimeOffRow.practitioner_id)
    )
    return keyed(await fetch(session, TimeOffRow, query))


async def credentials_by_practitioner(
    session: Reader, practitioner_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[CredentialRow]]:
    query = _about(CredentialRow, practitioner_ids, scope).order_by(
        col(CredentialRow.practitioner_id), col(CredentialRow.id)
    )
    return grouped(await fetch(session, CredentialRow, query), "practitioner_id")


async def credentials_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, CredentialRow]:
    query = select(*columns(CredentialRow)).where(
        among(col(CredentialRow.id), ids), _assigned_in(scope, CredentialRow.practitioner_id)
    )
    return keyed(await fetch(session, CredentialRow, query))


async def certifications_by_practitioner(
    session: Reader, practitioner_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[CertificationRow]]:
    query = _about(CertificationRow, practitioner_ids, scope).order_by(
        col(CertificationRow.practitioner_id), col(CertificationRow.id)
    )
    return grouped(await fetch(session, CertificationRow, query), "practitioner_id")


async def certifications_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, CertificationRow]:
    query = select(*columns(CertificationRow)).where(
        among(col(CertificationRow.id), ids), _assigned_in(scope, CertificationRow.practitioner_id)
    )
    return keyed(await fetch(session, CertificationRow, query))


async def scope_rules(session: Reader) -> list[ScopeRuleRow]:
    """All that HQ verified: what the calendar asks."""
    return await fetch(session, ScopeRuleRow, select(*columns(ScopeRuleRow)))


async def scope_rule(
    session: Reader, jurisdiction_code: str, credential_type: CredentialType
) -> ScopeRuleRow | None:
    """What HQ verified for a credential in just this jurisdiction."""
    query = select(*columns(ScopeRuleRow)).where(
        col(ScopeRuleRow.jurisdiction_code) == jurisdiction_code,
        col(ScopeRuleRow.credential_type) == credential_type,
    )
    return await fetch_one(session, ScopeRuleRow, query)


async def scope_rules_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, ScopeRuleRow]:
    rows = await fetch_among(session, ScopeRuleRow, ScopeRuleRow.id, ids)
    return keyed(rows)


async def scope_rules_page(session: Reader, page: Page) -> list[ScopeRuleRow]:
    """A page of what HQ verified, by jurisdiction and credential."""
    query = RULES_BY_PLACE.apply(select(*columns(ScopeRuleRow)), page)
    return await fetch(session, ScopeRuleRow, query)


async def scope_rules_by_jurisdiction(
    session: Reader, codes: Sequence[str], scope: Scope
) -> Mapping[str, list[ScopeRuleRow]]:
    """Each jurisdiction's own rules; its parents' are not repeated."""
    query = (
        select(*columns(ScopeRuleRow))
        .where(among(col(ScopeRuleRow.jurisdiction_code), codes))
        .order_by(col(ScopeRuleRow.jurisdiction_code), col(ScopeRuleRow.credential_type))
    )
    return grouped(await fetch(session, ScopeRuleRow, query), "jurisdiction_code")
