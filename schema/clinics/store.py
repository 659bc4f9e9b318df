"""Every SELECT of the places. Root lists take the scope, batch functions keys and the scope."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, Select, and_, case, func, or_, select, true
from sqlmodel import col

from schema.base import Reader, among, columns, fetch, fetch_among, fetch_one, named
from schema.clinics.models import (
    ClinicOwnershipRow,
    ClinicRow,
    ClosureRow,
    DeviceModelRow,
    DeviceRow,
    JurisdictionRow,
    OpeningHoursRow,
    OwnerRow,
    RegionRow,
    RoomRow,
)
from schema.clinics.rules import ClinicStatus
from schema.paging import Order, Page, grouped, keyed, page_of
from schema.scope import Scope
from schema.statements import built_once

BY_CODE = Order.by(col(ClinicRow.code))
ROOMS_BY_CODE = Order.by(col(RoomRow.code))
DEVICES_BY_CODE = Order.by(col(DeviceRow.code))
MODELS_BY_CODE = Order.by(col(DeviceModelRow.code))
JURISDICTIONS_BY_CODE = Order.by(col(JurisdictionRow.code))
OWNERS_BY_CODE = Order.by(col(OwnerRow.code))
REGIONS_BY_CODE = Order.by(col(RegionRow.code))

EARTH_RADIUS_KM = 6371.0088


async def clinics(
    session: Reader,
    scope: Scope,
    page: Page,
    *,
    status: ClinicStatus | None = None,
    region: UUID | str | None = None,
) -> list[ClinicRow]:
    """A page of the clinics in scope, by code."""
    if status is None and region is None:
        return await fetch(session, ClinicRow, _clinics(scope, page))
    query = select(*columns(ClinicRow)).where(scope.where(ClinicRow.id))
    if status is not None:
        query = query.where(col(ClinicRow.status) == status)
    if region is not None:
        query = query.where(col(ClinicRow.region_id).in_(regions_within(region)))
    return await fetch(session, ClinicRow, BY_CODE.apply(query, page))


@built_once
def _clinics(scope: Scope, page: Page) -> Executable:
    return BY_CODE.apply(select(*columns(ClinicRow)).where(scope.where(ClinicRow.id)), page)


async def clinics_near(
    session: Reader,
    scope: Scope,
    latitude: float,
    longitude: float,
    radius_km: float,
    first: int,
) -> list[ClinicRow]:
    """The clinics in scope within `radius_km` on the great circle, nearest first."""
    distance = _distance_km(latitude, longitude)
    query = (
        select(*columns(ClinicRow))
        .where(scope.where(ClinicRow.id), distance <= radius_km)
        .order_by(distance, col(ClinicRow.code))
        .limit(first)
    )
    return await fetch(session, ClinicRow, query)


def _distance_km(latitude: float, longitude: float) -> ColumnElement[float]:
    here, there = func.radians(latitude), func.radians(ClinicRow.latitude)
    haversine = func.power(func.sin((there - here) / 2), 2) + func.cos(here) * func.cos(
        there
    ) * func.power(func.sin(func.radians(col(ClinicRow.longitude) - longitude) / 2), 2)
    return 2 * EARTH_RADIUS_KM * func.asin(func.sqrt(func.least(1.0, haversine)))


def regions_within(key: UUID | str) -> Select[tuple[UUID]]:
    """The ids of the region with this id or code and of all below it."""
    inside = select(col(RegionRow.id)).where(named(RegionRow, key)).cte("inside", recursive=True)
    inside = inside.union_all(
        select(col(RegionRow.id)).where(col(RegionRow.parent_id) == inside.c.id)
    )
    return select(inside.c.id)


async def clinic(session: Reader, scope: Scope, key: UUID | str) -> ClinicRow | None:
    """The clinic with this id or code, if in scope."""
    query = select(*columns(ClinicRow)).where(named(ClinicRow, key), scope.where(ClinicRow.id))
    return await fetch_one(session, ClinicRow, query)


async def clinics_named(
    session: Reader, scope: Scope, keys: Collection[UUID | str]
) -> list[ClinicRow]:
    """The clinics in scope with these ids or codes, by code."""
    query = (
        select(*columns(ClinicRow))
        .where(among_named(keys), scope.where(ClinicRow.id))
        .order_by(col(ClinicRow.code))
    )
    return await fetch(session, ClinicRow, query)


def among_named(keys: Collection[UUID | str]) -> ColumnElement[bool]:
    """The condition that a clinic has one of these ids or, in whatever case, codes."""
    ids = [each for each in keys if isinstance(each, UUID)]
    codes = [each.strip().upper() for each in keys if isinstance(each, str)]
    return or_(among(col(ClinicRow.id), ids), among(col(ClinicRow.code), codes))


async def region(session: Reader, key: UUID | str) -> RegionRow | None:
    """The region with this id or code."""
    query = select(*columns(RegionRow)).where(named(RegionRow, key))
    return await fetch_one(session, RegionRow, query)


async def owner(session: Reader, key: UUID | str) -> OwnerRow | None:
    """The owner with this id or code."""
    query = select(*columns(OwnerRow)).where(named(OwnerRow, key))
    return await fetch_one(session, OwnerRow, query)


async def jurisdiction(session: Reader, code: str) -> JurisdictionRow | None:
    """The jurisdiction with this ISO 3166 code."""
    query = select(*columns(JurisdictionRow)).where(
        col(JurisdictionRow.code) == code.strip().upper()
    )
    return await fetch_one(session, JurisdictionRow, query)


async def jurisdiction_chains(session: Reader) -> dict[str, tuple[str, ...]]:
    """Each jurisdiction's code with its parents': `US-NC` → (`US-NC`, `US`)."""
    parents = {
        row.code: row.parent_code
        for row in await fetch(session, JurisdictionRow, select(*columns(JurisdictionRow)))
    }
    chains = {}
    for code in parents:
        chain: list[str] = []
        current: str | None = code
        while current is not None and current not in chain:
            chain.append(current)
            current = parents.get(current)
        chains[code] = tuple(chain)
    return chains


async def device_model(session: Reader, key: UUID | str) -> DeviceModelRow | None:
    """The device model with this id or code."""
    query = select(*columns(DeviceModelRow)).where(named(DeviceModelRow, key))
    return await fetch_one(session, DeviceModelRow, query)


async def device_models(session: Reader, page: Page) -> list[DeviceModelRow]:
    """A page of the device models, by code."""
    query = MODELS_BY_CODE.apply(select(*columns(DeviceModelRow)), page)
    return await fetch(session, DeviceModelRow, query)


async def jurisdictions(session: Reader, page: Page) -> list[JurisdictionRow]:
    """A page of the jurisdictions, by code."""
    query = JURISDICTIONS_BY_CODE.apply(select(*columns(JurisdictionRow)), page)
    return await fetch(session, JurisdictionRow, query)


async def regions(session: Reader, page: Page) -> list[RegionRow]:
    """A page of the regions, by code."""
    query = REGIONS_BY_CODE.apply(select(*columns(RegionRow)), page)
    return await fetch(session, RegionRow, query)


async def owners(session: Reader, scope: Scope, page: Page) -> list[OwnerRow]:
    """A page of the owners that ever owned a clinic in scope, by code; for HQ, of all."""
    query = OWNERS_BY_CODE.apply(select(*columns(OwnerRow)).where(_owns(scope)), page)
    return await fetch(session, OwnerRow, query)


def _owns(scope: Scope) -> ColumnElement[bool]:
    if scope.clinic_ids is None:
        return true()
    owned = select(col(ClinicOwnershipRow.id)).where(
        col(ClinicOwnershipRow.owner_id) == OwnerRow.id,
        scope.where(ClinicOwnershipRow.clinic_id),
    )
    return owned.exists()


async def owners_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, OwnerRow]:
    query = select(*columns(OwnerRow)).where(among(col(OwnerRow.id), ids), _owns(scope))
    return keyed(await fetch(session, OwnerRow, query))


async def jurisdictions_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, JurisdictionRow]:
    rows = await fetch_among(session, JurisdictionRow, JurisdictionRow.id, ids)
    return keyed(rows)


async def clinics_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, ClinicRow]:
    rows = await fetch_among(session, ClinicRow, ClinicRow.id, ids, scope, ClinicRow.id)
    return keyed(rows)


async def regions_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, RegionRow]:
    rows = await fetch_among(session, RegionRow, RegionRow.id, ids)
    return keyed(rows)


async def jurisdictions_by_code(
    session: Reader, codes: Sequence[str], scope: Scope
) -> Mapping[str, JurisdictionRow]:
    rows = await fetch_among(session, JurisdictionRow, JurisdictionRow.code, codes)
    return keyed(rows, "code")


def today_in(clinic_id: Any) -> Any:
    """The day that it is in a row's clinic. A subquery: a join would read every clinic's zone."""
    today = today_by(ClinicRow.time_zone)
    return select(today).where(col(ClinicRow.id) == clinic_id).scalar_subquery()


def today_by(time_zone: Any) -> Any:
    """The day that it is in a time zone."""
    return func.date(func.timezone(time_zone, func.clock_timestamp()))


def has_come(day: Any, clinic_id: Any) -> ColumnElement[bool]:
    """Whether a day has begun, or passed, in a row's clinic. Where it is over everywhere, which is
    cheap to say, the clinic is not looked up."""
    return or_(day <= _utc_today() - 1, day <= today_in(clinic_id))


def has_passed(day: Any, clinic_id: Any) -> ColumnElement[bool]:
    """Whether a day is over in a row's clinic, which is looked up only where it may be."""
    return and_(day <= _utc_today(), day < today_in(clinic_id))


def _utc_today() -> Any:
    """No place is more than a day away from it. A subquery: it is looked up once a statement."""
    return select(today_by("UTC")).scalar_subquery()


async def owners_by_clinic(
    session: Reader, clinic_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, OwnerRow]:
    """Each clinic's owner of today, in the clinic's own day."""
    ownership = ClinicOwnershipRow
    today = today_in(ownership.clinic_id)
    query = (
        select(col(ownership.clinic_id), *columns(OwnerRow))
        .join(OwnerRow, col(OwnerRow.id) == ownership.owner_id)
        .where(
            among(col(ownership.clinic_id), clinic_ids),
            scope.where(ownership.clinic_id),
            col(ownership.from_on) <= today,
            or_(col(ownership.to_on).is_(None), col(ownership.to_on) >= today),
        )
    )
    return keyed(await fetch(session, OwnerRow, query), "clinic_id")


async def ownership_on(session: Reader, clinic_id: UUID, day: date) -> ClinicOwnershipRow | None:
    """The ownership in force on a day of the clinic."""
    ownership = ClinicOwnershipRow
    query = select(*columns(ownership)).where(
        col(ownership.clinic_id) == clinic_id,
        col(ownership.from_on) <= day,
        or_(col(ownership.to_on).is_(None), col(ownership.to_on) >= day),
    )
    return await fetch_one(session, ownership, query)


async def opening_hours_by_clinic(
    session: Reader, clinic_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[OpeningHoursRow]]:
    hours = OpeningHoursRow
    query = (
        select(*columns(hours))
        .where(among(col(hours.clinic_id), clinic_ids), scope.where(hours.clinic_id))
        .order_by(col(hours.clinic_id), col(hours.weekday), col(hours.opens))
    )
    return grouped(await fetch(session, hours, query), "clinic_id")


async def closures_by_clinic(
    session: Reader, clinic_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[ClosureRow]]:
    """Each clinic's closures that have not passed yet."""
    query = (
        select(*columns(ClosureRow))
        .where(
            among(col(ClosureRow.clinic_id), clinic_ids),
            scope.where(ClosureRow.clinic_id),
            col(ClosureRow.to_on) >= func.date(func.clock_timestamp()) - 1,
        )
        .order_by(col(ClosureRow.clinic_id), col(ClosureRow.to_on), col(ClosureRow.id))
    )
    return grouped(await fetch(session, ClosureRow, query), "clinic_id")


async def rooms_by_clinic(
    session: Reader, clinic_ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[RoomRow]]:
    return await page_of(
        session,
        RoomRow,
        RoomRow.clinic_id,
        clinic_ids,
        scope,
        RoomRow.clinic_id,
        ROOMS_BY_CODE,
        page,
    )


async def devices_by_clinic(
    session: Reader, clinic_ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[DeviceRow]]:
    return await page_of(
        session,
        DeviceRow,
        DeviceRow.clinic_id,
        clinic_ids,
        scope,
        DeviceRow.clinic_id,
        DEVICES_BY_CODE,
        page,
    )


async def all_rooms(
    session: Reader, clinic_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[RoomRow]]:
    """Each clinic's rooms, all of them: what the calendar is made of."""
    rows = await fetch_among(
        session, RoomRow, RoomRow.clinic_id, clinic_ids, scope, RoomRow.clinic_id
    )
    return grouped(rows, "clinic_id")


async def all_devices(
    session: Reader, clinic_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[DeviceRow]]:
    """Each clinic's devices, all of them, with their model's class and greatest depth; `asks_for`
    is the model's code where whoever uses a piece must be certified for it, else None."""
    query = (
        select(
            *columns(DeviceRow),
            col(DeviceModelRow.device_class),
            col(DeviceModelRow.greatest_depth_mm),
            case((col(DeviceModelRow.certification_required), col(DeviceModelRow.code))).label(
                "asks_for"
            ),
        )
        .join(DeviceModelRow, col(DeviceModelRow.id) == DeviceRow.device_model_id)
        .where(among(col(DeviceRow.clinic_id), clinic_ids), scope.where(DeviceRow.clinic_id))
    )
    return grouped(await fetch(session, DeviceRow, query), "clinic_id")


async def device_models_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, DeviceModelRow]:
    rows = await fetch_among(session, DeviceModelRow, DeviceModelRow.id, ids)
    return keyed(rows)


async def rooms_by_id(session: Reader, ids: Sequence[UUID], scope: Scope) -> Mapping[UUID, RoomRow]:
    rows = await fetch_among(session, RoomRow, RoomRow.id, ids, scope, RoomRow.clinic_id)
    return keyed(rows)


async def devices_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, DeviceRow]:
    rows = await fetch_among(session, DeviceRow, DeviceRow.id, ids, scope, DeviceRow.clinic_id)
    return keyed(rows)


async def rooms_by_numbers(
    session: Reader, several: Sequence[tuple[int, ...]], scope: Scope
) -> Mapping[tuple[int, ...], list[RoomRow]]:
    """The rooms with each of several sets of numbers of the calendar, in their order."""
    return await _by_numbers(session, RoomRow, several, scope)


async def devices_by_numbers(
    session: Reader, several: Sequence[tuple[int, ...]], scope: Scope
) -> Mapping[tuple[int, ...], list[DeviceRow]]:
    """The devices with each of several sets of numbers of the calendar, in their order."""
    return await _by_numbers(session, DeviceRow, several, scope)


async def _by_numbers(
    session: Reader, model: Any, several: Sequence[tuple[int, ...]], scope: Scope
) -> Mapping[tuple[int, ...], list[Any]]:
    numbers = sorted({number for numbers in several for number in numbers})
    query = select(*columns(model)).where(
        among(col(model.resource_no), numbers), scope.where(model.clinic_id)
    )
    found = keyed(await fetch(session, model, query), "resource_no")
    return {numbers: [found[each] for each in numbers if each in found] for numbers in several}


async def closures_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, ClosureRow]:
    rows = await fetch_among(session, ClosureRow, ClosureRow.id, ids, scope, ClosureRow.clinic_id)
    return keyed(rows)


def named_within(model: Any, key: UUID | str) -> ColumnElement[bool]:
    """The condition that a clinic's row has this id, or this code behind the clinic's own.

    `RALEIGH/PEN-1` is the device PEN-1 of the clinic RALEIGH.
    """
    if isinstance(key, UUID):
        condition: ColumnElement[bool] = model.id == key
        return condition
    clinic_code, _, code = key.strip().upper().partition("/")
    its_clinic = select(col(ClinicRow.id)).where(col(ClinicRow.code) == clinic_code)
    return and_(model.clinic_id == its_clinic.scalar_subquery(), model.code == code)


async def device(session: Reader, scope: Scope, key: UUID | str) -> DeviceRow | None:
    """The device with this id or code (`RALEIGH/PEN-1`), if in scope."""
    query = select(*columns(DeviceRow)).where(
        named_within(DeviceRow, key), scope.where(DeviceRow.clinic_id)
    )
    return await fetch_one(session, DeviceRow, query)
