"""The clinics' rules, by table and property."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.clinics import rules
from schema.clinics.rules import (
    DAY_MINUTES,
    NEXT_STATUSES,
    ClinicStatus,
    InvalidCode,
    InvalidDeviceDepth,
    InvalidHours,
    StatusNotReachable,
    UnknownTimeZone,
    WeeklyInterval,
    check_code,
    check_device_depth,
    check_hours,
    check_status_change,
    check_time_zone,
)

WEEK_MINUTES = 7 * DAY_MINUTES
GRID = st.integers(0, DAY_MINUTES // 5 - 1).map(lambda each: each * 5)
INTERVALS = st.builds(WeeklyInterval, st.integers(0, 6), GRID, GRID)


@pytest.mark.parametrize("current", ClinicStatus)
@pytest.mark.parametrize("wanted", ClinicStatus)
def test_a_clinic_moves_only_along_its_way(current: ClinicStatus, wanted: ClinicStatus) -> None:
    if wanted in NEXT_STATUSES[current]:
        check_status_change(current, wanted)
    else:
        with pytest.raises(StatusNotReachable):
            check_status_change(current, wanted)


def minutes_of_week(each: WeeklyInterval) -> set[int]:
    start = each.weekday * DAY_MINUTES + each.opens
    return {minute % WEEK_MINUTES for minute in range(start, start + each.minutes, 5)}


@given(st.lists(INTERVALS, max_size=4))
def test_hours_are_refused_just_where_they_overlap(week: list[WeeklyInterval]) -> None:
    covered = [minutes_of_week(each) for each in week]
    overlap = sum(map(len, covered)) > len(set().union(*covered))
    if overlap:
        with pytest.raises(InvalidHours):
            check_hours(week)
    else:
        check_hours(week)


@pytest.mark.parametrize(
    ("opens", "closes", "minutes"),
    [(540, 1080, 540), (0, 1440, 1440), (1320, 120, 240), (600, 600, 1440), (1380, 0, 60)],
)
def test_an_end_at_or_before_the_start_is_on_the_next_day(
    opens: int, closes: int, minutes: int
) -> None:
    assert WeeklyInterval(0, opens, closes).minutes == minutes


@pytest.mark.parametrize("interval", [(7, 0, 5), (0, 1440, 5), (0, 0, 1445), (0, 3, 10), (0, 5, 8)])
def test_hours_off_the_grid_are_refused(interval: tuple[int, int, int]) -> None:
    with pytest.raises(InvalidHours):
        check_hours([WeeklyInterval(*interval)])


def test_codes_are_normal_or_refused() -> None:
    assert check_code(" mn-medical ") == "MN-MEDICAL"
    for wrong in ("", "A", "-A", "A B", "Ä1", "A" * 41):
        with pytest.raises(InvalidCode):
            check_code(wrong)


def test_a_zone_is_an_iana_name() -> None:
    assert check_time_zone("Australia/Lord_Howe").key == "Australia/Lord_Howe"
    with pytest.raises(UnknownTimeZone):
        check_time_zone("Mars/Olympus")


def test_zones_are_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """In files, which takes milliseconds: an answer says thousands of starts in a viewer's zone."""
    check_time_zone("Asia/Tokyo")
    monkeypatch.setattr(rules, "available_timezones", None)
    assert check_time_zone("Asia/Seoul").key == "Asia/Seoul"


@pytest.mark.parametrize("depth", ["-0.1", "10.01", "0.505", "NaN", "Infinity", "99999999"])
def test_no_device_goes_that_deep(depth: str) -> None:
    with pytest.raises(InvalidDeviceDepth):
        check_device_depth(Decimal(depth))


@pytest.mark.parametrize("depth", [None, Decimal(0), Decimal("2.50")])
def test_depths_of_devices(depth: Decimal | None) -> None:
    check_device_depth(depth)
