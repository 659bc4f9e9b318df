"""Every SELECT about who may do what. Sign-in and authentication read as the system."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, ScalarSelect, case, func, null, or_, select, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.dialects.postgresql import UUID as UuidType
from sqlmodel import col

from schema.access.models import (
    ApiKeyRow,
    PartnerAppRow,
    PasswordRow,
    PersonRow,
    RoleAssignmentRow,
    SignInAttemptRow,
)
from schema.access.rules import GRANTED, Actor, ActorKind, Grant, Role, ScopeKind
from schema.base import Reader, among, columns, execute, fetch, fetch_among, fetch_one, named
from schema.clinics.models import ClinicOwnershipRow, ClinicRow, RegionRow
from schema.paging import Order, Page, grouped, keyed
from schema.scope import Scope
from schema.statements import built_once

PEOPLE_BY_EMAIL = Order.by(col(PersonRow.email))
APPS_BY_CODE = Order.by(col(PartnerAppRow.code))


async def person_by_email(session: Reader, email: str) -> PersonRow | None:
    query = select(*columns(PersonRow)).where(col(PersonRow.email) == email)
    return await fetch_one(session, PersonRow, query)


async def password_hash(session: Reader, person_id: UUID) -> str | None:
    """What a person's password is compared with."""
    query = select(col(PasswordRow.password_hash)).where(col(PasswordRow.person_id) == person_id)
    found: str | None = (await execute(session, query)).scalar_one_or_none()
    return found


async def person(session: Reader, key: UUID | str) -> PersonRow | None:
    """The person with this id or email."""
    if isinstance(key, str):
        return await person_by_email(session, key.strip().lower())
    query = select(*columns(PersonRow)).where(col(PersonRow.id) == key)
    return await fetch_one(session, PersonRow, query)


async def people(session: Reader, page: Page) -> list[PersonRow]:
    """A page of the people who sign in, by email."""
    query = PEOPLE_BY_EMAIL.apply(select(*columns(PersonRow)), page)
    return await fetch(session, PersonRow, query)


async def people_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, PersonRow]:
    rows = await fetch_among(session, PersonRow, PersonRow.id, ids)
    return keyed(rows)


async def failures_since(session: Reader, email_hash: str, since: datetime) -> int:
    """How many sign-ins with this address failed since."""
    attempt = SignInAttemptRow
    query = select(func.count()).where(
        col(attempt.email_hash) == email_hash, col(attempt.failed_at) > since
    )
    return int((await execute(session, query)).scalar_one())


@built_once
def _person_and_grants(column: Any, keys: Sequence[UUID | str]) -> Executable:
    """A row for each of a person's assignments, or one without a role."""
    assignment = RoleAssignmentRow
    clinics_of = {
        ScopeKind.CLINIC: array([assignment.scope_id]),
        ScopeKind.OWNER: func.array(_clinics_of_owner(assignment.scope_id)),
        ScopeKind.REGION: func.array(_clinics_in_region(assignment.scope_id)),
    }
    reached = case(
        *((col(assignment.scope_kind) == kind, ids) for kind, ids in clinics_of.items()),
        else_=null(),
    )
    return (
        select(
            col(PersonRow.id),
            col(PersonRow.name),
            col(PersonRow.deactivated_at),
            col(assignment.role),
            type_coerce(reached, ARRAY(UuidType(as_uuid=True))).label("clinic_ids"),
        )
        .outerjoin(assignment, col(assignment.person_id) == PersonRow.id)
        .where(among(column, keys))
    )


async def actor_of_person(session: Reader, key: UUID | str) -> Actor | None:
    """Who the person with this id or email is and may do today: each role with the clinics it
    reaches. None once deactivated. One SELECT."""
    if isinstance(key, UUID):
        query = _person_and_grants(PersonRow.id, [key])
    else:
        query = _person_and_grants(PersonRow.email, [key.strip().lower()])
    rows = list(await execute(session, query))
    if not rows or rows[0].deactivated_at is not None:
        return None
    return Actor(ActorKind.PERSON, rows[0].name, rows[0].id, _grants(rows))


async def grants_of_person(session: Reader, person_id: UUID) -> tuple[Grant, ...]:
    """What a person's assignments come to today: each role with the clinics it reaches."""
    return _grants(list(await execute(session, _person_and_grants(PersonRow.id, [person_id]))))


def _grants(rows: Sequence[Any]) -> tuple[Grant, ...]:
    return tuple(
        Grant(
            Role(each.role),
            GRANTED[Role(each.role)],
            None if each.clinic_ids is None else frozenset(each.clinic_ids),
        )
        for each in rows
        if each.role is not None
    )


def _clinics_in_region(region_id: Any) -> ScalarSelect[UUID]:
    """The ids of the clinics in a region and those below it."""
    inside = select(col(RegionRow.id).label("root"), col(RegionRow.id).label("id")).cte(
        "inside", recursive=True
    )
    inside = inside.union_all(
        select(inside.c.root, col(RegionRow.id)).where(col(RegionRow.parent_id) == inside.c.id)
    )
    query = select(col(ClinicRow.id)).join(inside, inside.c.id == ClinicRow.region_id)
    return query.where(inside.c.root == region_id).scalar_subquery()


def _clinics_of_owner(owner_id: Any) -> ScalarSelect[UUID]:
    """The ids of the clinics that an owner owns today, in each clinic's own day."""
    ownership = ClinicOwnershipRow
    today = func.date(func.timezone(ClinicRow.time_zone, func.clock_timestamp()))
    query = select(col(ownership.clinic_id)).join(
        ClinicRow, col(ClinicRow.id) == ownership.clinic_id
    )
    return query.where(
        col(ownership.owner_id) == owner_id,
        col(ownership.from_on) <= today,
        or_(col(ownership.to_on).is_(None), col(ownership.to_on) >= today),
    ).scalar_subquery()


async def assignments_by_person(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[RoleAssignmentRow]]:
    assignment = RoleAssignmentRow
    query = (
        select(*columns(assignment))
        .where(among(col(assignment.person_id), ids))
        .order_by(col(assignment.person_id), col(assignment.id))
    )
    return grouped(await fetch(session, assignment, query), "person_id")


async def assignments_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, RoleAssignmentRow]:
    rows = await fetch_among(session, RoleAssignmentRow, RoleAssignmentRow.id, ids)
    return keyed(rows)


async def partner_app(session: Reader, key: UUID | str) -> PartnerAppRow | None:
    """The partner app with this id or code."""
    query = select(*columns(PartnerAppRow)).where(named(PartnerAppRow, key))
    return await fetch_one(session, PartnerAppRow, query)


async def partner_apps(session: Reader, page: Page) -> list[PartnerAppRow]:
    """A page of the partner apps, by code."""
    query = APPS_BY_CODE.apply(select(*columns(PartnerAppRow)), page)
    return await fetch(session, PartnerAppRow, query)


async def partner_apps_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, PartnerAppRow]:
    rows = await fetch_among(session, PartnerAppRow, PartnerAppRow.id, ids)
    return keyed(rows)


async def api_keys_by_app(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[ApiKeyRow]]:
    query = (
        select(*columns(ApiKeyRow))
        .where(among(col(ApiKeyRow.partner_app_id), ids))
        .order_by(col(ApiKeyRow.partner_app_id), col(ApiKeyRow.id))
    )
    return grouped(await fetch(session, ApiKeyRow, query), "partner_app_id")


async def api_keys_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, ApiKeyRow]:
    rows = await fetch_among(session, ApiKeyRow, ApiKeyRow.id, ids)
    return keyed(rows)


@built_once
def _key_and_app(key_ids: Sequence[str]) -> Executable:
    app = PartnerAppRow
    return (
        select(
            *columns(ApiKeyRow),
            col(app.name).label("app_name"),
            func.clock_timestamp().label("now"),
        )
        .join(app, col(app.id) == ApiKeyRow.partner_app_id)
        .where(among(col(ApiKeyRow.key_id), key_ids))
    )


async def api_key(session: Reader, key_id: str) -> Any | None:
    """The key with this public id, whatever its state, with its app's name and the time `now`."""
    return await fetch_one(session, ApiKeyRow, _key_and_app([key_id]))
