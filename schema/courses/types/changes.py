"""What the queries and mutations of the courses take and give."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import strawberry
from strawberry import relay

from schema.clients.types.holds import HoldProblem
from schema.courses.rules import CourseCancellation, CourseState
from schema.courses.types.courses import Course
from schema.fields import By
from schema.pricing.types.quotes import Buying
from schema.problems import ConflictProblem, NotFoundProblem, RuleProblem
from schema.protocols.types.content import VariantInput


@strawberry.input(description="Which courses.")
class CourseFilter:
    clinic: By | None = strawberry.field(default=None, description="Of this clinic.")
    client: By | None = strawberry.field(default=None, description="Of this client.")
    state: CourseState | None = strawberry.field(default=None, description="In this state.")


@strawberry.input(description="What is sold to whom. The price is that of `priceQuote`, today.")
class SellCourseInput:
    client: By = strawberry.field(description="Who buys it.")
    clinic_protocol: relay.GlobalID = strawberry.field(
        description="The protocol, as the client's clinic offers it."
    )
    areas: list[str] = strawberry.field(
        default_factory=list,
        description="Keys of the areas to be treated; empty only where the protocol has none.",
    )
    variant: VariantInput | None = strawberry.field(
        default=None, description="What for and how deep; null: a standard concern."
    )
    add_ons: list[str] = strawberry.field(
        default_factory=list, description="Keys of the add-ons, with every session."
    )
    buying: Buying | None = strawberry.field(
        default=None, description="What is bought; null: as many sessions as are recommended."
    )
    sessions_reason: str | None = strawberry.field(
        default=None,
        description="Why there are more or fewer sessions than the protocol's rule has; kept"
        " sealed.",
    )
    validity_days: int | None = strawberry.field(
        default=None,
        description="For how many days it is good; null: a year. A package says so itself.",
    )
    first_on: date | None = strawberry.field(
        default=None, description="When the client wants to begin; null: today."
    )
    external_reference: str | None = strawberry.field(
        default=None, description="What your own system calls it; each once in a clinic."
    )


@strawberry.input(description="A session that took place: the next one planned.")
class RecordSessionInput:
    course: By = strawberry.field(description="Of which course.")
    done_on: date = strawberry.field(description="When, in the clinic's zone.")
    practitioner: By = strawberry.field(description="Who treated.")
    depth_mm: Decimal | None = strawberry.field(
        default=None,
        description="How deep the needle went, in millimetres, within the range of the protocol"
        " that the course keeps.",
    )


@strawberry.input(description="A course to call off.")
class CancelCourseInput:
    course: By = strawberry.field(description="Which course.")
    reason: CourseCancellation = strawberry.field(description="Why.")


SellCourseResult = Annotated[
    Course | HoldProblem | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("SellCourseResult", description="The course, or why it is not sold."),
]
CourseChangeResult = Annotated[
    Course | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("CourseChangeResult", description="The changed course, or what is wrong."),
]
