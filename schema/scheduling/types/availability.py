"""Where and when a protocol is free, as GraphQL asks for it and shows it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

import strawberry

from schema.access.rules import Permission
from schema.clinics.rules import InvalidPlace, check_place
from schema.clinics.store import clinics_by_id
from schema.clinics.types.changes import Near
from schema.clinics.types.places import Clinic
from schema.errors import BadRequest, RuleViolation
from schema.fields import By, Reads, described, link
from schema.intervals import Interval
from schema.paging import MOST_FIRST
from schema.problems import RuleProblem, rule_problem
from schema.protocols.rules import Variant
from schema.protocols.types.content import VariantInput, VisitDurations
from schema.scheduling.rules import (
    Answer,
    Circle,
    Search,
    SearchMode,
    Where,
    Wish,
    check_search,
)

TWO_WEEKS = timedelta(days=14)

described(
    SearchMode,
    "Which starts are asked for.",
    {
        SearchMode.ALL: "Every start; clinics by code, or the nearest first.",
        SearchMode.EARLIEST: "The first start of each clinic, or the first `limitPerClinic`; the"
        " clinic that is free first on top.",
    },
)


@strawberry.input(one_of=True, description="Which clinics, of those that you may see.")
class WhereInput:
    clinics: list[By] | None = strawberry.field(
        default=strawberry.UNSET, description="These: at most 100."
    )
    region: By | None = strawberry.field(
        default=strawberry.UNSET, description="Those in a region, or in one inside it."
    )
    near: Near | None = strawberry.field(
        default=strawberry.UNSET, description="Those within a circle; the nearest come first."
    )

    def value(self) -> Where:
        """Raises: BadRequest."""
        if self.near:
            return Where(circle=_circle(self.near))
        if self.region:
            return Where(region=self.region.key("Region", "region"))
        named = self.clinics or []
        if len(named) > MOST_FIRST:
            raise BadRequest(f"At most {MOST_FIRST} clinics at once.")
        return Where(clinics=tuple(each.key("Clinic", "clinic") for each in named))


def _circle(near: Near) -> Circle:
    try:
        check_place(near.latitude, near.longitude)
    except InvalidPlace as error:
        raise BadRequest(error.message) from error
    return Circle(near.latitude, near.longitude, near.radius_km)


@strawberry.input(description="What a client comes for.")
class VisitInput:
    protocol: By = strawberry.field(
        description="The template by code or id, or by id what a clinic adopted of it."
    )
    areas: list[str] = strawberry.field(
        default_factory=list,
        description="Keys of the areas to treat; empty only where the protocol has none.",
    )
    variant: VariantInput | None = strawberry.field(
        default=None, description="What for and how deep; null: usual."
    )
    add_ons: list[str] = strawberry.field(
        default_factory=list, description="Keys of the add-ons, for example `PRP`."
    )

    def wish(self) -> Wish:
        """Raises: NotFound for an id of something else."""
        kind = self.protocol.id.type_name if self.protocol.id else ""
        adopted = kind == "ClinicProtocol"
        return Wish(
            protocol=self.protocol.key(
                "ClinicProtocol" if adopted else "ProtocolTemplate", "protocol"
            ),
            areas=tuple(self.areas),
            variant=self.variant.value() if self.variant else Variant(),
            add_ons=tuple(self.add_ons),
        )


@strawberry.input(description="Where, for what, and from when to when.")
class AvailabilityInput:
    where: WhereInput | None = strawberry.field(
        default=None, description="In which clinics; for a course left out: in its own."
    )
    visit: VisitInput | None = strawberry.field(
        default=None, description="For what, as clinics offer it. Either this or `course`."
    )
    course: By | None = strawberry.field(
        default=None,
        description="For the next visit of a course, as it was sold. How long skin heals first is"
        " not looked at: see the course's `nextSession`. Requires `courses:read` as well.",
    )
    from_: datetime | None = strawberry.field(
        default=None,
        name="from",
        description="The first start wanted; what has passed is left out. Null: now.",
    )
    to: datetime | None = strawberry.field(
        default=None,
        description="Starts before it; at most 62 days later. Null: two weeks after `from`.",
    )
    step_minutes: int = strawberry.field(
        default=15,
        description="Minutes between starts, from each local midnight of the clinic: a multiple of"
        " 5, at most 1440.",
    )
    mode: SearchMode = strawberry.field(default=SearchMode.ALL, description="Which starts.")
    limit_per_clinic: int | None = strawberry.field(
        default=None, description="How many starts at most; null: as `mode` says."
    )

    def wanted(self) -> tuple[WhereInput, VisitInput] | By:
        """Where and what is looked for, or the course. Raises: BadRequest."""
        match self.where, self.visit, self.course:
            case None, None, By() as course:
                return course
            case WhereInput() as where, VisitInput() as visit, None:
                return where, visit
        raise BadRequest("Ask for a `visit` and `where`, or for a `course` alone.")

    def search(self, now: datetime) -> Search:
        """Raises: BadRequest."""
        start = self.from_ or now
        window = Interval(start, self.to or start + TWO_WEEKS)
        search = Search(window, self.step_minutes, self.mode, self.limit_per_clinic)
        try:
            check_search(search)
        except RuleViolation as error:
            raise BadRequest(error.message) from error
        return search


@strawberry.type(description="When a visit is free in one clinic.")
class ClinicAvailability:
    clinic_id: strawberry.Private[UUID]
    answer: strawberry.Private[Answer]
    time_zone: str = strawberry.field(description="The clinic's IANA zone, to show starts in.")
    starts: list[datetime] = strawberry.field(description="The free starts, ascending, in UTC.")
    problem: RuleProblem | None = strawberry.field(
        description="Why there is none whatever the time: the clinic's protocol is not for this."
    )
    clinic: Clinic | None = link(
        clinics_by_id,
        key="clinic_id",
        of=Clinic.of,
        reads=Permission.CLINICS_READ,
        describe="Where.",
    )

    @strawberry.field(extensions=[Reads(Permission.PROTOCOLS_READ)])
    async def durations(self) -> VisitDurations | None:
        """How long the visit takes there; null where there is a problem."""
        return cast("VisitDurations | None", self.answer.offer.durations)

    @classmethod
    def of(cls, answer: Answer) -> "ClinicAvailability":
        offer = answer.offer
        return cls(
            clinic_id=offer.clinic_id,
            answer=answer,
            time_zone=offer.time_zone,
            starts=answer.starts,
            problem=rule_problem(offer.problem) if offer.problem else None,
        )


@strawberry.type(description="Where and when a visit is free. Nothing of it is reserved.")
class Availability:
    as_of: datetime = strawberry.field(
        description="As of when; what was booked since is not in it: book to be sure."
    )
    clinics: list[ClinicAvailability] = strawberry.field(
        description="The live clinics that offer the protocol, at most 1,000."
    )

    @classmethod
    def of(cls, as_of: datetime, answers: Sequence[Answer]) -> "Availability":
        return cls(as_of=as_of, clinics=[ClinicAvailability.of(each) for each in answers])
