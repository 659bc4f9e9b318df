"""What is read to say why a visit cannot be booked: one clinic's calendar, and what is behind it.

A fixed number of statements for each question, whatever the calendar holds; from the tables, as
the caller's own session sees them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from schema.access.rules import Actor, Permission
from schema.base import Reader
from schema.clients import store as clients
from schema.clients.models import ClientRow
from schema.clinics import store as clinics
from schema.clinics.models import ClinicRow
from schema.clinics.rules import local_day
from schema.courses import store as courses
from schema.courses.models import CourseRow
from schema.courses.rules import check_active
from schema.errors import NotFound, RuleViolation
from schema.intervals import Interval
from schema.practitioners import store as practitioners
from schema.protocols import store as protocols
from schema.protocols.rules import Resolved
from schema.scheduling.rules import Offer, Where, Wish, check_clinic
from schema.scheduling.rules.booking import least_interval_days
from schema.scheduling.rules.hours import local_instant
from schema.scheduling.rules.reasons import Blocking, BlockingKind, Reason, ReasonCode, refusal_of
from schema.scheduling.rules.why_not import (
    LOOKED_AHEAD,
    NEXT_STARTS,
    Healing,
    WhyNot,
    unusable,
    unusable_day,
)
from schema.scheduling.store.day_counts import visits_taken
from schema.scheduling.store.grounds import grounds_of
from schema.scheduling.store.guests import client_of, guest_of
from schema.scheduling.store.offers import course_offers, offers
from schema.scheduling.store.own_holds import held_aside
from schema.scheduling.store.visits import days_booked

Key = UUID | str


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be booked, where, for whom and when: at a start, or on a day; None: today."""

    clinic: Key
    wish: Wish | None = None
    course: Key | None = None
    client: Key | None = None
    practitioner: Key | None = None
    when: datetime | date | None = None
    pre_care_attested: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why not, and when instead; `client_id` is whose findings are among the reasons."""

    clinic: ClinicRow
    reasons: Sequence[Reason]
    next_free: Sequence[datetime] = ()
    client_id: UUID | None = None
    step_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Judging:
    """Who asks, in which session, at what time."""

    session: Reader
    actor: Actor
    now: datetime

    async def verdict(self, question: Question) -> Verdict:
        """Raises: NotFound, AccessDenied."""
        scope = self.actor.require(Permission.AVAILABILITY_READ)
        here = await clinics.clinic(self.session, scope, question.clinic)
        if here is None:
            raise NotFound("clinic", question.clinic)
        course = await self._course(question.course, here)
        key = course.client_id if course else question.client
        client = await self._client(key, here, own=course is None) if key else None
        led_by = await self._number(question.practitioner)
        wrong = _out_of_question(here, question, self.now)
        if wrong is not None:
            return Verdict(here, [wrong])
        day, when = _when(here, question, self.now)
        offer = await self._offer(here, question, course, day)
        if offer is None:
            said = "This clinic does not offer the protocol at present."
            what = Blocking(BlockingKind.PROTOCOL)
            code = ReasonCode.PROTOCOL_NOT_OFFERED
            return Verdict(here, [Reason(code, said, "visit.protocol", None, what)])
        why = await self._why(here, question, offer, client, course, day, led_by)
        client_id, step = client.id if client else None, offer.calendar.terms.step_minutes
        if not isinstance(when, datetime):
            free = why.next_free(_midnight(day, here))
            return Verdict(here, why.on(when), free, client_id, step)
        reasons, free = why.at(when), why.next_free(when)
        held = await self._held(why.offer, when, client_id)
        if reasons and held is not None:
            reasons = replace(why, offer=held).at(when)
            free = free if reasons else [when.astimezone(UTC), *free][:NEXT_STARTS]
        return Verdict(here, reasons, free, client_id, step)

    async def _held(self, offer: Offer, start: datetime, client_id: UUID | None) -> Offer | None:
        """The offer without what the caller holds there: booking takes it, or gives it back."""
        scope, holder = self.actor.scope(Permission.AVAILABILITY_READ), (self.actor.id, client_id)
        return await held_aside(self.session, scope, offer, start, holder, self.now)

    async def _course(self, key: Key | None, here: ClinicRow) -> CourseRow | None:
        if key is None:
            return None
        found = await courses.course(self.session, self.actor.require(Permission.COURSES_READ), key)
        if found is None or found.clinic_id != here.id:
            raise NotFound("course", key)
        return found

    async def _client(self, key: Key, here: ClinicRow, *, own: bool) -> ClientRow:
        if own:
            found = await client_of(self.session, self.actor, key)
        else:
            scope = self.actor.scope(Permission.AVAILABILITY_READ)
            found = await clients.client(self.session, scope, key)
        if found is None or found.clinic_id != here.id:
            raise NotFound("client", key)
        return found

    async def _number(self, key: Key | None) -> int | None:
        if key is None:
            return None
        scope = self.actor.scope(Permission.AVAILABILITY_READ)
        found = await practitioners.practitioner(self.session, scope, key)
        if found is None:
            raise NotFound("practitioner", key)
        return found.resource_no

    async def _offer(
        self, here: ClinicRow, question: Question, course: CourseRow | None, day: date
    ) -> Offer | None:
        session, scope = self.session, self.actor.scope(Permission.AVAILABILITY_READ)
        window = _window(day, here)
        if course is not None:
            found = await course_offers(session, scope, course, window, self.now)
        else:
            assert question.wish is not None, "who names no course wishes for something"
            where = Where(clinics=(here.id,))
            found = await offers(session, scope, where, question.wish, window, self.now)
        return next(iter(found), None)

    async def _why(
        self,
        here: ClinicRow,
        question: Question,
        offer: Offer,
        client: ClientRow | None,
        course: CourseRow | None,
        day: date,
        led_by: int | None,
    ) -> WhyNot:
        session, scope = self.session, self.actor.scope(Permission.AVAILABILITY_READ)
        calendar, window, now = offer.calendar, _window(day, here), self.now
        if calendar.terms.limits_visits:
            calendar.visits = await visits_taken(session, here.id, calendar.frame, scope, now)
        guest, healing = None, None
        if client is not None and offer.visit is not None:
            guest = await guest_of(session, self.actor, client, offer, course, window, now)
            healing = await self._healing(offer, client, course)
        always = []
        if offer.problem is not None:
            said = f"{offer.problem.code}: {offer.problem.message}"
            field, what = offer.problem.field, Blocking(BlockingKind.PROTOCOL)
            always.append(Reason(ReasonCode.VISIT_NOT_ALLOWED, said, field, None, what))
        if course is not None and (refused := _inactive(course)):
            what = Blocking(BlockingKind.COURSE, course.code, course.id)
            always.append(
                Reason(ReasonCode.COURSE_NOT_ACTIVE, refused.message, "course", None, what)
            )
        grounds = await grounds_of(session, self.actor, here, calendar, day, now)
        offer = offer.visited_by(guest, led_by)
        attested = question.pre_care_attested
        return WhyNot(offer, grounds, now, attested, healing, tuple(always))

    async def _healing(
        self, offer: Offer, client: ClientRow, course: CourseRow | None
    ) -> Healing | None:
        """What was and will be done to the same areas, and how near to it a visit may lie."""
        session, scope = self.session, self.actor.scope(Permission.AVAILABILITY_READ)
        wish = offer.wish
        spacing = offer.offered.spacing(wish)
        if spacing is None:
            return None
        if course is not None:
            applied = await courses.pinned_protocol(session, course, scope)
        else:
            key = offer.offered.clinic_protocol_id
            found = (await protocols.resolved_protocols(session, [key], scope))[key]
            applied = Resolved(found.content, found.lower.content, found.changes)
        done = await courses.days_done(session, client, wish.areas)
        booked = await days_booked(session, client.resource_no, wish.areas, self.now)
        least = least_interval_days(applied, wish.variant, wish.areas)
        return Healing((*done, *booked), spacing, least)


def _inactive(course: CourseRow) -> RuleViolation | None:
    return refusal_of(lambda: check_active(course.state))


def _out_of_question(here: ClinicRow, question: Question, now: datetime) -> Reason | None:
    """What stops any visit there, or at that time, whatever it is for."""
    refused = refusal_of(lambda: check_clinic(here.status))
    if refused is not None:
        what = Blocking(BlockingKind.CLINIC, here.code, here.id)
        return Reason(ReasonCode.CLINIC_NOT_BOOKABLE, refused.message, "clinic", None, what)
    when = question.when
    if isinstance(when, datetime):
        wrong = unusable(when, now)
        return wrong if wrong and wrong.code is not ReasonCode.OFF_GRID else None
    zone = ZoneInfo(here.time_zone)
    return unusable_day(when, now, zone) if when else None


def _when(here: ClinicRow, question: Question, now: datetime) -> tuple[date, datetime | date]:
    """The clinic's day, and the start where one is asked for."""
    zone, when = ZoneInfo(here.time_zone), question.when
    if isinstance(when, datetime):
        return local_day(when, zone), when
    day = when or local_day(now, zone)
    return day, day


def _midnight(day: date, here: ClinicRow) -> datetime:
    return local_instant(day, 0, ZoneInfo(here.time_zone))


def _window(day: date, here: ClinicRow) -> Interval:
    """The day, and the weeks after it that are looked at."""
    start = _midnight(day, here)
    return Interval(start, start + LOOKED_AHEAD)
