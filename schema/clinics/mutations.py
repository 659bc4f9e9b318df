import strawberry

from schema.access.rules import Permission
from schema.clinics import actions
from schema.clinics.types import changes as change
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
from schema.context import Info
from schema.fields import By, Writes, key_of


def clinic_key(by: By) -> actions.Key:
    return by.key("Clinic", "clinic")


@strawberry.type
class ClinicMutations:
    @strawberry.mutation(extensions=[Writes(Permission.CLINICS_MANAGE)])
    async def add_jurisdiction(
        self, info: Info, input: change.AddJurisdictionInput
    ) -> change.AddJurisdictionResult:
        """Add a place with laws of its own; what is legal there is set by other mutations."""
        row = await actions.add_jurisdiction(
            info.context.work, code=input.code, name=input.name, parent_code=input.parent_code
        )
        return Jurisdiction.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.CLINICS_MANAGE)])
    async def add_region(self, info: Info, input: change.AddRegionInput) -> change.AddRegionResult:
        """Add a region, inside another or at the top."""
        parent = input.parent.key("Region", "region") if input.parent else None
        row = await actions.add_region(
            info.context.work, code=input.code, name=input.name, parent=parent
        )
        return Region.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.CLINICS_MANAGE)])
    async def add_owner(self, info: Info, input: change.AddOwnerInput) -> change.AddOwnerResult:
        """Add a legal entity that can own clinics."""
        row = await actions.add_owner(
            info.context.work,
            code=input.code,
            name=input.name,
            country=input.country,
            tax_number=input.tax_number,
            invoice_prefix=input.invoice_prefix,
        )
        return Owner.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.CLINICS_MANAGE)])
    async def plan_clinic(
        self, info: Info, input: change.PlanClinicInput
    ) -> change.PlanClinicResult:
        """Plan a clinic, with its first owner; `changeClinicStatus` opens it."""
        row = await actions.plan_clinic(
            info.context.work,
            code=input.code,
            name=input.name,
            region=input.region.key("Region", "region"),
            owner=input.owner.key("Owner", "owner"),
            owned_from=input.owned_from,
            jurisdiction_code=input.jurisdiction_code,
            time_zone=input.time_zone,
            currency=input.currency,
            address=input.address.value(),
            phone=input.phone,
        )
        return Clinic.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.CLINICS_MANAGE)])
    async def change_clinic_status(
        self, info: Info, input: change.ChangeClinicStatusInput
    ) -> change.ClinicChangeResult:
        """Move a clinic on to its next status."""
        row = await actions.change_clinic_status(
            info.context.work, clinic=clinic_key(input.clinic), status=input.status
        )
        return Clinic.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.CLINICS_MANAGE)])
    async def transfer_clinic(
        self, info: Info, input: change.TransferClinicInput
    ) -> change.ClinicChangeResult:
        """Give a clinic a new owner from a day on; the present one's period ends the day before."""
        row = await actions.transfer_clinic(
            info.context.work,
            clinic=clinic_key(input.clinic),
            owner=input.owner.key("Owner", "owner"),
            from_on=input.from_on,
        )
        return Clinic.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.CLINICS_OPERATE)])
    async def set_opening_hours(
        self, info: Info, input: change.SetOpeningHoursInput
    ) -> change.ClinicChangeResult:
        """Replace the week of a clinic."""
        row = await actions.set_opening_hours(
            info.context.work,
            clinic=clinic_key(input.clinic),
            week=[each.value() for each in input.hours],
        )
        return Clinic.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.CLINICS_OPERATE)])
    async def add_closure(self, info: Info, input: change.AddClosureInput) -> change.ClosureResult:
        """Close a clinic on some days. What is booked on them stays booked."""
        row = await actions.add_closure(
            info.context.work,
            clinic=clinic_key(input.clinic),
            from_on=input.from_on,
            to_on=input.to_on,
            reason=input.reason,
        )
        return Closure.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.CLINICS_OPERATE)])
    async def remove_closure(
        self, info: Info, input: change.RemoveClosureInput
    ) -> change.ClosureResult:
        """Undo a closure."""
        row = await actions.remove_closure(
            info.context.work, closure_id=key_of(input.id, "Closure", "closure")
        )
        return Closure.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.CLINICS_OPERATE)])
    async def add_room(self, info: Info, input: change.AddRoomInput) -> change.AddRoomResult:
        """Add a room to a clinic."""
        row = await actions.add_room(
            info.context.work,
            clinic=clinic_key(input.clinic),
            code=input.code,
            name=input.name,
            room_kind=input.room_kind,
        )
        return Room.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.CLINICS_MANAGE)])
    async def add_device_model(
        self, info: Info, input: change.AddDeviceModelInput
    ) -> change.AddDeviceModelResult:
        """Add a device model to those that clinics may use."""
        row = await actions.add_device_model(
            info.context.work,
            code=input.code,
            name=input.name,
            maker=input.maker,
            device_class=input.device_class,
            greatest_depth_mm=input.greatest_depth_mm,
            certification_required=input.certification_required,
        )
        return DeviceModel.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.CLINICS_OPERATE)])
    async def add_device(self, info: Info, input: change.AddDeviceInput) -> change.DeviceResult:
        """Add a piece of a device model to a clinic."""
        row = await actions.add_device(
            info.context.work,
            clinic=clinic_key(input.clinic),
            code=input.code,
            model=input.model.key("DeviceModel", "device model"),
            serial_number=input.serial_number,
            service_due_on=input.service_due_on,
        )
        return Device.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.CLINICS_OPERATE)])
    async def record_device_service(
        self, info: Info, input: change.RecordDeviceServiceInput
    ) -> change.DeviceResult:
        """Record that a device was serviced, and when it is due again."""
        row = await actions.record_device_service(
            info.context.work,
            device=input.device.key("Device", "device"),
            service_due_on=input.service_due_on,
        )
        return Device.of(row)
