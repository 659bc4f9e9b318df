"""A function per write: the franchise's map, and what a clinic consists of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import col

from schema.base import execute, insert
from schema.clinics import store
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
from schema.clinics.rules import (
    ClinicStatus,
    DeviceClass,
    InvalidPeriod,
    RoomKind,
    WeeklyInterval,
    check_code,
    check_device_depth,
    check_hours,
    check_period,
    check_place,
    check_status_change,
    check_time_zone,
)
from schema.context import Work
from schema.errors import Conflict, NotFound
from schema.money import check_currency

#: The id of an object, or the code that people use for it.
Key = UUID | str


@dataclass(frozen=True, slots=True)
class Address:
    """Where a clinic stands; `country` is ISO 3166-1 alpha-2, the place in degrees."""

    street: str
    city: str
    postal_code: str
    country: str
    latitude: float
    longitude: float


def code_taken(code: str) -> Conflict:
    return Conflict(f"The code {code} is taken.", field="code")


async def clinic_in_scope(work: Work, key: Key, *, field: str = "clinic") -> ClinicRow:
    """The clinic that a change names. Raises: NotFound outside the scope of the change."""
    found = await store.clinic(work.session, work.scope, key)
    if found is None:
        raise NotFound("clinic", key, field=field)
    return found


async def add_jurisdiction(
    work: Work, *, code: str, name: str, parent_code: str | None
) -> JurisdictionRow:
    """A place with laws of its own. Raises: InvalidCode, NotFound, Conflict."""
    if parent_code and await store.jurisdiction(work.session, parent_code) is None:
        raise NotFound("jurisdiction", parent_code, field="parentCode")
    row = JurisdictionRow(
        code=check_code(code), name=name, parent_code=parent_code.upper() if parent_code else None
    )
    await insert(work.session, row, taken=code_taken(row.code))
    work.record("jurisdiction.added", None, row, code=row.code)
    return row


async def add_region(work: Work, *, code: str, name: str, parent: Key | None) -> RegionRow:
    """A region, inside another or at the top. Raises: InvalidCode, NotFound, Conflict."""
    above = await store.region(work.session, parent) if parent else None
    if parent and above is None:
        raise NotFound("region", parent, field="parent")
    row = RegionRow(code=check_code(code), name=name, parent_id=above.id if above else None)
    await insert(work.session, row, taken=code_taken(row.code))
    work.record("region.added", None, row, code=row.code)
    return row


async def add_owner(
    work: Work, *, code: str, name: str, country: str, tax_number: str, invoice_prefix: str
) -> OwnerRow:
    """A legal entity. Raises: InvalidCode, Conflict."""
    row = OwnerRow(
        code=check_code(code),
        name=name,
        country=country.upper(),
        tax_number=tax_number,
        invoice_prefix=invoice_prefix,
    )
    await insert(work.session, row, taken=code_taken(row.code))
    work.record("owner.added", None, row, code=row.code)
    return row


async def plan_clinic(
    work: Work,
    *,
    code: str,
    name: str,
    region: Key,
    owner: Key,
    owned_from: date,
    jurisdiction_code: str,
    time_zone: str,
    currency: str,
    address: Address,
    phone: str | None = None,
) -> ClinicRow:
    """A clinic in status PLANNED, with its first owner.

    Raises: InvalidCode, UnknownTimeZone, UnknownCurrency, InvalidPlace, NotFound, Conflict.
    """
    check_time_zone(time_zone)
    check_place(address.latitude, address.longitude)
    within = await store.region(work.session, region)
    if within is None:
        raise NotFound("region", region, field="region")
    owned_by = await store.owner(work.session, owner)
    if owned_by is None:
        raise NotFound("owner", owner, field="owner")
    law = await store.jurisdiction(work.session, jurisdiction_code)
    if law is None:
        raise NotFound("jurisdiction", jurisdiction_code, field="jurisdictionCode")
    row = ClinicRow(
        code=check_code(code),
        name=name,
        region_id=within.id,
        jurisdiction_code=law.code,
        time_zone=time_zone,
        currency=check_currency(currency),
        street=address.street,
        city=address.city,
        postal_code=address.postal_code,
        country=address.country.upper(),
        latitude=address.latitude,
        longitude=address.longitude,
        phone=phone,
    )
    await insert(work.session, row, taken=code_taken(row.code))
    ownership = ClinicOwnershipRow(clinic_id=row.id, owner_id=owned_by.id, from_on=owned_from)
    work.session.add(ownership)
    work.record("clinic.planned", row.id, row, code=row.code, owner=owned_by.code)
    return row


async def change_clinic_status(work: Work, *, clinic: Key, status: ClinicStatus) -> ClinicRow:
    """Move a clinic on. Raises: NotFound, StatusNotReachable."""
    found = await clinic_in_scope(work, clinic)
    row = await work.session.get_one(ClinicRow, found.id, with_for_update=True)
    check_status_change(ClinicStatus(row.status), status)
    before, row.status = row.status, status
    work.record("clinic.status_changed", row.id, row, before=before, after=status)
    return row


async def transfer_clinic(work: Work, *, clinic: Key, owner: Key, from_on: date) -> ClinicRow:
    """A new owner from a day on; the present one's period ends the day before.

    Raises: NotFound, InvalidPeriod.
    """
    found = await clinic_in_scope(work, clinic)
    new_owner = await store.owner(work.session, owner)
    if new_owner is None:
        raise NotFound("owner", owner, field="owner")
    present = await store.ownership_on(work.session, found.id, from_on)
    if present is None or present.to_on is not None or present.from_on >= from_on:
        raise InvalidPeriod(
            "A transfer begins after the present owner's first day.", field="fromOn"
        )
    ending = update(ClinicOwnershipRow).where(col(ClinicOwnershipRow.id) == present.id)
    await execute(work.session, ending.values(to_on=from_on - timedelta(days=1)))
    row = ClinicOwnershipRow(clinic_id=found.id, owner_id=new_owner.id, from_on=from_on)
    work.session.add(row)
    work.record("clinic.transferred", found.id, row, owner=new_owner.code, from_on=from_on)
    return found


async def set_opening_hours(
    work: Work, *, clinic: Key, week: Sequence[WeeklyInterval]
) -> ClinicRow:
    """Replace the week of a clinic; empty is never open. Raises: NotFound, InvalidHours."""
    check_hours(week)
    found = await clinic_in_scope(work, clinic)
    row = await work.session.get_one(ClinicRow, found.id)
    await execute(
        work.session, delete(OpeningHoursRow).where(col(OpeningHoursRow.clinic_id) == row.id)
    )
    work.session.add_all(
        OpeningHoursRow(
            clinic_id=row.id, weekday=each.weekday, opens=each.opens, closes=each.closes
        )
        for each in week
    )
    work.record("clinic.hours_set", row.id, row, intervals=len(week))
    return row


async def add_closure(
    work: Work, *, clinic: Key, from_on: date, to_on: date, reason: str
) -> ClosureRow:
    """Close a clinic on some days, both included. Raises: NotFound, InvalidPeriod."""
    check_period(from_on, to_on)
    found = await clinic_in_scope(work, clinic)
    row = ClosureRow(clinic_id=found.id, from_on=from_on, to_on=to_on, reason=reason)
    work.session.add(row)
    work.record("clinic.closure_added", found.id, row, from_on=from_on, to_on=to_on)
    return row


async def remove_closure(work: Work, *, closure_id: UUID) -> ClosureRow:
    """Open again on the days of a closure. Raises: NotFound."""
    if closure_id not in await store.closures_by_id(work.session, [closure_id], work.scope):
        raise NotFound("closure", closure_id, field="id")
    row = await work.session.get_one(ClosureRow, closure_id)
    await work.session.delete(row)
    work.record("clinic.closure_removed", row.clinic_id, row)
    return row


async def add_room(
    work: Work, *, clinic: Key, code: str, name: str, room_kind: RoomKind
) -> RoomRow:
    """A room; its code is unique in the clinic. Raises: NotFound, InvalidCode, Conflict."""
    found = await clinic_in_scope(work, clinic)
    row = RoomRow(clinic_id=found.id, code=check_code(code), name=name, room_kind=room_kind)
    await insert(work.session, row, taken=code_taken(row.code))
    work.record("room.added", found.id, row, code=row.code, room_kind=room_kind)
    return row


async def add_device_model(
    work: Work,
    *,
    code: str,
    name: str,
    maker: str,
    device_class: DeviceClass,
    greatest_depth_mm: Decimal | None,
    certification_required: bool = False,
) -> DeviceModelRow:
    """What a maker sells; depths in millimetres. Where a certification is required, only whoever
    holds one for this model uses a piece of it.

    Raises: InvalidCode, InvalidDeviceDepth, Conflict.
    """
    check_device_depth(greatest_depth_mm)
    row = DeviceModelRow(
        code=check_code(code),
        name=name,
        maker=maker,
        device_class=device_class,
        greatest_depth_mm=greatest_depth_mm,
        certification_required=certification_required,
    )
    await insert(work.session, row, taken=code_taken(row.code))
    work.record(
        "device_model.added",
        None,
        row,
        code=row.code,
        certification_required=certification_required,
    )
    return row


async def add_device(
    work: Work,
    *,
    clinic: Key,
    code: str,
    model: Key,
    serial_number: str,
    service_due_on: date | None,
) -> DeviceRow:
    """One piece of a model. Raises: NotFound, InvalidCode, Conflict."""
    found = await clinic_in_scope(work, clinic)
    piece_of = await store.device_model(work.session, model)
    if piece_of is None:
        raise NotFound("device model", model, field="model")
    row = DeviceRow(
        clinic_id=found.id,
        code=check_code(code),
        device_model_id=piece_of.id,
        serial_number=serial_number,
        service_due_on=service_due_on,
    )
    taken = Conflict("The code or the serial number is taken.", field="code")
    await insert(work.session, row, taken=taken)
    work.record("device.added", found.id, row, code=row.code, model=piece_of.code)
    return row


async def record_device_service(work: Work, *, device: Key, service_due_on: date) -> DeviceRow:
    """A device was serviced, and when it is due again. Raises: NotFound."""
    found = await store.device(work.session, work.scope, device)
    if found is None:
        raise NotFound("device", device, field="device")
    row = await work.session.get_one(DeviceRow, found.id)
    row.service_due_on = service_due_on
    work.record("device.serviced", row.clinic_id, row, service_due_on=service_due_on)
    return row
