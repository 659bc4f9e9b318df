"""Why a visit cannot be booked, as GraphQL asks and shows it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import strawberry
from strawberry import relay

from schema.access.rules import Actor, ActorKind, Permission
from schema.clients.store import open_holds_by_client
from schema.clients.types.holds import ClientHold
from schema.clinics.rules import local_day
from schema.errors import BadRequest
from schema.fields import By, link
from schema.scheduling.rules import reasons as rules
from schema.scheduling.rules.booking import SoftRule
from schema.scheduling.rules.reasons import without_names
from schema.scheduling.store.why import Question, Verdict
from schema.scheduling.types.reason_codes import BlockingKind, ReasonCode
from schema.scheduling.types.searches import VisitInput

#: What is a node of its own, and what whoever reads it there holds.
NODES: dict[BlockingKind, tuple[str, tuple[Permission, ...]]] = {
    BlockingKind.APPOINTMENT: ("Appointment", (Permission.APPOINTMENTS_READ,)),
    BlockingKind.CLINIC: ("Clinic", (Permission.CLINICS_READ,)),
    BlockingKind.CLOSURE: ("Closure", (Permission.CLINICS_READ,)),
    BlockingKind.COURSE: ("Course", (Permission.COURSES_READ,)),
    BlockingKind.DEVICE: ("Device", (Permission.CLINICS_READ,)),
    BlockingKind.PRACTITIONER: ("Practitioner", (Permission.PRACTITIONERS_READ,)),
    BlockingKind.ROOM: ("Room", (Permission.CLINICS_READ,)),
    BlockingKind.SLOT_HOLD: (
        "SlotHold",
        (Permission.APPOINTMENTS_READ, Permission.APPOINTMENTS_BOOK),
    ),
    BlockingKind.TIME_OFF: ("TimeOff", (Permission.PRACTITIONERS_READ,)),
}


def _reads(actor: Actor, kind: BlockingKind, clinic_id: UUID) -> bool:
    """Whether the caller may read such a thing in the clinic. Of what a clinic works with, its
    partners learn no more than that it is taken."""
    if kind in rules.RESOURCES and actor.kind is ActorKind.PARTNER:
        return False
    _, needed = NODES.get(kind, ("", ()))
    return all(clinic_id in actor.scope(each) for each in needed)


@strawberry.type(description="A thing that stops a visit, or is behind what does.")
class Blocking:
    kind: BlockingKind = strawberry.field(description="What kind of thing it is.")
    code: str | None = strawberry.field(
        description="Its human-readable code, or what it is called; null where it has none, or you"
        " may not read it."
    )
    id: relay.GlobalID | None = strawberry.field(
        description="Its id, where it has one and you may read it."
    )

    @classmethod
    def of(cls, found: rules.Blocking | None, actor: Actor, clinic_id: UUID) -> "Blocking | None":
        if found is None:
            return None
        if not _reads(actor, found.kind, clinic_id):
            return cls(kind=found.kind, code=None, id=None)
        name, _ = NODES.get(found.kind, ("", ()))
        known = relay.GlobalID(name, str(found.id)) if name and found.id else None
        return cls(kind=found.kind, code=found.code, id=known)


@strawberry.type(
    description="Whether staff may book all the same: `bookAppointment` with the rule and a reason."
)
class ReasonOverride:
    possible: bool = strawberry.field(description="Whether anybody may set it aside.")
    rule: SoftRule | None = strawberry.field(description="The rule to name; null: nobody may.")
    requires: Permission | None = strawberry.field(
        description="What whoever does it holds in the clinic; null: nobody may."
    )
    you_may: bool = strawberry.field(description="Whether you may.")

    @classmethod
    def of(cls, rule: SoftRule | None, actor: Actor, clinic_id: UUID) -> "ReasonOverride":
        if rule is None:
            return cls(possible=False, rule=None, requires=None, you_may=False)
        needed = Permission.APPOINTMENTS_OVERRIDE
        may = clinic_id in actor.scope(needed)
        return cls(possible=True, rule=rule, requires=needed, you_may=may)


@strawberry.type(description="One reason why a visit cannot be booked.")
class Reason:
    clinic_id: strawberry.Private[UUID]
    held_client_id: strawberry.Private[UUID | None]
    code: ReasonCode = strawberry.field(description="Which.")
    message: str = strawberry.field(description="For people, in English; may change.")
    field: str | None = strawberry.field(description="Path into `input` of what it is about.")
    role: str | None = strawberry.field(
        description="What a resource would do in the visit, as the protocol's steps name it."
    )
    until: datetime | None = strawberry.field(
        description="The first start, from the one asked for on, that this reason does not stop."
        " Null: it does not end by itself, or not within the 62 days that are looked at."
    )
    until_on: date | None = strawberry.field(description="The clinic's day of `until`.")
    blocking: Blocking | None = strawberry.field(
        description="The thing that stops the visit, for example a room."
    )
    cause: Blocking | None = strawberry.field(
        description="What is behind that, for example the visit that takes the room; null where"
        " there is nothing more to say, or not to you."
    )
    override: ReasonOverride = strawberry.field(description="Whether it can be set aside, by whom.")
    holds: list[ClientHold] | None = link(
        open_holds_by_client,
        key="held_client_id",
        of=ClientHold.of,
        many=True,
        reads=Permission.CLINICAL_READ,
        clinic="clinic_id",
        describe="What holds the client and nobody cleared, where `code` is CONTRAINDICATED.",
    )

    @classmethod
    def of(cls, found: rules.Reason, verdict: Verdict, actor: Actor) -> "Reason":
        here = verdict.clinic
        cause = Blocking.of(found.cause, actor, here.id)
        if actor.kind is ActorKind.PARTNER and found.code is ReasonCode.CLIENT_BUSY:
            cause = None
        return cls(
            clinic_id=here.id,
            held_client_id=verdict.client_id if found.holds else None,
            code=found.code,
            message=found.message,
            field=found.field,
            role=found.role,
            until=found.until,
            until_on=found.until and local_day(found.until, ZoneInfo(here.time_zone)),
            blocking=Blocking.of(found.blocking, actor, here.id),
            cause=cause,
            override=ReasonOverride.of(found.rule, actor, here.id),
        )


@strawberry.type(description="Whether a visit can be booked, and if not, every reason.")
class Bookability:
    bookable: bool = strawberry.field(
        description="Whether booking would take exactly this start; of a day, whether it would take"
        " one of those that the clinic offers on it."
    )
    message: str = strawberry.field(description="The same for people, in English; may change.")
    as_of: datetime = strawberry.field(
        description="As of when: all that was booked by then, through whatever server, is in it."
    )
    reasons: list[Reason] = strawberry.field(
        description="Every reason: of resources those that would do in principle, the soonest to be"
        " free first, at most 20 for a need. Empty where it can be booked."
    )
    next_free: list[datetime] = strawberry.field(
        description="The next five starts, in UTC, from the one asked for on, that could be booked"
        " just so: within 62 days, of those that the clinic offers."
    )

    @classmethod
    def of(cls, verdict: Verdict, question: Question, actor: Actor, now: datetime) -> "Bookability":
        here, told = verdict.clinic, verdict.reasons
        hidden = {kind for kind in rules.RESOURCES if not _reads(actor, kind, here.id)}
        reasons = without_names(told, hidden) if hidden else told
        return cls(
            bookable=not told,
            message=_said(reasons, verdict, question),
            as_of=now,
            reasons=[Reason.of(each, verdict, actor) for each in reasons],
            next_free=list(verdict.next_free),
        )


def _said(reasons: Sequence[rules.Reason], verdict: Verdict, question: Question) -> str:
    """In words; a start between those that the clinic offers can be booked all the same."""
    when, step = question.when, verdict.step_minutes
    if reasons:
        return f"This cannot be booked: {reasons[0].message}"
    if isinstance(when, datetime) and step and when.astimezone(UTC) not in verdict.next_free:
        return (
            f"This start can be booked, though it is not among those that the clinic offers: they"
            f" are {step} minutes apart."
        )
    return "This can be booked."


@strawberry.input(one_of=True, description="A start, or a whole day.")
class WhyNotWhen:
    start: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Exactly this start."
    )
    day: date | None = strawberry.field(
        default=strawberry.UNSET, description="A day of the clinic, by its own clocks."
    )

    def value(self) -> datetime | date:
        if self.start:
            return self.start
        assert self.day, "one of them is given"
        return self.day


@strawberry.input(description="What is to be booked, where, for whom and when.")
class WhyNotInput:
    clinic: By = strawberry.field(description="In which clinic.")
    visit: VisitInput | None = strawberry.field(
        default=None, description="For what, as the clinic offers it. Either this or `course`."
    )
    course: By | None = strawberry.field(
        default=None,
        description="For the next visit of a course, as it was sold. Requires `courses:read` as"
        " well.",
    )
    client: By | None = strawberry.field(
        default=None,
        description="For this client; null: for anybody. Requires `clients:read`; a partner names"
        " those that it registered. Not beside a course, which has its own.",
    )
    practitioner: By | None = strawberry.field(
        default=None, description="Led by this practitioner; null: by any."
    )
    at: WhyNotWhen | None = strawberry.field(
        default=None, description="At which start, or on which day; null: today."
    )
    pre_care_attested: bool = strawberry.field(
        default=False, description="Whether the client attests the care before the visit."
    )

    def question(self) -> Question:
        """Raises: BadRequest, NotFound for an id of something else."""
        if (self.visit is None) == (self.course is None) or (self.course and self.client):
            raise BadRequest("Ask for a `visit`, with a `client` or without, or for a `course`.")
        keys = dict(self._keys())
        return Question(
            clinic=self.clinic.key("Clinic", "clinic"),
            wish=self.visit.wish() if self.visit else None,
            course=keys.get("course"),
            client=keys.get("client"),
            practitioner=keys.get("practitioner"),
            when=self.at.value() if self.at else None,
            pre_care_attested=self.pre_care_attested,
        )

    def _keys(self) -> Iterator[tuple[str, UUID | str]]:
        for name in ("course", "client", "practitioner"):
            given = getattr(self, name)
            if given is not None:
                yield name, given.key(name.title(), name)
