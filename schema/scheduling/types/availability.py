"""Where and when a protocol is free, as GraphQL shows it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import strawberry

from schema.access.rules import Permission
from schema.clients.models import ClientHoldRow
from schema.clients.rules import HoldStops
from schema.clients.types.holds import ClientHold
from schema.clinics.rules import UnknownTimeZone, check_time_zone
from schema.clinics.store import clinics_by_id
from schema.clinics.types.places import Clinic
from schema.errors import BadRequest
from schema.fields import Reads, link
from schema.problems import RuleProblem, rule_problem
from schema.protocols.types.content import VisitDurations
from schema.scheduling.rules import Answer

STALE_AFTER = timedelta(seconds=60)

ViewerZone = Annotated[
    str | None,
    strawberry.argument(description="An IANA zone to say them in; null: the clinic's."),
]


def local_zone(name: str | None, clinic_zone: str) -> ZoneInfo:
    """The zone of whoever looks. Raises: BadRequest."""
    try:
        return check_time_zone(name) if name else ZoneInfo(clinic_zone)
    except UnknownTimeZone as error:
        raise BadRequest(error.message) from error


@strawberry.type(description="When a visit is free in one clinic.")
class ClinicAvailability:
    clinic_id: strawberry.Private[UUID]
    answer: strawberry.Private[Answer]
    time_zone: str = strawberry.field(description="The clinic's IANA zone, to show starts in.")
    starts: list[datetime] = strawberry.field(
        description="The free starts in UTC: ascending, or by PREFERRED the best day first."
    )
    clinic: Clinic | None = link(
        clinics_by_id,
        key="clinic_id",
        of=Clinic.of,
        reads=Permission.CLINICS_READ,
        describe="Where.",
    )

    @strawberry.field
    def local_starts(self, viewer_zone: ViewerZone = None) -> list[str]:
        """The same starts as the clocks of the clinic show them, or those of the viewer: text for
        people, such as `2026-12-01T09:30-05:00`. To book, send what `starts` says."""
        zone = local_zone(viewer_zone, self.time_zone)
        return [each.astimezone(zone).isoformat(timespec="minutes") for each in self.starts]

    @strawberry.field
    def distance_km(self) -> float | None:
        """How far from the middle of the circle; null where none was asked for."""
        distance = self.answer.offer.distance_km
        return None if distance is None else round(distance, 3)

    @strawberry.field
    def problem(self) -> RuleProblem | None:
        """Why there is none, whatever is free: the clinic's protocol is not for this, nobody there
        may do it, or the client may not come. Of what other clinics found it says NOT_YET."""
        refusal = self.answer.problem
        return rule_problem(refusal) if refusal else None

    @strawberry.field(extensions=[Reads(Permission.CLINICAL_READ, clinic="clinic_id")])
    def holds(self) -> list[ClientHold] | None:
        """What stops the client, where `problem` is CONTRAINDICATED."""
        refusal = self.answer.problem
        found = refusal.holds if isinstance(refusal, HoldStops) else ()
        return [ClientHold.of(cast(ClientHoldRow, each)) for each in found]

    @strawberry.field
    def pre_care_from(self) -> datetime | None:
        """From when on starts need no attestation of pre-care; null where there is none to keep."""
        return self.answer.pre_care_from

    @strawberry.field
    def preferred_on(self) -> date | None:
        """The best day for the client's next visit, in the clinic's own days; null where it does
        not matter, or nobody knows."""
        guest = self.answer.offer.guest
        return guest.preferred_on if guest else None

    @strawberry.field(extensions=[Reads(Permission.PROTOCOLS_READ)])
    def durations(self) -> VisitDurations | None:
        """How long the visit takes there; null where the protocol is not for it."""
        return cast("VisitDurations | None", self.answer.offer.durations)

    @classmethod
    def of(cls, answer: Answer) -> "ClinicAvailability":
        offer = answer.offer
        return cls(
            clinic_id=offer.clinic_id,
            answer=answer,
            time_zone=offer.time_zone,
            starts=answer.starts,
        )


@strawberry.type(description="Where and when a visit is free. Nothing of it is reserved.")
class Availability:
    as_of: datetime = strawberry.field(
        description="As of when: all that was booked until then is known. What was booked since"
        " need not be in it: book to be sure, or ask for `fresh`."
    )
    stale_after: datetime = strawberry.field(description="Ask again after this.")
    clinics: list[ClinicAvailability] = strawberry.field(
        description="The live clinics that offer the protocol, at most 1,000."
    )

    @classmethod
    def of(cls, as_of: datetime, answers: Sequence[Answer]) -> "Availability":
        return cls(
            as_of=as_of,
            stale_after=as_of + STALE_AFTER,
            clinics=[ClinicAvailability.of(each) for each in answers],
        )
