"""Holding a start for some minutes while its client makes up their mind.

* RuleViolation
  - InvalidHoldTime   1 to 15 minutes in all
  - TooManyHolds      the caller holds as many starts as it may
  - HoldNotExtendable it was extended before
* Conflict
  - HoldExpired       over: it ran out, was released, or became a visit
"""

from datetime import datetime, timedelta

from schema.access.rules import ActorKind
from schema.errors import Conflict, Retry, RuleViolation
from schema.scheduling.rules.appointments import SlotHoldState

USUAL_HOLD_MINUTES, MOST_HOLD_MINUTES = 5, 15
MOST_HOLDS, MOST_HOLDS_OF_A_PARTNER = 5, 20
OVER = "This hold is over: ask for availability again."


class InvalidHoldTime(RuleViolation):
    code = "INVALID_HOLD_TIME"


class TooManyHolds(RuleViolation):
    code = "TOO_MANY_HOLDS"


class HoldNotExtendable(RuleViolation):
    code = "HOLD_NOT_EXTENDABLE"


class HoldExpired(Conflict):
    code = "HOLD_EXPIRED"
    retry = Retry.NEW_SLOT


def hold_until(held_at: datetime, begin: datetime, minutes: int) -> datetime:
    """When a hold ends that was made at `held_at` and is to last `minutes` from `begin`.

    Raises: InvalidHoldTime.
    """
    if minutes < 1 or begin + timedelta(minutes=minutes) > held_at + timedelta(
        minutes=MOST_HOLD_MINUTES
    ):
        raise InvalidHoldTime(
            f"A start is held for 1 to {MOST_HOLD_MINUTES} minutes in all.", field="minutes"
        )
    return begin + timedelta(minutes=minutes)


def check_holds(live: int, kind: ActorKind) -> None:
    """Raise TooManyHolds where the caller may not hold one more."""
    most = MOST_HOLDS_OF_A_PARTNER if kind is ActorKind.PARTNER else MOST_HOLDS
    if live >= most:
        raise TooManyHolds(f"You hold {live} starts: release one, or wait until it expires.")


def check_extendable(extended_at: datetime | None) -> None:
    """Raise HoldNotExtendable the second time."""
    if extended_at is not None:
        raise HoldNotExtendable("A hold is extended once.", field="id")


def check_held(state: SlotHoldState, expires_at: datetime, now: datetime, field: str) -> None:
    """Raise HoldExpired unless the hold still holds."""
    if state_at(state, expires_at, now) is not SlotHoldState.HELD:
        raise HoldExpired(OVER, field=field)


def state_at(state: SlotHoldState, expires_at: datetime, now: datetime) -> SlotHoldState:
    """What became of a hold by `now`."""
    expired = state is SlotHoldState.HELD and expires_at <= now
    return SlotHoldState.EXPIRED if expired else state
