"""Why a visit cannot be booked: what stops it, from when on it does no more, who may set it aside.

`until` of a reason is the earliest start, at or after the one asked for, that it does not stop;
None: no start, or none in the 62 days that are looked at.

What booking says of the same:

* SLOT_TAKEN           hours, closures, who works, what is taken, who is busy, not together
* NOTHING_SUITABLE     that nobody and nothing there does on the day; of a named practitioner
                       PRACTITIONER_NOT_SUITABLE
* START_NOT_BOOKABLE   PAST, OFF_GRID, and HORIZON beyond a year
* INTERVAL_TOO_SHORT   HEALING too
* COURSE_NOT_BOOKABLE  COURSE_ENDS, NO_SESSION_LEFT
* NOT_FOUND            PROTOCOL_NOT_OFFERED
* the rule's own code  VISIT_NOT_ALLOWED
* the same, or LEAD_TIME_TOO_SHORT, BEYOND_HORIZON, DAILY_LIMIT_REACHED, PRE_CARE_NOT_ATTESTED
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from schema.clients.rules import Hold
from schema.errors import RuleViolation
from schema.scheduling.rules.booking import SoftRule

MOST_OF_A_NEED = 20
FOR_GOOD = datetime.max.replace(tzinfo=UTC)


class ReasonCode(StrEnum):
    """What stops a visit."""

    CLIENT_BUSY = "CLIENT_BUSY"
    CLINICAL_REVIEW_NEEDED = "CLINICAL_REVIEW_NEEDED"
    CLINIC_NOT_BOOKABLE = "CLINIC_NOT_BOOKABLE"
    CLOSED = "CLOSED"
    CONTACT_CLINIC = "CONTACT_CLINIC"
    CONTRAINDICATED = "CONTRAINDICATED"
    COURSE_ENDS = "COURSE_ENDS"
    COURSE_NOT_ACTIVE = "COURSE_NOT_ACTIVE"
    CREDENTIAL_EXPIRED = "CREDENTIAL_EXPIRED"
    DAILY_LIMIT = "DAILY_LIMIT"
    DEPTH_OUT_OF_SCOPE = "DEPTH_OUT_OF_SCOPE"
    DEVICE_TAKEN = "DEVICE_TAKEN"
    HEALING = "HEALING"
    HORIZON = "HORIZON"
    INTERVAL_TOO_SHORT = "INTERVAL_TOO_SHORT"
    LEAD_TIME = "LEAD_TIME"
    MISSING_PREREQUISITE = "MISSING_PREREQUISITE"
    NOT_ASSIGNED = "NOT_ASSIGNED"
    NOT_CERTIFIED = "NOT_CERTIFIED"
    NOT_TOGETHER = "NOT_TOGETHER"
    NOT_WORKING = "NOT_WORKING"
    NOT_YET = "NOT_YET"
    NO_DEVICE = "NO_DEVICE"
    NO_PRACTITIONER = "NO_PRACTITIONER"
    NO_ROOM = "NO_ROOM"
    NO_SESSION_LEFT = "NO_SESSION_LEFT"
    OFF_GRID = "OFF_GRID"
    OUTSIDE_HOURS = "OUTSIDE_HOURS"
    PAST = "PAST"
    PRACTITIONER_TAKEN = "PRACTITIONER_TAKEN"
    PRE_CARE = "PRE_CARE"
    PROTOCOL_NOT_OFFERED = "PROTOCOL_NOT_OFFERED"
    ROOM_TAKEN = "ROOM_TAKEN"
    SERVICE_DUE = "SERVICE_DUE"
    TIME_OFF = "TIME_OFF"
    VISIT_NOT_ALLOWED = "VISIT_NOT_ALLOWED"


class BlockingKind(StrEnum):
    """What kind of thing stops a visit, or is behind that."""

    APPOINTMENT = "APPOINTMENT"
    CERTIFICATION = "CERTIFICATION"
    CLIENT_HOLD = "CLIENT_HOLD"
    CLINIC = "CLINIC"
    CLOSURE = "CLOSURE"
    COURSE = "COURSE"
    CREDENTIAL = "CREDENTIAL"
    DEVICE = "DEVICE"
    HOLIDAY = "HOLIDAY"
    PRACTITIONER = "PRACTITIONER"
    PREREQUISITE = "PREREQUISITE"
    PROTOCOL = "PROTOCOL"
    ROOM = "ROOM"
    RULE = "RULE"
    SCOPE_RULE = "SCOPE_RULE"
    SERVICE = "SERVICE"
    SLOT_HOLD = "SLOT_HOLD"
    TIME_OFF = "TIME_OFF"


#: What a need asks for, each with the codes that say so without naming any.
RESOURCES: dict[BlockingKind, tuple[ReasonCode, ReasonCode, str]] = {
    BlockingKind.DEVICE: (ReasonCode.NO_DEVICE, ReasonCode.DEVICE_TAKEN, "device"),
    BlockingKind.PRACTITIONER: (
        ReasonCode.NO_PRACTITIONER,
        ReasonCode.PRACTITIONER_TAKEN,
        "practitioner",
    ),
    BlockingKind.ROOM: (ReasonCode.NO_ROOM, ReasonCode.ROOM_TAKEN, "room"),
}


#: What a resource lacks whatever the hour.
UNQUALIFIED = frozenset(
    {
        ReasonCode.CREDENTIAL_EXPIRED,
        ReasonCode.DEPTH_OUT_OF_SCOPE,
        ReasonCode.NOT_ASSIGNED,
        ReasonCode.NOT_CERTIFIED,
        ReasonCode.SERVICE_DUE,
    }
)


@dataclass(frozen=True, slots=True)
class Blocking:
    """A thing, by its human-readable code and its id in the tables, as far as it has them."""

    kind: BlockingKind
    code: str | None = None
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: the thing that stops the visit, and the cause behind that.

    `rule` is what staff may set aside. `need` is the position of the need that a resource cannot
    meet, `role` what it does in the visit; `holds` the findings, for who may see them.
    """

    code: ReasonCode
    message: str
    field: str | None = None
    until: datetime | None = None
    blocking: Blocking | None = None
    cause: Blocking | None = None
    rule: SoftRule | None = None
    need: int | None = None
    role: str | None = None
    holds: tuple[Hold, ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        """The same of two starts: who or what stops which need, by which rule."""
        return self.code, self.need, self.blocking


def refusal_of(check: Callable[[], object]) -> RuleViolation | None:
    """What a check refuses; None where it lets by."""
    try:
        check()
    except RuleViolation as refused:
        return refused
    return None


def merged(several: Iterable[Iterable[Reason]]) -> list[Reason]:
    """What stops all of several starts: each reason once, until it stops none of them any more."""
    found: dict[tuple[object, ...], Reason] = {}
    for reasons in several:
        for each in reasons:
            known = found.setdefault(each.key, each)
            if (each.until or FOR_GOOD) > (known.until or FOR_GOOD):
                found[each.key] = replace(known, until=each.until)
    return list(found.values())


def soonest_first(reasons: Iterable[Reason]) -> list[Reason]:
    """By when they end, and as they were."""
    return sorted(reasons, key=lambda each: each.until or FOR_GOOD)


def without_names(reasons: Iterable[Reason], hidden: Collection[BlockingKind]) -> list[Reason]:
    """The same for who may not read some kinds of resources: of each need that one of them cannot
    meet only that nothing of the kind does or is free, until the first one is."""
    shown = list[Reason]()
    of_need: dict[int, list[Reason]] = {}
    for each in reasons:
        if each.need is None or each.blocking is None or each.blocking.kind not in hidden:
            shown.append(each)
            continue
        if each.need not in of_need:
            shown.append(each)
        of_need.setdefault(each.need, []).append(each)
    return list(_told(shown, of_need, hidden))


def _told(
    shown: Iterable[Reason], of_need: dict[int, list[Reason]], hidden: Collection[BlockingKind]
) -> Iterator[Reason]:
    for each in shown:
        if each.need not in of_need or each.blocking is None or each.blocking.kind not in hidden:
            yield each
            continue
        here = of_need[each.need]
        kind = each.blocking.kind
        nothing, taken, noun = RESOURCES[kind]
        lacking = all(one.code is nothing or one.code in UNQUALIFIED for one in here)
        yield Reason(
            nothing if lacking else taken,
            f"No {noun} there can do this then." if lacking else f"No {noun} is free then.",
            until=min((one.until for one in here if one.until), default=None),
            blocking=Blocking(kind),
            need=each.need,
            role=each.role,
        )
