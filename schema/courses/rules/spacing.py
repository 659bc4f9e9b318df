"""When sessions may be: days between them, and windows for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol

from schema.courses.rules.violations import CourseNotFeasible, IntervalTooShort
from schema.protocols.rules import (
    LayerKind,
    Resolved,
    Variant,
    interval_for,
    resolve_own,
    spacing_for,
)


class Spacing(Protocol):
    """Days between sessions: a protocol's rule, lifted to its healing guard, or what a course
    pinned of it. `min_days` is the hard minimum."""

    @property
    def min_days(self) -> int: ...
    @property
    def preferred_days(self) -> int: ...
    @property
    def max_days(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Window:
    """The days for a session, first and last included; `preferred_on` ranks those between."""

    earliest_on: date
    preferred_on: date
    latest_on: date


@dataclass(frozen=True, slots=True)
class DaysBetween:
    """A spacing of its own."""

    min_days: int
    preferred_days: int
    max_days: int


def spacing_in_force(
    sold: Spacing, applied: Resolved, variant: Variant, areas: Sequence[str]
) -> Spacing:
    """The interval of a course today: as it was sold, and lifted where the law is stricter by now
    or skin heals longer. Nothing shortens it.

    `applied` is what applies to the course. Of what the clinic sets for itself after the sale
    nothing reaches it: the interval that was sold stands in for the clinic's own, and holds as far
    as the law lets a clinic set it.
    """
    rule = interval_for(applied.below, variant)
    if rule is None:
        return sold
    laws = tuple(each for each in applied.changes if each.layer is LayerKind.JURISDICTION)
    lower = replace(applied, content=applied.below, changes=laws)
    own = {f"intervalRules.{rule.key}.minDays": sold.min_days}
    today = spacing_for(resolve_own(lower, own, "").content, variant, areas)
    return sold if today is None else _lifted(sold, today.min_days)


def _lifted(spacing: Spacing, min_days: int) -> Spacing:
    if spacing.min_days >= min_days:
        return spacing
    preferred = max(spacing.preferred_days, min_days)
    return DaysBetween(min_days, preferred, max(spacing.max_days, preferred))


def plan_sessions(first_on: date, count: int, spacing: Spacing, expires_on: date) -> list[Window]:
    """A window for each of `count` sessions, the first of which may be from `first_on` on.

    Each leaves the later ones time to be done before the course expires. Where that cannot be any
    more, a window is the one day that comes closest.
    """
    return [
        _window(first_on, ahead, count - 1 - ahead, spacing, expires_on) for ahead in range(count)
    ]


def next_windows(last_on: date, remaining: int, spacing: Spacing, expires_on: date) -> list[Window]:
    """A window for each of the remaining sessions after one on `last_on`."""
    planned = plan_sessions(last_on, remaining + 1, spacing, expires_on)
    return planned[1:]


def _window(base: date, ahead: int, behind: int, spacing: Spacing, expires_on: date) -> Window:
    """The window of a session `ahead` intervals after `base` that has `behind` more after it."""
    least = spacing.min_days
    earliest = base + timedelta(days=ahead * least)
    last_call = expires_on - timedelta(days=behind * least)
    lapse = base + timedelta(days=ahead * spacing.max_days) if ahead else last_call
    latest = max(earliest, min(lapse, last_call))
    preferred = base + timedelta(days=ahead * spacing.preferred_days)
    return Window(earliest, min(max(preferred, earliest), latest), latest)


def check_feasible(first_on: date, count: int, spacing: Spacing, expires_on: date) -> None:
    """Raise CourseNotFeasible unless the last session, at the shortest intervals, is in time.

    Source: domain.md, "What must be computed" 1: the last session is (n - 1) intervals later.
    """
    last_on = first_on + timedelta(days=(count - 1) * spacing.min_days)
    if last_on > expires_on:
        raise CourseNotFeasible(
            f"{count} sessions at {spacing.min_days} days end on {last_on} at the earliest;"
            f" the course ends on {expires_on}.",
            field="sessions",
        )


@dataclass(frozen=True, slots=True)
class Treated:
    """A day on which areas were or will be treated, after which they heal for so many days."""

    day: date
    heals_days: int

    def free_from(self, spacing: Spacing) -> date:
        """The first day on which they may be treated again, at such an interval."""
        return self.day + timedelta(days=max(self.heals_days, spacing.min_days))

    def too_close(self, day: date, spacing: Spacing) -> bool:
        if day < self.day:
            return (self.day - day).days < spacing.min_days
        return day < self.free_from(spacing)


def earliest_after(treated: Iterable[Treated], spacing: Spacing) -> date | None:
    """The first day for the next session on areas that were treated; None: any day."""
    return max((each.free_from(spacing) for each in treated), default=None)


def check_interval(treated: Iterable[Treated], day: date, spacing: Spacing, field: str) -> None:
    """Raise IntervalTooShort if `day` is too close to a day on which its areas are treated.

    After it: neither its own interval has passed nor what was done has healed. Before it, since
    what was done can be recorded late and visits are booked in any order: its own interval.
    """
    close = [each for each in treated if each.too_close(day, spacing)]
    if close:
        allowed = max(each.free_from(spacing) for each in close)
        least = max(spacing.min_days, *(each.heals_days for each in close))
        raise IntervalTooShort(
            f"Skin heals for {least} days between sessions: not before {allowed}.", field=field
        )
