"""Places, as GraphQL shows them."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.clinics import store
from schema.clinics.models import (
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
from schema.clinics.rules import ClinicStatus, DeviceClass, RoomKind
from schema.execution import Column, itself
from schema.fields import described, extends, identified, link, read_by_columns
from schema.paging import shape_of

described(
    ClinicStatus,
    "Where a clinic stands between plan and closure.",
    {
        ClinicStatus.PLANNED: "Decided on; not yet being set up.",
        ClinicStatus.ONBOARDING: "Being set up; not yet bookable.",
        ClinicStatus.LIVE: "Open: the only status that can be booked.",
        ClinicStatus.SUSPENDED: "Stopped for now; ask the clinic when it resumes.",
        ClinicStatus.CLOSING: "Finishes what was booked; takes nothing new.",
        ClinicStatus.CLOSED: "Closed for good.",
    },
)
described(
    RoomKind,
    "What a room is fit for.",
    {
        RoomKind.CONSULTATION: "Talks and examinations.",
        RoomKind.LABORATORY: "Preparing blood and substances.",
        RoomKind.TREATMENT: "Treatments with needles.",
    },
)
described(
    DeviceClass,
    "What a device does.",
    {
        DeviceClass.CENTRIFUGE: "Spins blood for platelet-rich plasma.",
        DeviceClass.LASER: "Treats with laser light.",
        DeviceClass.LED_PANEL: "Soothes with light after needling.",
        DeviceClass.MMP_PEN: "Microinfuses medicine into the skin.",
        DeviceClass.NEEDLE_PEN: "A motor-driven needle pen.",
        DeviceClass.NEEDLE_ROLLER: "A rolled needle device.",
        DeviceClass.NEEDLE_STAMP: "A stamped needle device.",
    },
)


@identified(store.jurisdictions_by_id, reads=Permission.CLINICS_READ)
@strawberry.type(description="A place with laws of its own.")
class Jurisdiction(relay.Node):
    id: relay.NodeID[UUID]
    code: str = strawberry.field(description="ISO 3166: a country, or a part such as `US-NC`.")
    name: str = strawberry.field(description="Its English name.")
    parent_code: str | None = strawberry.field(description="The jurisdiction that it is part of.")

    @classmethod
    def of(cls, row: JurisdictionRow) -> "Jurisdiction":
        return cls(id=row.id, code=row.code, name=row.name, parent_code=row.parent_code)


@identified(store.regions_by_id, reads=Permission.CLINICS_READ)
@strawberry.type(description="A part of the franchise's territory; regions nest.")
class Region(relay.Node):
    id: relay.NodeID[UUID]
    code: str = strawberry.field(description="Its human-readable code.")
    name: str = strawberry.field(description="Its name.")
    parent_id: strawberry.Private[UUID | None]

    @classmethod
    def of(cls, row: RegionRow) -> "Region":
        return cls(id=row.id, code=row.code, name=row.name, parent_id=row.parent_id)


@identified(store.owners_by_id, reads=Permission.CLINICS_READ)
@strawberry.type(description="A legal entity that owns clinics; it sells and keeps the records.")
class Owner(relay.Node):
    id: relay.NodeID[UUID]
    code: str = strawberry.field(description="Its human-readable code.")
    name: str = strawberry.field(description="Its legal name.")
    country: str = strawberry.field(description="ISO 3166-1 alpha-2 code of its seat.")

    @classmethod
    def of(cls, row: OwnerRow) -> "Owner":
        return cls(id=row.id, code=row.code, name=row.name, country=row.country)


@strawberry.type(description="An interval of the week in which a clinic is open, in its own zone.")
class OpeningHours:
    weekday: int = strawberry.field(description="0 is Monday, 6 is Sunday.")
    opens: int = strawberry.field(description="Minutes after local midnight.")
    closes: int = strawberry.field(
        description="Minutes after local midnight; 1440 is midnight, and an end at or before the"
        " start runs into the next day."
    )

    @classmethod
    def of(cls, row: OpeningHoursRow) -> "OpeningHours":
        return cls(weekday=row.weekday, opens=row.opens, closes=row.closes)


@identified(store.closures_by_id, reads=Permission.CLINICS_READ)
@strawberry.type(description="Days on which a clinic is closed whatever its hours say.")
class Closure(relay.Node):
    id: relay.NodeID[UUID]
    from_on: date = strawberry.field(description="The first day, in the clinic's zone.")
    to_on: date = strawberry.field(description="The last day, included.")
    reason: str = strawberry.field(description="Why, in words for clients.")

    @classmethod
    def of(cls, row: ClosureRow) -> "Closure":
        return cls(id=row.id, from_on=row.from_on, to_on=row.to_on, reason=row.reason)


@identified(store.rooms_by_id, reads=Permission.CLINICS_READ)
@read_by_columns()
@strawberry.type(description="A room of a clinic.")
class Room(relay.Node):
    id: relay.NodeID[UUID]
    code: str = strawberry.field(description="Unique in its clinic.")
    name: str = strawberry.field(description="Its name.")
    room_kind: RoomKind = strawberry.field(description="What it is fit for.")

    @classmethod
    def of(cls, row: RoomRow) -> "Room":
        return cls(id=row.id, code=row.code, name=row.name, room_kind=RoomKind(row.room_kind))


@identified(store.device_models_by_id, reads=Permission.CLINICS_READ)
@strawberry.type(description="What a maker sells; clinics have pieces of it.")
class DeviceModel(relay.Node):
    id: relay.NodeID[UUID]
    code: str = strawberry.field(description="Its human-readable code.")
    name: str = strawberry.field(description="The maker's name for it.")
    maker: str = strawberry.field(description="Who makes it.")
    device_class: DeviceClass = strawberry.field(description="What it does.")
    greatest_depth_mm: Decimal | None = strawberry.field(
        description="How deep its needles go, in millimetres; null where it has none."
    )
    certification_required: bool = strawberry.field(
        description="Whether only practitioners certified for this model may use a piece of it."
    )

    @classmethod
    def of(cls, row: DeviceModelRow) -> "DeviceModel":
        return cls(
            id=row.id,
            code=row.code,
            name=row.name,
            maker=row.maker,
            device_class=DeviceClass(row.device_class),
            greatest_depth_mm=row.greatest_depth_mm,
            certification_required=row.certification_required,
        )


@identified(store.devices_by_id, reads=Permission.CLINICS_READ)
@strawberry.type(description="One piece of a device model, in a clinic.")
class Device(relay.Node):
    id: relay.NodeID[UUID]
    model_id: strawberry.Private[UUID]
    code: str = strawberry.field(description="Unique in its clinic.")
    serial_number: str = strawberry.field(description="The maker's number on the piece.")
    service_due_on: date | None = strawberry.field(
        description="From this day on it may not be used until it was serviced."
    )
    model: DeviceModel | None = link(
        store.device_models_by_id,
        key="model_id",
        of=DeviceModel.of,
        reads=Permission.CLINICS_READ,
        describe="What it is a piece of.",
    )

    @classmethod
    def of(cls, row: DeviceRow) -> "Device":
        return cls(
            id=row.id,
            model_id=row.device_model_id,
            code=row.code,
            serial_number=row.serial_number,
            service_due_on=row.service_due_on,
        )


@read_by_columns()
@strawberry.type(description="Where a clinic stands.")
class Address:
    street: str = strawberry.field(description="Street and number.")
    city: str = strawberry.field(description="The town.")
    postal_code: str = strawberry.field(description="As written in the country.")
    country: str = strawberry.field(description="ISO 3166-1 alpha-2 code.")
    latitude: float = strawberry.field(description="Degrees north.")
    longitude: float = strawberry.field(description="Degrees east.")

    @classmethod
    def of(cls, row: ClinicRow) -> "Address":
        return cls(
            street=row.street,
            city=row.city,
            postal_code=row.postal_code,
            country=row.country,
            latitude=row.latitude,
            longitude=row.longitude,
        )


@identified(store.clinics_by_id, reads=Permission.CLINICS_READ)
@read_by_columns(address=Column(itself, shape_of(Address.of)))
@strawberry.type(description="A clinic of the franchise. Its days and hours are those of its zone.")
class Clinic(relay.Node):
    id: relay.NodeID[UUID]
    region_id: strawberry.Private[UUID]
    jurisdiction_code: strawberry.Private[str]
    code: str = strawberry.field(description="Its human-readable code.")
    name: str = strawberry.field(description="Its name.")
    status: ClinicStatus = strawberry.field(description="Only LIVE can be booked.")
    time_zone: str = strawberry.field(description="IANA name, for example `Europe/London`.")
    currency: str = strawberry.field(description="ISO 4217 code of all its prices.")
    phone: str | None = strawberry.field(description="How to call it.")
    address: Address = strawberry.field(description="Where it stands.")
    region: Region | None = link(
        store.regions_by_id,
        key="region_id",
        of=Region.of,
        reads=Permission.CLINICS_READ,
        describe="The region it is in.",
    )
    jurisdiction: Jurisdiction | None = link(
        store.jurisdictions_by_code,
        key="jurisdiction_code",
        of=Jurisdiction.of,
        reads=Permission.CLINICS_READ,
        describe="Whose law holds in it.",
    )
    owner: Owner | None = link(
        store.owners_by_clinic,
        key="id",
        of=Owner.of,
        reads=Permission.CLINICS_READ,
        describe="The legal entity that owns it today.",
    )
    opening_hours: list[OpeningHours] = link(
        store.opening_hours_by_clinic,
        key="id",
        of=OpeningHours.of,
        many=True,
        reads=Permission.CLINICS_READ,
        describe="Its week, from Monday on; empty while it has no hours.",
    )
    closures: list[Closure] = link(
        store.closures_by_clinic,
        key="id",
        of=Closure.of,
        many=True,
        reads=Permission.CLINICS_READ,
        describe="Its closures that have not passed.",
    )
    rooms: relay.Connection[Room] = link(
        store.rooms_by_clinic,
        key="id",
        of=Room.of,
        page=store.ROOMS_BY_CODE,
        reads=Permission.CLINICS_READ,
        describe="Its rooms, by code.",
    )
    devices: relay.Connection[Device] = link(
        store.devices_by_clinic,
        key="id",
        of=Device.of,
        page=store.DEVICES_BY_CODE,
        reads=Permission.CLINICS_READ,
        describe="Its devices, by code.",
    )

    @classmethod
    def of(cls, row: ClinicRow) -> "Clinic":
        return cls(
            id=row.id,
            region_id=row.region_id,
            jurisdiction_code=row.jurisdiction_code,
            code=row.code,
            name=row.name,
            status=ClinicStatus(row.status),
            time_zone=row.time_zone,
            currency=row.currency,
            phone=row.phone,
            address=Address.of(row),
        )


# A class cannot name itself in its own annotations.
extends(
    Region,
    parent=(
        Region | None,
        link(
            store.regions_by_id,
            key="parent_id",
            of=Region.of,
            reads=Permission.CLINICS_READ,
            describe="The region around it; null at the top.",
        ),
    ),
)
