"""Half-open intervals of instants: `[start, end)`, and the algebra of lists of them.

Instants are aware, and any pair of them will do where an interval is asked for. What a function
here returns is in UTC, so that adding to it or comparing it never meets a wall clock.

A list is *disjoint* when its intervals ascend and neither overlap nor touch nor are empty.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Interval(NamedTuple):
    """From `start` up to, not including, `end`; empty unless `start < end`."""

    start: datetime
    end: datetime

    @property
    def duration(self) -> timedelta:
        return self.end.astimezone(UTC) - self.start.astimezone(UTC)

    def contains(self, instant: datetime) -> bool:
        start, end = in_utc(self)
        return start <= instant.astimezone(UTC) < end

    def overlaps(self, other: "Interval") -> bool:
        """Whether some instant lies in both: intervals that only touch do not overlap."""
        return bool(intersect([self], [other]))


def in_utc(interval: tuple[datetime, datetime]) -> Interval:
    start, end = interval
    if isinstance(interval, Interval) and start.tzinfo is UTC and end.tzinfo is UTC:
        return interval
    return Interval(start.astimezone(UTC), end.astimezone(UTC))


def union(intervals: Iterable[tuple[datetime, datetime]]) -> list[Interval]:
    """What any of `intervals` covers, disjoint."""
    return _merged(sorted(map(in_utc, intervals)))


def _merged(ascending: Iterable[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for each in ascending:
        start, end = each
        if start >= end:
            continue
        if merged and start <= merged[-1].end:
            if end > merged[-1].end:
                merged[-1] = Interval(merged[-1].start, end)
        else:
            merged.append(each)
    return merged


def intersect(
    some: Iterable[tuple[datetime, datetime]], others: Iterable[tuple[datetime, datetime]]
) -> list[Interval]:
    """What both lists cover, disjoint."""
    return list(_overlaps(union(some), union(others)))


def _overlaps(some: Sequence[Interval], others: Sequence[Interval]) -> Iterator[Interval]:
    left = right = 0
    while left < len(some) and right < len(others):
        start = max(some[left].start, others[right].start)
        end = min(some[left].end, others[right].end)
        if start < end:
            yield Interval(start, end)
        if some[left].end <= others[right].end:
            left += 1
        else:
            right += 1


def subtract(
    some: Iterable[tuple[datetime, datetime]], others: Iterable[tuple[datetime, datetime]]
) -> list[Interval]:
    """What `some` cover and `others` do not, disjoint."""
    kept, gone = union(some), union(others)
    if not kept or not gone:
        return kept
    edges = [kept[0].start, *(edge for each in gone for edge in each), kept[-1].end]
    gaps = [Interval(*each) for each in zip(edges[::2], edges[1::2], strict=True)]
    return list(_overlaps(kept, gaps))


def floor(instant: datetime, grid: timedelta) -> datetime:
    """The last multiple of `grid` since 1970 that is not after `instant`."""
    return EPOCH + (instant - EPOCH) // grid * grid


def ceil(instant: datetime, grid: timedelta) -> datetime:
    """The first multiple of `grid` since 1970 that is not before `instant`."""
    return EPOCH - (EPOCH - instant) // grid * grid


def outward(intervals: Iterable[tuple[datetime, datetime]], grid: timedelta) -> list[Interval]:
    """The cells of `grid` that `intervals` touch, disjoint; an empty interval touches none."""
    return _merged(Interval(floor(start, grid), ceil(end, grid)) for start, end in union(intervals))


def inward(intervals: Iterable[tuple[datetime, datetime]], grid: timedelta) -> list[Interval]:
    """The cells of `grid` that `intervals` cover whole, disjoint."""
    return _merged(Interval(ceil(start, grid), floor(end, grid)) for start, end in union(intervals))
