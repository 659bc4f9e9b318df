"""Where and when a protocol is free, as GraphQL shows it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import strawberry

from schema.access.rules import Permission
from schema.clients.rules import HoldStops
from schema.clients.store import open_holds_by_client
from schema.clients.types.holds import ClientHold
from schema.clinics.store import clinics_by_id
from schema.clinics.types.places import Clinic
from schema.context import Info
from schema.fields import Reads, link
from schema.paging import DEFAULT_FIRST, First, Page
from schema.problems import RuleProblem, rule_problem
from schema.protocols.rules import ProtocolKind
from schema.protocols.types.content import VisitDurations
from schema.scheduling.rules import Answer, ClinicCalendar, VisitOn, assigned, far_starts
from schema.scheduling.store.allowance import Allowance
from schema.scheduling.store.far import Around, calendars_around
from schema.scheduling.store.sought import prerequisites_by_visit
from schema.scheduling.types.prerequisites import Prerequisite
from schema.scheduling.types.slots import Slot, ViewerZone, local_text, zone_of

STALE_AFTER = timedelta(seconds=60)


@strawberry.type(description="When a visit is free in one clinic.")
class ClinicAvailability:
    clinic_id: strawberry.Private[UUID]
    answer: strawberry.Private[Answer]
    offered_at: strawberry.Private[datetime]
    allowance: strawberry.Private[Allowance]
    time_zone: str = strawberry.field(description="The clinic's IANA zone, to show starts in.")
    clinic: Clinic | None = link(
        clinics_by_id,
        key="clinic_id",
        of=Clinic.of,
        reads=Permission.CLINICS_READ,
        describe="Where.",
    )
    holds: list[ClientHold] | None = link(
        open_holds_by_client,
        key="held_client_id",
        of=ClientHold.of,
        many=True,
        reads=Permission.CLINICAL_READ,
        clinic="clinic_id",
        describe="What holds the client and nobody cleared, where `problem` is CONTRAINDICATED.",
    )

    prerequisites: list[Prerequisite] | None = link(
        prerequisites_by_visit,
        key="visit",
        of=Prerequisite.of,
        many=True,
        reads=Permission.PROTOCOLS_READ,
        describe="What has to come before such a treatment there, for one on the first day of the"
        " window. Where no client is named, starts are offered all the same, and booking asks.",
    )

    @property
    def visit(self) -> VisitOn | None:
        """The treatment that prerequisites are asked of."""
        offer = self.answer.offer
        offered, wish = offer.offered, offer.wish
        if offered.kind is not ProtocolKind.TREATMENT:
            return None
        first, _ = offer.days(self.answer.window)
        return VisitOn(
            self.clinic_id, offered.template_code, tuple(wish.areas), tuple(wish.add_ons), first
        )

    @property
    def held_client_id(self) -> UUID | None:
        """Whose holds are the problem, for who may read them."""
        refusal = self.answer.problem
        found: Sequence[Any] = refusal.holds if isinstance(refusal, HoldStops) else ()
        return found[0].client_id if found else None

    @strawberry.field(
        description="The free starts in UTC: ascending, or by PREFERRED the best day first. At most"
        " 50,000 in a request, of all clinics."
    )
    def starts(self) -> list[datetime]:
        return self._shown()

    @strawberry.field(
        description="The same starts as the clocks of the clinic show them, or those of the viewer:"
        " text for people, such as `2026-12-01T09:30-05:00`. To book, send what `starts`"
        " says."
    )
    def local_starts(self, viewer_zone: ViewerZone = None) -> list[str]:
        zone = zone_of(viewer_zone, self.time_zone)
        return [local_text(each, zone) for each in self._shown()]

    def _shown(self) -> list[datetime]:
        """The starts, however often a request asks to see them. Raises: BadRequest."""
        self.allowance.spend("starts shown", len(self.answer.starts))
        return self.answer.starts

    @strawberry.field(
        description="The first of the starts, each with what a booking would take now, and a token"
        " to book by. Dearer than `starts`: at most 1,000 in a request."
    )
    async def slots(self, info: Info, first: First = DEFAULT_FIRST) -> list[Slot]:
        offer, page = self.answer.offer, Page(first)
        self.allowance.spend("slots", min(page.first, len(self.answer.starts)))
        calendar = await self._far_calendar(info, page.first)
        async with self.allowance.turn:  # and others' requests have theirs between two clinics
            chosen = list(assigned(self.answer, page.first, calendar))
        return [Slot.of(each, offer, self.offered_at) for each in chosen]

    @strawberry.field(
        description="How far from the middle of the circle; null where none was asked for."
    )
    def distance_km(self) -> float | None:
        distance = self.answer.offer.distance_km
        return None if distance is None else round(distance, 3)

    @strawberry.field(
        description="Why there is none, whatever is free: the clinic's protocol is not for this,"
        " nobody there may do it, or the client may not come. Of what other clinics"
        " found it says NOT_YET."
    )
    def problem(self) -> RuleProblem | None:
        refusal = self.answer.problem
        return rule_problem(refusal) if refusal else None

    @strawberry.field(
        description="From when on starts need no attestation of pre-care; null where there is none"
        " to keep."
    )
    def pre_care_from(self) -> datetime | None:
        return self.answer.pre_care_from

    @strawberry.field(
        description="The best day for the client's next visit, in the clinic's own days; null where"
        " it does not matter, or nobody knows."
    )
    def preferred_on(self) -> date | None:
        guest = self.answer.offer.guest
        return guest.preferred_on if guest else None

    @strawberry.field(extensions=[Reads(Permission.PROTOCOLS_READ)])
    def durations(self) -> VisitDurations | None:
        """How long the visit takes there; null where the protocol is not for it."""
        return cast("VisitDurations | None", self.answer.offer.durations)

    async def _far_calendar(self, info: Info, first: int) -> ClinicCalendar | None:
        far = far_starts(self.answer, first)
        if not far:
            return None
        key = Around(self.clinic_id, min(far), max(far))
        return await info.context.load(calendars_around, key, Permission.AVAILABILITY_READ)

    @classmethod
    def of(cls, answer: Answer, now: datetime, allowance: Allowance) -> "ClinicAvailability":
        offer = answer.offer
        return cls(
            clinic_id=offer.clinic_id,
            answer=answer,
            offered_at=now,
            allowance=allowance,
            time_zone=offer.time_zone,
        )


@strawberry.type(
    description="Where and when a visit is free. Nothing of it is reserved. What is held is not"
    " free, whoever holds it: book what you hold by its `SlotHold`."
)
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
    def of(
        cls, as_of: datetime, answers: Sequence[Answer], now: datetime, allowance: Allowance
    ) -> "Availability":
        return cls(
            as_of=as_of,
            stale_after=as_of + STALE_AFTER,
            clinics=[ClinicAvailability.of(each, now, allowance) for each in answers],
        )
