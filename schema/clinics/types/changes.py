"""What the mutations of the places take and give."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import strawberry
from strawberry import relay

from schema.clinics.actions import Address as AddressValue
from schema.clinics.rules import ClinicStatus, DeviceClass, RoomKind, WeeklyInterval
from schema.clinics.types.places import (
    Clinic,
    Closure,
    Device,
    DeviceModel,
    Jurisdiction,
    Owner,
    Region,
    Room,
)
from schema.fields import By
from schema.problems import ConflictProblem, NotFoundProblem, RuleProblem


@strawberry.input(description="Which clinics.")
class ClinicFilter:
    status: ClinicStatus | None = strawberry.field(default=None, description="In this status.")
    region: By | None = strawberry.field(
        default=None, description="In this region, or in one inside it."
    )


@strawberry.input(description="A circle on the globe.")
class Near:
    latitude: float = strawberry.field(description="Degrees north, -90 to 90.")
    longitude: float = strawberry.field(description="Degrees east, -180 to 180.")
    radius_km: float = strawberry.field(description="Kilometres, 0 to 20,100.")


@strawberry.input(description="Where a clinic stands.")
class AddressInput:
    street: str = strawberry.field(description="Street and number.")
    city: str = strawberry.field(description="The town.")
    postal_code: str = strawberry.field(description="As written in the country.")
    country: str = strawberry.field(description="ISO 3166-1 alpha-2 code.")
    latitude: float = strawberry.field(description="Degrees north.")
    longitude: float = strawberry.field(description="Degrees east.")

    def value(self) -> AddressValue:
        return AddressValue(
            street=self.street,
            city=self.city,
            postal_code=self.postal_code,
            country=self.country,
            latitude=self.latitude,
            longitude=self.longitude,
        )


@strawberry.input(description="A place with laws of its own.")
class AddJurisdictionInput:
    code: str = strawberry.field(description="ISO 3166: `US`, or `US-NC`; unique.")
    name: str = strawberry.field(description="Its English name.")
    parent_code: str | None = strawberry.field(default=None, description="What it is part of.")


@strawberry.input(description="A part of the territory.")
class AddRegionInput:
    code: str = strawberry.field(description="2 to 40 of A-Z, 0-9 and -; unique.")
    name: str = strawberry.field(description="Its name.")
    parent: By | None = strawberry.field(default=None, description="The region around it.")


@strawberry.input(description="A legal entity.")
class AddOwnerInput:
    code: str = strawberry.field(description="2 to 40 of A-Z, 0-9 and -; unique.")
    name: str = strawberry.field(description="Its legal name.")
    country: str = strawberry.field(description="ISO 3166-1 alpha-2 code of its seat.")
    tax_number: str = strawberry.field(description="As on its invoices.")
    invoice_prefix: str = strawberry.field(description="How its invoices' numbers begin.")


@strawberry.input(description="A clinic to be.")
class PlanClinicInput:
    code: str = strawberry.field(description="2 to 40 of A-Z, 0-9 and -; unique.")
    name: str = strawberry.field(description="Its name.")
    region: By = strawberry.field(description="The region it is in.")
    owner: By = strawberry.field(description="Its first owner.")
    owned_from: date = strawberry.field(description="The owner's first day.")
    jurisdiction_code: str = strawberry.field(description="Whose law holds there, ISO 3166.")
    time_zone: str = strawberry.field(description="IANA name, for example `Europe/London`.")
    currency: str = strawberry.field(description="ISO 4217 code of all its prices.")
    address: AddressInput = strawberry.field(description="Where it stands.")
    phone: str | None = strawberry.field(default=None, description="How to call it.")


@strawberry.input(description="The next status of a clinic.")
class ChangeClinicStatusInput:
    clinic: By = strawberry.field(description="Which clinic.")
    status: ClinicStatus = strawberry.field(description="The status it takes.")


@strawberry.input(description="A new owner of a clinic.")
class TransferClinicInput:
    clinic: By = strawberry.field(description="Which clinic.")
    owner: By = strawberry.field(description="Whose it becomes.")
    from_on: date = strawberry.field(description="The new owner's first day.")


@strawberry.input(description="An interval of the week.")
class OpeningHoursInput:
    weekday: int = strawberry.field(description="0 is Monday, 6 is Sunday.")
    opens: int = strawberry.field(description="Minutes after local midnight, multiples of 5.")
    closes: int = strawberry.field(
        description="Minutes after local midnight; at or before `opens`: on the next day."
    )

    def value(self) -> WeeklyInterval:
        return WeeklyInterval(self.weekday, self.opens, self.closes)


@strawberry.input(description="The week of a clinic.")
class SetOpeningHoursInput:
    clinic: By = strawberry.field(description="Which clinic.")
    hours: list[OpeningHoursInput] = strawberry.field(
        description="The whole week; what was set before is replaced. Empty: never open."
    )


@strawberry.input(description="Days to close on.")
class AddClosureInput:
    clinic: By = strawberry.field(description="Which clinic.")
    from_on: date = strawberry.field(description="The first day.")
    to_on: date = strawberry.field(description="The last day, included.")
    reason: str = strawberry.field(description="Why, in words for clients.")


@strawberry.input(description="A closure to undo.")
class RemoveClosureInput:
    id: relay.GlobalID = strawberry.field(description="The closure's id.")


@strawberry.input(description="A room.")
class AddRoomInput:
    clinic: By = strawberry.field(description="Which clinic.")
    code: str = strawberry.field(description="2 to 40 of A-Z, 0-9 and -; unique in the clinic.")
    name: str = strawberry.field(description="Its name.")
    room_kind: RoomKind = strawberry.field(description="What it is fit for.")


@strawberry.input(description="What a maker sells.")
class AddDeviceModelInput:
    code: str = strawberry.field(description="2 to 40 of A-Z, 0-9 and -; unique.")
    name: str = strawberry.field(description="The maker's name for it.")
    maker: str = strawberry.field(description="Who makes it.")
    device_class: DeviceClass = strawberry.field(description="What it does.")
    greatest_depth_mm: Decimal | None = strawberry.field(
        default=None, description="How deep its needles go; null where it has none."
    )
    certification_required: bool = strawberry.field(
        default=False, description="Whether only those certified for this model may use it."
    )


@strawberry.input(description="One piece of a device model.")
class AddDeviceInput:
    clinic: By = strawberry.field(description="Which clinic.")
    code: str = strawberry.field(description="2 to 40 of A-Z, 0-9 and -; unique in the clinic.")
    model: By = strawberry.field(description="What it is a piece of.")
    serial_number: str = strawberry.field(description="The maker's number on the piece.")
    service_due_on: date | None = strawberry.field(
        default=None, description="From this day on it may not be used; null: not serviced."
    )


@strawberry.input(description="A service of a device.")
class RecordDeviceServiceInput:
    device: By = strawberry.field(
        description="Which device; as `code` goes the clinic's and its own: `RALEIGH/PEN-1`."
    )
    service_due_on: date = strawberry.field(description="When it is due again.")


AddJurisdictionResult = Annotated[
    Jurisdiction | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("AddJurisdictionResult", description="The jurisdiction, or what is wrong."),
]
AddRegionResult = Annotated[
    Region | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("AddRegionResult", description="The region, or what is wrong."),
]
AddOwnerResult = Annotated[
    Owner | RuleProblem | ConflictProblem | NotFoundProblem,
    strawberry.union("AddOwnerResult", description="The owner, or what is wrong."),
]
PlanClinicResult = Annotated[
    Clinic | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("PlanClinicResult", description="The clinic, or what is wrong."),
]
ClinicChangeResult = Annotated[
    Clinic | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("ClinicChangeResult", description="The changed clinic, or what is wrong."),
]
ClosureResult = Annotated[
    Closure | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("ClosureResult", description="The closure, or what is wrong."),
]
AddRoomResult = Annotated[
    Room | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("AddRoomResult", description="The room, or what is wrong."),
]
AddDeviceModelResult = Annotated[
    DeviceModel | RuleProblem | ConflictProblem | NotFoundProblem,
    strawberry.union("AddDeviceModelResult", description="The device model, or what is wrong."),
]
DeviceResult = Annotated[
    Device | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("DeviceResult", description="The device, or what is wrong."),
]
