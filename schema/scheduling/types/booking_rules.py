"""A clinic's rules of booking and its public holidays, as GraphQL shows and takes them."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Annotated, cast
from uuid import UUID

import strawberry

from schema.access.rules import Permission
from schema.clinics import store as clinics
from schema.clinics.types.places import Clinic
from schema.context import Info
from schema.errors import BadRequest
from schema.fields import By, Reads, extends, link
from schema.problems import ConflictProblem, NotFoundProblem, RuleProblem
from schema.protocols.types.changes import EXPECTED
from schema.scheduling.models import BookingRulesRow
from schema.scheduling.rules.booking_rules import TermsChange
from schema.scheduling.rules.holidays import closed_days, public_holidays
from schema.scheduling.rules.terms import BookingTerms
from schema.scheduling.store.booking_rules import rules_in_force_by_clinic

LONGEST_LIST = timedelta(days=366)
STAYS = " Null or left out: as it is."
STEP = "Minutes between the starts that are offered, counted from each local midnight."
LEAD = "How many minutes before its start a visit can be booked at the latest."
HORIZON = "How many of the clinic's days ahead bookings are taken."
BEFORE = "So many minutes a practitioner is kept free before each visit."
AFTER = "So many minutes a practitioner is kept free after each visit."
A_DAY = "So many visits at most start on one of the clinic's days; null: any number."
A_PRACTITIONER = (
    "So many visits at most start with one practitioner on one of the clinic's days; null: any"
    " number."
)
CLOSED = "Whether it is closed on its jurisdiction's public holidays, but for `openHolidays`."


@strawberry.type(description="How a clinic takes bookings.")
class BookingRules:
    clinic_id: strawberry.Private[UUID]
    revision: int = strawberry.field(
        description="Counts its changes; 0 while the clinic has set none and the usual rules hold."
    )
    step_minutes: int = strawberry.field(description=STEP)
    lead_minutes: int = strawberry.field(description=LEAD)
    horizon_days: int = strawberry.field(description=HORIZON)
    buffer_before_minutes: int = strawberry.field(description=BEFORE)
    buffer_after_minutes: int = strawberry.field(description=AFTER)
    most_visits_a_day: int | None = strawberry.field(description=A_DAY)
    most_visits_a_practitioner: int | None = strawberry.field(description=A_PRACTITIONER)
    closed_on_holidays: bool = strawberry.field(description=CLOSED)
    open_holidays: list[date] = strawberry.field(
        description="The public holidays that it opens on all the same."
    )

    @classmethod
    def of(cls, row: BookingRulesRow) -> "BookingRules":
        return cls(
            clinic_id=row.clinic_id,
            revision=row.revision,
            step_minutes=row.step_minutes,
            lead_minutes=row.lead_minutes,
            horizon_days=row.horizon_days,
            buffer_before_minutes=row.buffer_before_minutes,
            buffer_after_minutes=row.buffer_after_minutes,
            most_visits_a_day=row.most_visits_a_day,
            most_visits_a_practitioner=row.most_visits_a_practitioner,
            closed_on_holidays=row.closed_on_holidays,
            open_holidays=list(row.open_holidays),
        )


@strawberry.input(description="A clinic's rules of booking: those to change, the others stay.")
class SetBookingRulesInput:
    clinic: By = strawberry.field(description="Which clinic.")
    expected_revision: int = strawberry.field(
        description=f"{EXPECTED} 0 for a clinic that has set none."
    )
    step_minutes: int | None = strawberry.field(
        default=None, description=f"{STEP} 5 to 1440, a multiple of 5.{STAYS}"
    )
    lead_minutes: int | None = strawberry.field(default=None, description=f"{LEAD}{STAYS}")
    horizon_days: int | None = strawberry.field(
        default=None, description=f"{HORIZON} 1 to 366.{STAYS}"
    )
    buffer_before_minutes: int | None = strawberry.field(
        default=None, description=f"{BEFORE} 0 to 240, a multiple of 5.{STAYS}"
    )
    buffer_after_minutes: int | None = strawberry.field(
        default=None, description=f"{AFTER} 0 to 240, a multiple of 5.{STAYS}"
    )
    most_visits_a_day: int | None = strawberry.field(
        default=strawberry.UNSET, description=f"{A_DAY} Left out: as it is."
    )
    most_visits_a_practitioner: int | None = strawberry.field(
        default=strawberry.UNSET, description=f"{A_PRACTITIONER} Left out: as it is."
    )
    closed_on_holidays: bool | None = strawberry.field(default=None, description=f"{CLOSED}{STAYS}")
    open_holidays: list[date] | None = strawberry.field(
        default=None,
        description="The public holidays that it opens on all the same: the whole list; those that"
        f" have passed drop out of it.{STAYS}",
    )

    def terms(self) -> TermsChange:
        """The terms that are given."""
        limits = {
            "most_visits_a_day": self.most_visits_a_day,
            "most_visits_a_practitioner": self.most_visits_a_practitioner,
        }
        others = {
            name: getattr(self, name) for name in BookingTerms.__slots__ if name not in limits
        }
        given = {name: value for name, value in limits.items() if value is not strawberry.UNSET}
        given.update((name, value) for name, value in others.items() if value is not None)
        return cast(TermsChange, given)


SetBookingRulesResult = Annotated[
    BookingRules | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("SetBookingRulesResult", description="The clinic's rules, or what is wrong."),
]


@strawberry.type(description="A public holiday where a clinic is.")
class Holiday:
    day: date = strawberry.field(description="The clinic's day.")
    name: str = strawberry.field(description="What it is called there, in the place's language.")
    open: bool = strawberry.field(
        description="Whether the clinic is open on it: by its week, its rules of booking, and its"
        " closures that have not passed."
    )


FirstDay = Annotated[date, strawberry.argument(name="from", description="The first day.")]
LastDay = Annotated[
    date, strawberry.argument(description="The last day, included: at most 366 days later.")
]


async def _holidays(
    root: strawberry.Parent[Clinic], info: Info, from_: FirstDay, to: LastDay
) -> list[Holiday] | None:
    """The public holidays where it is, in order, whether it keeps them or not."""
    if not timedelta(0) <= to - from_ <= LONGEST_LIST:
        raise BadRequest(f"`to` is 0 to {LONGEST_LIST.days} days after `from`.")
    names = public_holidays(root.jurisdiction_code, from_, to)
    closed = await _closed(root, info, names, from_, to)
    week = await info.context.load(
        clinics.opening_hours_by_clinic, root.id, Permission.CLINICS_READ
    )
    weekdays = {each.weekday for each in week or ()}
    return [
        Holiday(day=day, name=name, open=day not in closed and day.weekday() in weekdays)
        for day, name in names.items()
    ]


async def _closed(
    clinic: Clinic, info: Info, names: Collection[date], from_: date, to: date
) -> Collection[date]:
    reads = Permission.CLINICS_READ
    rules = await info.context.load(rules_in_force_by_clinic, clinic.id, reads)
    closures = await info.context.load(clinics.closures_by_clinic, clinic.id, reads)
    if rules is None:
        return names
    kept = names if rules.closed_on_holidays else ()
    return closed_days(closures or (), kept, rules.open_holidays, from_, to)


extends(
    Clinic,
    booking_rules=(
        BookingRules | None,
        link(
            rules_in_force_by_clinic,
            key="id",
            of=BookingRules.of,
            reads=Permission.CLINICS_READ,
            clinic="id",
            describe="How it takes bookings.",
        ),
    ),
    holidays=(
        list[Holiday] | None,
        strawberry.field(
            resolver=_holidays, extensions=[Reads(Permission.CLINICS_READ, clinic="id")]
        ),
    ),
)
