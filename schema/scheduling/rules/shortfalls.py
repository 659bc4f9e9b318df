"""What resources lack for a visit at a start: qualified, open, free; each and together."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from schema.clinics.rules import GRID_MINUTES
from schema.protocols.rules import ResourceKind
from schema.scheduling.rules.booking import SoftRule
from schema.scheduling.rules.calendars import ClinicCalendar, Taken
from schema.scheduling.rules.grid import run, span
from schema.scheduling.rules.reasons import (
    MOST_OF_A_NEED,
    RESOURCES,
    Blocking,
    BlockingKind,
    Reason,
    ReasonCode,
    soonest_first,
)
from schema.scheduling.rules.standings import (
    Grounds,
    NeedStanding,
    Standing,
    certified_code,
    day_at,
    fitting,
    is_certificate,
    next_start,
    standings,
    touching,
)
from schema.scheduling.rules.visits import Visit

RULE, CERTIFICATION = Blocking(BlockingKind.RULE), BlockingKind.CERTIFICATION


@dataclass(slots=True)
class Shortfalls:
    """What a visit lacks in a clinic's calendar; `taken` says when its guests are busy."""

    calendar: ClinicCalendar
    visit: Visit
    grounds: Grounds
    taken: Taken
    needs: tuple[NeedStanding, ...] = field(init=False)
    together: int = field(init=False)

    def __post_init__(self) -> None:
        self.needs = standings(self.calendar, self.visit)
        self.together = fitting(self.calendar, self.visit)

    def at(self, position: int) -> list[Reason]:
        """Why the visit does not fit at a start, a cell of the calendar's frame; nothing where it
        does."""
        found = [*self._of_guests(position), *self._of_day(position), *self._hours(position)]
        apart = list[Reason]()
        for each in self.needs:
            if not each.able >> position & 1:
                apart += self._of_need(each, position)
        if not (found or apart) and not self.together >> position & 1:
            apart += self._of_all(position)
        return [*found, *apart]

    def _of_guests(self, position: int) -> Iterator[Reason]:
        calendar, frame = self.calendar, self.calendar.frame
        length = self.visit.minutes // GRID_MINUTES
        for number in self.visit.guests:
            away = int.from_bytes(calendar.taken.get(number, b""), "little")
            away |= frame.mask(self.taken.get(number, ()))
            free = run(span(0, frame.count) & ~away, length)
            if free >> position & 1:
                continue
            booked = self.grounds.bookings.get(number, ())
            known = touching(booked, frame.first + position, [(0, length)])
            yield Reason(
                ReasonCode.CLIENT_BUSY,
                "The client has another visit at that time.",
                field="client",
                until=next_start(calendar, free, position),
                cause=known.cause if known else None,
            )

    def _of_day(self, position: int) -> Iterator[Reason]:
        left = self.calendar.days_left()
        if not left >> position & 1:
            left &= span(0, self.calendar.frame.count)
            yield Reason(
                ReasonCode.DAILY_LIMIT,
                f"This clinic takes {self.calendar.terms.most_visits_a_day} visits a day.",
                field="at",
                until=next_start(self.calendar, left, position),
                blocking=RULE,
                rule=SoftRule.DAILY_LIMIT,
            )

    def _hours(self, position: int) -> Iterator[Reason]:
        open = -1
        for each in self.needs:
            open &= each.hours
        if open >> position & 1:
            return
        until = next_start(self.calendar, open, position)
        closed = self.grounds.closed.get(day_at(self.calendar, position))
        if closed is not None:
            why = "for a public holiday" if closed.kind is BlockingKind.HOLIDAY else "on this day"
            message = f"The clinic is closed {why}."
            yield Reason(ReasonCode.CLOSED, message, "at", until, closed)
        else:
            message = "The visit does not fit into the clinic's hours."
            yield Reason(ReasonCode.OUTSIDE_HOURS, message, "at", until, self.grounds.clinic)

    def _of_need(self, each: NeedStanding, position: int) -> list[Reason]:
        """Who could meet a need, and what blocks each: the soonest to be free first."""
        closed = not each.hours >> position & 1
        found = list[Reason]()
        for member in each.members:
            if not member.qualified >> position & 1:
                found += self._unqualified(each, member, position)
            elif not closed:
                found.append(self._occupied(each, member, position))
        told = soonest_first(found)[:MOST_OF_A_NEED]
        if any(member.qualified >> position & 1 for member in each.members):
            return told
        return [self._nothing(each, position), *told]

    def _nothing(self, each: NeedStanding, position: int) -> Reason:
        kind = BlockingKind(each.need.kind)
        code, _, noun = RESOURCES[kind]
        wanted = [one for one in each.need.requirements if not all(map(is_certificate, one))]
        what = " and ".join(" or ".join(one_of) for one_of in wanted)
        depth = f" for {each.need.depth_mm} mm" if each.need.depth_mm is not None else ""
        suited = 0
        for member in each.members:
            suited |= member.qualified
        day = day_at(self.calendar, position)
        named = each.position == self.visit.main_need and self.visit.led_by is not None
        said = (
            "This practitioner may not treat so in this clinic"
            if named
            else f"This clinic has no {noun}{f' ({what})' if what else ''}{depth}"
        )
        return Reason(
            code,
            f"{said} on {day}.",
            field="practitioner" if named else None,
            until=next_start(self.calendar, suited, position),
            blocking=Blocking(kind),
            need=each.position,
            role=each.need.role,
        )

    def _occupied(self, each: NeedStanding, member: Standing, position: int) -> Reason:
        """Of one that could do it on that day."""
        number, at = member.resource.number, self.calendar.frame.first + position
        _, taken, noun = RESOURCES[BlockingKind(each.need.kind)]
        free = [(offset, offset + length) for offset, length, _ in each.pattern.free]
        if not member.open >> position & 1:
            off = touching(self.grounds.away.get(number, ()), at, free)
            if off is not None:
                said = "This practitioner has time off then."
                return self._said(ReasonCode.TIME_OFF, said, each, member, position, off.cause)
            said = f"This {noun} does not work in this clinic then."
            return self._said(ReasonCode.NOT_WORKING, said, each, member, position)
        if not member.idle >> position & 1:
            booked = touching(self.grounds.bookings.get(number, ()), at, each.cells)
            said = f"This {noun} is taken then."
            cause = booked.cause if booked else None
            return self._said(taken, said, each, member, position, cause)
        said = f"This {noun} takes no more visits on that day."
        return self._said(
            ReasonCode.DAILY_LIMIT, said, each, member, position, RULE, SoftRule.DAILY_LIMIT
        )

    def _unqualified(self, each: NeedStanding, member: Standing, position: int) -> Iterator[Reason]:
        """Of one that could do it on other days, or were it trained or licensed for more."""
        resource, day = member.resource, day_at(self.calendar, position)
        if resource.kind is ResourceKind.DEVICE:
            said = f"Its service is due before {day} ends."
            service = Blocking(BlockingKind.SERVICE)
            yield self._said(ReasonCode.SERVICE_DUE, said, each, member, position, service)
            return
        if resource.kind is ResourceKind.PRACTITIONER:
            yield from self._unlicensed(each, member, position, day)

    def _unlicensed(
        self, each: NeedStanding, member: Standing, position: int, day: date
    ) -> Iterator[Reason]:
        number, need = member.resource.number, each.need
        assigned = self.grounds.assigned.get(number)
        if assigned is not None and not any(
            one.from_on <= day and (one.to_on is None or day <= one.to_on) for one in assigned
        ):
            said = f"This practitioner is not assigned to this clinic on {day}."
            yield self._said(ReasonCode.NOT_ASSIGNED, said, each, member, position)
            return
        held = [one for one in member.resource.on(day) if not one.training]
        names = {one.name for one in member.resource.on(day)}
        once = {one.name for one in member.resource.qualities}
        for one_of in need.requirements or ((),):
            if names.intersection(one_of) or (not one_of and held):
                continue
            if one_of and all(map(is_certificate, one_of)):
                code = certified_code(one_of[0])
                cause = Blocking(CERTIFICATION, code)
                said = f"This practitioner is not certified for {code} on {day}."
                yield self._said(ReasonCode.NOT_CERTIFIED, said, each, member, position, cause)
            elif lapsed := sorted(once.intersection(one_of) if one_of else once):
                cause = Blocking(BlockingKind.CREDENTIAL, lapsed[0])
                said = f"The credential as {lapsed[0]} does not count on {day}."
                code_ = ReasonCode.CREDENTIAL_EXPIRED
                yield self._said(code_, said, each, member, position, cause)
        if need.depth_mm is not None and held:
            deepest = max(one.depth_mm for one in held)
            if deepest < need.depth_mm:
                types = " or ".join(sorted({one.name for one in held}))
                said = f"As {types} the law allows {deepest} mm here, not {need.depth_mm}."
                cause = Blocking(BlockingKind.SCOPE_RULE, types)
                code_ = ReasonCode.DEPTH_OUT_OF_SCOPE
                yield self._said(code_, said, each, member, position, cause)

    def _of_all(self, position: int) -> list[Reason]:
        """Why needs that could be met one by one cannot be met by distinct resources."""
        until = next_start(self.calendar, self.together, position)
        uncertified = [
            Reason(
                ReasonCode.NOT_CERTIFIED,
                f"Whoever uses the free device has to be certified for {code}.",
                until=until,
                blocking=self.grounds.named(member.resource),
                cause=Blocking(CERTIFICATION, code),
                need=each.position,
                role=each.need.role,
            )
            for code in self._asked(position)
            for each in self.needs
            if each.need.kind is ResourceKind.PRACTITIONER and each.need.depth_mm is not None
            for member in each.members
            if member.able >> position & 1
        ]
        if uncertified:
            return uncertified[:MOST_OF_A_NEED]
        said = "Each need could be met, but not all of them at once by distinct resources."
        return [Reason(ReasonCode.NOT_TOGETHER, said, "at", until)]

    def _asked(self, position: int) -> list[str]:
        """For what an operator has to be certified, whatever free device is taken, and none of
        those that are free is."""
        day = day_at(self.calendar, position)
        operators = [
            {one.name for one in member.resource.on(day)}
            for each in self.needs
            if each.need.kind is ResourceKind.PRACTITIONER and each.need.depth_mm is not None
            for member in each.members
            if member.able >> position & 1
        ]
        devices = {
            member.resource.asks
            for each in self.needs
            if each.need.kind is ResourceKind.DEVICE and each.need.depth_mm is not None
            for member in each.members
            if member.able >> position & 1
        }
        asked = {one for one in devices if one is not None}
        if None in devices or any(asked & names for names in operators):
            return []
        return [certified_code(one) for one in sorted(asked)]

    def _said(
        self,
        code: ReasonCode,
        message: str,
        each: NeedStanding,
        member: Standing,
        position: int,
        cause: Blocking | None = None,
        rule: SoftRule | None = None,
    ) -> Reason:
        return Reason(
            code,
            message,
            until=next_start(self.calendar, member.able, position),
            blocking=self.grounds.named(member.resource),
            cause=cause,
            rule=rule,
            need=each.position,
            role=each.need.role,
        )
