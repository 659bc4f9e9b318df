"""The versions that clinics were pinned to, and what they left behind with each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import and_, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlmodel import col
from sqlmodel import select as entities
from sqlmodel.ext.asyncio.session import AsyncSession

from schema.base import Reader, among, columns, execute, fetch, fetch_among, fetch_one
from schema.paging import Order, Page, keyed, page_of
from schema.protocols.models import (
    ClinicProtocolOverrideRow,
    ClinicProtocolPinRow,
    ClinicProtocolRow,
)
from schema.protocols.rules import Value
from schema.protocols.rules.pins import returns_to
from schema.scope import Scope

Adopted, Override, Pin = ClinicProtocolRow, ClinicProtocolOverrideRow, ClinicProtocolPinRow

PINS_NEWEST_FIRST = Order.by(col(Pin.number), descending=True)

NOTHING = literal_column("'{}'::jsonb", JSONB)


@dataclass(frozen=True, slots=True)
class OverrideLeft:
    """A field that a clinic had set for itself when it left a version."""

    path: str
    value: int | bool | str | None
    reason: str
    set_by: UUID | None
    set_at: datetime


LEFT = TypeAdapter(tuple[OverrideLeft, ...])


def left_behind(overrides: Iterable[ClinicProtocolOverrideRow]) -> list[dict[str, Any]]:
    """Overrides as the pin that a clinic leaves keeps them, by path."""
    found: list[dict[str, Any]] = LEFT.dump_python(
        tuple(
            OverrideLeft(each.path, each.value, each.reason, each.set_by, each.set_at)
            for each in sorted(overrides, key=lambda each: each.path)
        ),
        mode="json",
    )
    return found


def overrides_left(stored: Sequence[dict[str, Any]] | None) -> tuple[OverrideLeft, ...]:
    """The overrides that a pin keeps; none while the clinic is on its version."""
    return LEFT.validate_python(stored or ())


def own_values_of(clinic_id: Any, clinic_protocol_id: Any) -> Any:
    """The clinic's own values by path, as they are now: a subquery for rows of an adoption."""
    values = func.jsonb_object_agg(col(Override.path), col(Override.value))
    mine = and_(
        col(Override.clinic_id) == clinic_id, col(Override.clinic_protocol_id) == clinic_protocol_id
    )
    return select(func.coalesce(values, NOTHING)).where(mine).scalar_subquery()


async def pins_by_clinic_protocol(
    session: Reader, ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[ClinicProtocolPinRow]]:
    """What each adoption is and was pinned to, the newest first."""
    return await page_of(
        session, Pin, Pin.clinic_protocol_id, ids, scope, Pin.clinic_id, PINS_NEWEST_FIRST, page
    )


async def pins_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, ClinicProtocolPinRow]:
    rows = await fetch_among(session, Pin, Pin.id, ids, scope, Pin.clinic_id)
    return keyed(rows)


async def pin_left(session: Reader, adoption: ClinicProtocolRow) -> ClinicProtocolPinRow | None:
    """The pin that going back returns to; None where the clinic stands on what it adopted."""
    query = (
        select(*columns(Pin))
        .where(col(Pin.clinic_id) == adoption.clinic_id, col(Pin.clinic_protocol_id) == adoption.id)
        .order_by(col(Pin.number))
    )
    return returns_to(await fetch(session, Pin, query))


async def present_pin_to_change(
    session: AsyncSession, adoption: ClinicProtocolRow
) -> ClinicProtocolPinRow:
    """The pin that an adoption is on, as an entity of the session."""
    query = entities(Pin).where(
        col(Pin.clinic_id) == adoption.clinic_id,
        col(Pin.clinic_protocol_id) == adoption.id,
        col(Pin.left_at).is_(None),
    )
    return (await session.exec(query)).one()


async def own_values_of_version(
    session: Reader, keys: Sequence[tuple[UUID, UUID]], scope: Scope
) -> Mapping[tuple[UUID, UUID], Mapping[str, Value]]:
    """A clinic's own values under versions that it is or was pinned to: one SELECT.

    By (adoption, version). Under the version it is pinned to: what it sets by now; under an earlier
    one: what it left behind when it last left it. A version that it never was on is not there.
    """
    wanted = set(keys)
    query = (
        select(
            col(Pin.clinic_protocol_id),
            col(Pin.version_id),
            col(Pin.left_at),
            col(Pin.overrides),
            own_values_of(Pin.clinic_id, Pin.clinic_protocol_id).label("own"),
        )
        .ext(distinct_on(col(Pin.clinic_protocol_id), col(Pin.version_id)))
        .where(
            among(col(Pin.clinic_protocol_id), {adoption for adoption, _ in wanted}),
            among(col(Pin.version_id), {version for _, version in wanted}),
            scope.where(Pin.clinic_id),
        )
        .order_by(col(Pin.clinic_protocol_id), col(Pin.version_id), col(Pin.number).desc())
    )
    found: dict[tuple[UUID, UUID], Mapping[str, Value]] = {}
    for row in await execute(session, query):
        left = {each.path: each.value for each in overrides_left(row.overrides)}
        found[row.clinic_protocol_id, row.version_id] = row.own if row.left_at is None else left
    return {key: values for key, values in found.items() if key in wanted}


async def lock_adoption_shared(
    session: Reader, scope: Scope, clinic_protocol_id: UUID
) -> ClinicProtocolRow | None:
    """The adoption as it is now, if in scope; nobody upgrades or changes it until the transaction
    ends, while others may sell and book under it as well.

    What is read of it afterwards is what holds; what was read before may be out of date.
    """
    query = (
        select(*columns(Adopted))
        .where(col(Adopted.id) == clinic_protocol_id, scope.where(Adopted.clinic_id))
        .with_for_update(read=True)
    )
    return await fetch_one(session, Adopted, query)
