"""Time on the calendar's grid: cells of five minutes, numbered since 1970, as bits of integers.

A mask is an integer whose bit k is cell `first + k` of a frame. Everything that is asked of many
cells at once is then a few shifts and ANDs of integers. Source: scheduling.md.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache, reduce
from operator import or_
from zoneinfo import ZoneInfo

from schema.clinics.rules import GRID_MINUTES, local_day
from schema.intervals import EPOCH, Interval
from schema.scheduling.rules.hours import day_window

CELL = timedelta(minutes=GRID_MINUTES)
CELLS_A_DAY = 24 * 60 // GRID_MINUTES
Cells = tuple[int, int]


def floor_cell(instant: datetime) -> int:
    """The cell that `instant` lies in."""
    return (instant - EPOCH) // CELL


def ceil_cell(instant: datetime) -> int:
    """The first cell that begins at or after `instant`."""
    return -((EPOCH - instant) // CELL)


def cell_start(cell: int) -> datetime:
    """When a cell begins, in UTC."""
    return EPOCH + cell * CELL


def cells_of_time(start: datetime, end: datetime) -> Cells:
    """The cells that the time from `start` to `end` touches."""
    return floor_cell(start), ceil_cell(end)


def span(begin: int, end: int) -> int:
    """The mask of the cells from `begin` up to, not including, `end`; what is before 0 is cut."""
    begin = max(begin, 0)
    return ((1 << (end - begin)) - 1) << begin if begin < end else 0


def doubling(length: int) -> tuple[int, ...]:
    """The shifts by which a mask, ANDed with itself shifted by each in turn, comes to the cells at
    which `length` of its cells begin: as many as `length` has binary digits."""
    shifts, have = [], 1
    while have < length:
        more = min(have, length - have)
        shifts.append(more)
        have += more
    return tuple(shifts)


def run(free: int, length: int) -> int:
    """The cells at which `length` cells of `free` begin, one after another."""
    for shift in doubling(length):
        free &= free >> shift
    return free


def ones(mask: int) -> Iterator[int]:
    """The positions of a mask's bits, ascending."""
    bits = bin(mask)[:1:-1]
    position = bits.find("1")
    while position >= 0:
        yield position
        position = bits.find("1", position + 1)


def union(masks: Iterable[int]) -> int:
    """The cells that are in any of `masks`."""
    return reduce(or_, masks, 0)


def repeated(length: int, step: int) -> int:
    """Every `step`-th of `length` cells, the first one included."""
    count = -(-length // step)
    return ((1 << count * step) - 1) // ((1 << step) - 1)


@dataclass(frozen=True, slots=True)
class Frame:
    """The cells from `first` on, so many that a calendar is for."""

    first: int
    count: int

    @classmethod
    def around(cls, interval: Interval) -> "Frame":
        first = floor_cell(interval.start)
        return cls(first, ceil_cell(interval.end) - first)

    @property
    def end(self) -> int:
        """The first cell after it."""
        return self.first + self.count

    @property
    def interval(self) -> Interval:
        return Interval(cell_start(self.first), cell_start(self.end))

    def span(self, begin: int, end: int) -> int:
        """The mask of the cells from `begin` up to `end`; those outside are left out."""
        return span(begin - self.first, min(end - self.first, self.count))

    def inside(self, intervals: Iterable[tuple[datetime, datetime]]) -> int:
        """The mask of the cells that disjoint `intervals` cover whole."""
        return self.mask((ceil_cell(start), floor_cell(end)) for start, end in intervals)

    def bytes(self, mask: int) -> bytes:
        """A mask as bytes, of which a search reads some; those after its last cell are left out."""
        return mask.to_bytes((mask.bit_length() + 7) // 8, "little")

    def mask(self, cells: Iterable[Cells]) -> int:
        """The mask of numbered cells, each pair half-open; those outside are left out.

        Two bits for each are written to two masks, whose difference has all bits between: large
        integers are dear, one for each pair.
        """
        begins, ends = bytearray(self.count // 8 + 1), bytearray(self.count // 8 + 1)
        first, last, reached = self.first, self.end, self.first
        for begin, end in sorted(cells):  # a million times: without min and max
            if begin < reached:
                begin = reached
            if end > last:
                end = last
            if begin < end:
                low, high = begin - first, end - first
                begins[low >> 3] |= 1 << (low & 7)
                ends[high >> 3] |= 1 << (high & 7)
                reached = end
        return int.from_bytes(ends, "little") - int.from_bytes(begins, "little")


@dataclass(frozen=True, slots=True)
class Days:
    """The local days of a frame: day `first_day` + k begins at position `begins[k]`; the last entry
    is where the last day ends. The first day may have begun before the frame."""

    first_day: date
    begins: tuple[int, ...]

    def position(self, day: date) -> int:
        """Where a day begins, or the end of the frame that is nearest to it."""
        index = min(max((day - self.first_day).days, 0), len(self.begins) - 1)
        return self.begins[index]

    def span(self, from_on: date | None, to_on: date | None) -> int:
        """The mask of the days from one to another, both included; None: unbounded."""
        begin = self.begins[0] if from_on is None else self.position(from_on)
        end = self.begins[-1] if to_on is None else self.position(to_on + timedelta(days=1))
        return span(begin, end)


@lru_cache(maxsize=512)
def days_of(frame: Frame, zone: ZoneInfo) -> Days:
    """The local days that lie in a frame, some of them in part."""
    first_day = local_day(cell_start(frame.first), zone)
    begins: list[int] = []
    day = first_day
    while not begins or begins[-1] < frame.count:
        begins.append(ceil_cell(day_window(day, zone).start) - frame.first)
        day += timedelta(days=1)
    return Days(first_day, tuple(begins))


@lru_cache(maxsize=1024)
def aligned(frame: Frame, zone: ZoneInfo, step_minutes: int) -> int:
    """The mask of the starts that are offered: so many minutes apart from each local midnight."""
    step, found = step_minutes // GRID_MINUTES, 0
    days = days_of(frame, zone)
    for begin, end in zip(days.begins, days.begins[1:], strict=False):
        marks = repeated(end - begin, step) if begin < end else 0
        found |= marks << begin if begin >= 0 else marks >> -begin
    return found


@lru_cache(maxsize=8)
def instants(frame: Frame) -> list[datetime]:
    """When each cell of a frame begins: looked up, because adding to a datetime is dear."""
    first = cell_start(frame.first)
    return [first + k * CELL for k in range(frame.count)]
