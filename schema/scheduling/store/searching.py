"""A search, from what is wanted to the clinics' offers: who may be asked for, what bounds it."""

from asyncio import sleep
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from schema.access.rules import Actor, Permission
from schema.base import Reader
from schema.clients import store as clients
from schema.clients.models import ClientRow
from schema.courses import store as courses
from schema.courses.models import CourseRow
from schema.courses.rules import check_active
from schema.errors import BadRequest, NotFound, RuleViolation
from schema.intervals import Interval
from schema.practitioners import store as practitioners
from schema.protocols import store as protocols
from schema.scheduling.rules import (
    Answer,
    ClinicCalendar,
    Guest,
    Offer,
    Search,
    SearchMode,
    Sought,
    Stop,
    Where,
    answer,
    ordered,
)
from schema.scheduling.rules.prerequisites import MissingPrerequisite
from schema.scheduling.rules.searches import Key, Wanted
from schema.scheduling.store.allowance import Allowance
from schema.scheduling.store.far import Around, calendars_around
from schema.scheduling.store.guests import client_of, guest_of
from schema.scheduling.store.live import HORIZON
from schema.scheduling.store.offers import Memory, course_offers, offers
from schema.scheduling.store.sought import kinds_lacking, offers_of_kinds
from schema.scope import Scope

#: So many clinics are searched in one go: a few milliseconds.
AT_ONCE = 50
#: So many starts more count as one clinic more.
STARTS_OF_A_CLINIC = 200


@dataclass(frozen=True, slots=True)
class Searching:
    """One search: who asks for what, in which session, at what time."""

    session: Reader
    actor: Actor
    wanted: Wanted
    search: Search
    now: datetime
    memory: Memory | None = None

    @property
    def scope(self) -> Scope:
        return self.actor.scope(Permission.AVAILABILITY_READ)

    async def offers(self) -> list[Offer]:
        """Where the visit could be, for whom and by whom it is asked for.

        Raises: AccessDenied, NotFound, BadRequest where nothing of a course is left.
        """
        if self.wanted.course is not None:
            course = await self._course(self.wanted.course)
            found = await course_offers(
                self.session, self.scope, course, self.search.anywhere, self.now, self.memory
            )
            client = await clients.client(self.session, self.scope, course.client_id)
        else:
            course = None
            client = await self._client(self.wanted.client) if self.wanted.client else None
            found = await self._for_visit(client)
        number = await self._number(self.wanted.practitioner)
        return [await self._visited(each, client, course, number) for each in found]

    async def _for_visit(self, client: ClientRow | None) -> list[Offer]:
        wish, where = self.wanted.wish, self.wanted.where
        assert wish is not None, "who names no course wishes for something"
        own = Where(clinics=(client.clinic_id,) if client else ())
        found = await offers(
            self.session,
            self.scope,
            where or own,
            wish,
            self.search.anywhere,
            self.now,
            self.memory,
        )
        if client and any(each.clinic_id != client.clinic_id for each in found):
            raise BadRequest("A client is looked for in one clinic, its own: leave `where` out.")
        mistyped = not found and isinstance(wish.protocol, str)
        if mistyped and await protocols.template(self.session, wish.protocol) is None:
            raise NotFound("protocol", wish.protocol)
        return found

    async def _course(self, key: Key) -> CourseRow:
        found = await courses.course(self.session, self.actor.require(Permission.COURSES_READ), key)
        if found is None or found.clinic_id not in self.scope:
            raise NotFound("course", key)
        try:
            check_active(found.state)
        except RuleViolation as error:
            raise BadRequest(error.message) from error
        return found

    async def _client(self, key: Key) -> ClientRow:
        found = await client_of(self.session, self.actor, key)
        if found is None:
            raise NotFound("client", key)
        return found

    async def _number(self, key: Key | None) -> int | None:
        if key is None:
            return None
        found = await practitioners.practitioner(self.session, self.scope, key)
        if found is None:
            raise NotFound("practitioner", key)
        return found.resource_no

    async def _visited(
        self, offer: Offer, client: ClientRow | None, course: CourseRow | None, number: int | None
    ) -> Offer:
        """The offer with what bounds it; at most one has a client."""
        if client is None or offer.visit is None:
            return offer.visited_by(None, number)
        window = self.search.within(offer.calendar.zone)
        guest = await guest_of(self.session, self.actor, client, offer, course, window, self.now)
        if self.search.mode is SearchMode.PREFERRED and guest.preferred_on is None:
            raise BadRequest("PREFERRED needs a course, or a client who was treated before.")
        if guest.sought is None:
            return offer.visited_by(guest, number)
        return await self._in_order(offer, client, guest, guest.sought, number)

    async def _in_order(
        self, offer: Offer, client: ClientRow, guest: Guest, sought: Sought, number: int | None
    ) -> Offer:
        """The offer with the clinic's visits that come before it, for this client; it is stopped on
        days on which one is lacking that the clinic does not offer."""
        window = self.search.within(offer.calendar.zone)
        lacking = kinds_lacking(sought, *offer.days(window))
        kinds = {kind for each in lacking.values() for kind in each}
        if not kinds:
            return offer.visited_by(guest, number)
        until = Interval(self.now, max(self.now, window.end))
        calendar = await self._calendar(offer, until)
        offers = await offers_of_kinds(self.session, self.scope, offer, calendar, kinds)
        ahead = {
            kind: each.visited_by(
                await guest_of(self.session, self.actor, client, each, None, until, self.now),
                None,
            )
            for kind, each in offers.items()
        }
        stops = [
            Stop(day, day, MissingPrerequisite(sought.lacking(day), field="client"))
            for day, each in lacking.items()
            if not each <= set(ahead)
        ]
        guest = replace(guest, stops=(*guest.stops, *stops))
        return replace(offer.visited_by(guest, number), ahead=ahead)

    async def _calendar(self, offer: Offer, window: Interval) -> ClinicCalendar:
        """The clinic's calendar, as far as the window goes."""
        if window.end <= self.now + HORIZON:
            return offer.calendar
        key = Around(offer.clinic_id, *window)
        return (await calendars_around(self.session, [key], self.scope))[key]


async def answered(
    offers: Sequence[Offer], search: Search, now: datetime, allowance: Allowance
) -> list[Answer]:
    """What is free in each clinic, in the order asked for. Raises: BadRequest for too much of it.

    Others get a turn in between, but in this thread: what is booked meanwhile changes calendars.
    """
    allowance.spend("clinics", len(offers))
    found: list[Answer] = []
    weight = 0
    for each in offers:
        found.append(answer(each, search, now))
        starts = len(found[-1].starts)
        allowance.spend("starts", starts)
        weight += 1 + starts // STARTS_OF_A_CLINIC
        if weight >= AT_ONCE:
            weight = 0
            await sleep(0)
    return ordered(found, search)
