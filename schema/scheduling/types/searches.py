"""What callers search with: where, for what and for whom, and from when to when."""

from datetime import date, datetime, timedelta

import strawberry

from schema.clinics.rules import InvalidPlace, check_circle
from schema.clinics.types.changes import Near
from schema.errors import BadRequest, RuleViolation
from schema.fields import By, described
from schema.intervals import Interval
from schema.paging import MOST_FIRST
from schema.protocols.rules import Variant
from schema.protocols.types.content import VariantInput
from schema.scheduling.rules import (
    Circle,
    LocalDays,
    Search,
    SearchMode,
    Where,
    Wish,
    check_search,
)
from schema.scheduling.rules.searches import Wanted

TWO_WEEKS = timedelta(days=14)
#: Characters of a key, and of all that is wished for.
LONGEST_KEY, LONGEST_WISH = 300, 5_000

described(
    SearchMode,
    "Which starts are asked for, and in which order.",
    {
        SearchMode.ALL: "Every start, ascending; clinics by code, or the nearest first.",
        SearchMode.EARLIEST: "The first start of each clinic, or the first `limitPerClinic`; the"
        " clinic that is free first on top.",
        SearchMode.PREFERRED: "Every start, or `limitPerClinic`, the days nearest to the best one"
        " first: the preferred interval after the last session. For a course, or a client who was"
        " treated before.",
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
        check_circle(near.latitude, near.longitude, near.radius_km)
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
        """Raises: NotFound for an id of something else, BadRequest for what is far too long."""
        kind = self.protocol.id.type_name if self.protocol.id else ""
        adopted = kind == "ClinicProtocol"
        wish = Wish(
            protocol=self.protocol.key(
                "ClinicProtocol" if adopted else "ProtocolTemplate", "protocol"
            ),
            areas=tuple(self.areas),
            variant=self.variant.value() if self.variant else Variant(),
            add_ons=tuple(self.add_ons),
        )
        _check_length(wish)
        return wish


def _check_length(wish: Wish) -> None:
    """Raise BadRequest for what no protocol has: each clinic's answer would repeat it, and the
    process remember it."""
    keys = [wish.protocol, wish.variant.indication, *wish.areas, *wish.add_ons]
    lengths = [len(each) for each in keys if isinstance(each, str)]
    if max(lengths, default=0) > LONGEST_KEY or sum(lengths) > LONGEST_WISH:
        raise BadRequest(
            f"Areas, add-ons and codes have at most {LONGEST_KEY} characters, and {LONGEST_WISH:,}"
            " together."
        )


@strawberry.input(description="From one instant to another, the same everywhere.")
class InstantWindow:
    from_: datetime | None = strawberry.field(
        default=None,
        name="from",
        description="The first start wanted; what has passed is left out. Null: now.",
    )
    to: datetime | None = strawberry.field(
        default=None,
        description="Starts before it; at most 62 days later. Null: two weeks after `from`.",
    )

    def value(self, now: datetime) -> Interval:
        start = self.from_ or now
        return Interval(start, self.to or start + TWO_WEEKS)


@strawberry.input(description="Days of each clinic's own, by its own clocks.")
class DayWindow:
    from_: date = strawberry.field(name="from", description="The first day.")
    to: date = strawberry.field(description="The last day, included; at most 62 days later.")


@strawberry.input(one_of=True, description="From when to when starts are wanted.")
class SearchWindow:
    instants: InstantWindow | None = strawberry.field(
        default=strawberry.UNSET, description="The same instants in every clinic."
    )
    days: DayWindow | None = strawberry.field(
        default=strawberry.UNSET, description="The same local days in every clinic."
    )

    def value(self, now: datetime) -> Interval | LocalDays:
        if self.days:
            return LocalDays(self.days.from_, self.days.to)
        return (self.instants or InstantWindow()).value(now)


@strawberry.input(description="Where, for what and for whom, and from when to when.")
class AvailabilityInput:
    where: WhereInput | None = strawberry.field(
        default=None,
        description="In which clinics; for a course or a client left out: in their own.",
    )
    visit: VisitInput | None = strawberry.field(
        default=None, description="For what, as clinics offer it. Either this or `course`."
    )
    course: By | None = strawberry.field(
        default=None,
        description="For the next visit of a course, as it was sold, within what is left of it."
        " Requires `courses:read` as well.",
    )
    client: By | None = strawberry.field(
        default=None,
        description="For this client, in the client's own clinic: what was found and is not"
        " cleared, how long skin heals and when the client is busy bound the starts. Requires"
        " `clients:read` there; a partner names those that it registered. Without a client the"
        " starts are for anybody, and booking may refuse.",
    )
    practitioner: By | None = strawberry.field(
        default=None, description="Led by this practitioner; null: by any."
    )
    window: SearchWindow | None = strawberry.field(
        default=None, description="From when to when; null: two weeks from now."
    )
    step_minutes: int | None = strawberry.field(
        default=None,
        description="Minutes between starts, from each local midnight of the clinic: a multiple of"
        " 5, at most 1440. Null: as each clinic offers them.",
    )
    mode: SearchMode = strawberry.field(default=SearchMode.ALL, description="Which starts.")
    limit_per_clinic: int | None = strawberry.field(
        default=None, description="How many starts at most; null: as `mode` says."
    )
    pre_care_attested: bool = strawberry.field(
        default=False,
        description="Whether the client attests that pre-care was kept all the same, where a start"
        " comes sooner than the longest of it. False: such starts are left out; see"
        " `preCareFrom`.",
    )
    fresh: bool = strawberry.field(
        default=False,
        description="Whether what other servers booked a moment ago must be in the answer; dearer."
        " What was booked through this server is in it anyway.",
    )

    def wanted(self) -> Wanted:
        """Raises: BadRequest, NotFound for an id of something else."""
        return Wanted(
            wish=self.visit.wish() if self.visit else None,
            where=self.where.value() if self.where else None,
            course=self.course.key("Course", "course") if self.course else None,
            client=self.client.key("Client", "client") if self.client else None,
            practitioner=self.practitioner.key("Practitioner", "practitioner")
            if self.practitioner
            else None,
        )

    def search(self, now: datetime) -> Search:
        """Raises: BadRequest."""
        window = (self.window or SearchWindow(instants=InstantWindow())).value(now)
        search = Search(
            window, self.step_minutes, self.mode, self.limit_per_clinic, self.pre_care_attested
        )
        self._check_combination()
        try:
            check_search(search)
        except RuleViolation as error:
            raise BadRequest(error.message) from error
        return search

    def _check_combination(self) -> None:
        free_to_choose = self.where is not None or self.client is not None
        of_course = not (self.visit or free_to_choose)
        if not (of_course if self.course else self.visit and free_to_choose):
            raise BadRequest(
                "Ask for a `visit` and `where` or a `client`, or for a `course` alone."
            )
        if self.mode is SearchMode.PREFERRED and not (self.course or self.client):
            raise BadRequest("PREFERRED needs a `course`, or a `client` who was treated before.")
