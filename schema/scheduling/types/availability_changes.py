"""What callers who watch availability are told."""

from datetime import datetime
from uuid import UUID

import strawberry

from schema.access.rules import Permission
from schema.clinics.store import clinics_by_id
from schema.clinics.types.places import Clinic
from schema.fields import link


@strawberry.type(
    description="The calendar of a clinic has changed: whatever was found free there, ask again."
)
class AvailabilityChange:
    clinic_id: strawberry.Private[UUID]
    version: int = strawberry.field(
        description="Counts what was written of this calendar. Equal to one that you know from"
        " before: nothing was written meanwhile, yet what was held may have run out."
    )
    as_of: datetime = strawberry.field(description="When that was so.")
    clinic: Clinic | None = link(
        clinics_by_id,
        key="clinic_id",
        of=Clinic.of,
        reads=Permission.CLINICS_READ,
        describe="Whose calendar it is.",
    )
