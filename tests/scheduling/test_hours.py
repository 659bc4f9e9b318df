"""Opening hours as instants, against a local clock watched minute by minute."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.clinics.rules import local_day
from schema.intervals import Interval
from schema.scheduling.rules import Hours, OpeningRules, opening_intervals
from schema.scheduling.rules.hours import day_window, local_instant

NEW_YORK = ZoneInfo("America/New_York")
ODD_ZONES = [
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",  # half an hour
    "Pacific/Apia",  # no 30 December 2011
    "America/Sao_Paulo",  # no midnight on some days of the past
    "America/Havana",  # midnight twice
    "Africa/Casablanca",  # back for Ramadan
    "Asia/Kathmandu",
    "Pacific/Chatham",
]


def every_day(*hours: Hours) -> OpeningRules:
    return OpeningRules(dict.fromkeys(range(7), hours))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]  # year, month, day, …


@cache
def transitions(zone: str, first_year: int = 2020, last_year: int = 2037) -> list[date]:
    """The UTC days in which the zone's offset changes; no zone changes it twice in a week."""
    place, first = ZoneInfo(zone), utc(first_year, 1, 1)

    def offset(day: int) -> timedelta | None:
        return (first + timedelta(days=day)).astimezone(place).utcoffset()

    weeks = range(0, (utc(last_year, 12, 31) - first).days, 7)
    changed = (
        day for week in weeks if offset(week) != offset(week + 7) for day in range(week, week + 7)
    )
    return [
        (first + timedelta(days=day)).date() for day in changed if offset(day) != offset(day + 1)
    ]


def watched(zone: ZoneInfo, day: date, minutes: int) -> datetime:
    """When a clock of `zone` first shows the minute, or has skipped it and shows as much more."""
    wanted = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)
    instant = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=2)
    shown = instant.astimezone(zone).replace(tzinfo=None)
    step = timedelta(minutes=1)
    while True:
        after = (instant + step).astimezone(zone).replace(tzinfo=None)
        if shown == wanted:
            return instant
        if shown < wanted < after and after - shown > step:
            return instant + (wanted - shown)
        instant, shown = instant + step, after


@pytest.mark.parametrize("zone", ODD_ZONES)
def test_local_minutes_are_what_a_watched_clock_shows(zone: str) -> None:
    place = ZoneInfo(zone)
    days = [*transitions(zone)[:2], *transitions(zone, 2010, 2019)[-2:]] or [date(2026, 1, 1)]
    for day in days:
        for minutes in range(0, 1441, 45):
            assert local_instant(day, minutes, place) == watched(place, day, minutes)


@pytest.mark.parametrize("zone", sorted(available_timezones()))
def test_days_tile_time_in_every_zone(zone: str) -> None:
    """Around each change of clocks, midnight to midnight leaves no gap and no overlap."""
    place, whole = ZoneInfo(zone), every_day(Hours(0, 1440))
    for change in transitions(zone):
        days = [change + timedelta(days=n) for n in range(-2, 3)]
        windows = [day_window(day, place) for day in days]
        assert all(one.end == other.start for one, other in pairwise(windows))
        assert opening_intervals(whole, place, days[0], days[-1]) == [
            Interval(windows[0].start, windows[-1].end)
        ]


def test_hours_on_the_days_the_clocks_change() -> None:
    early = every_day(Hours(60, 180))
    spring, autumn = date(2026, 3, 8), date(2026, 11, 1)
    assert opening_intervals(early, NEW_YORK, spring, spring) == [
        Interval(utc(2026, 3, 8, 6), utc(2026, 3, 8, 7))
    ]
    assert opening_intervals(early, NEW_YORK, autumn, autumn) == [
        Interval(utc(2026, 11, 1, 5), utc(2026, 11, 1, 8))
    ]


def test_a_gap_moves_forward_and_a_fold_takes_the_first() -> None:
    assert local_instant(date(2026, 3, 8), 150, NEW_YORK) == utc(2026, 3, 8, 7, 30)
    assert local_instant(date(2026, 11, 1), 90, NEW_YORK) == utc(2026, 11, 1, 5, 30)
    assert local_instant(date(2026, 10, 4), 135, ZoneInfo("Australia/Lord_Howe")) == utc(
        2026, 10, 3, 15, 45
    )


def test_hours_that_the_clocks_skip_are_none() -> None:
    skipped = every_day(Hours(150, 180))
    assert opening_intervals(skipped, NEW_YORK, date(2026, 3, 8), date(2026, 3, 8)) == []


def test_a_day_that_a_zone_skipped_has_no_hours() -> None:
    apia, shop = ZoneInfo("Pacific/Apia"), every_day(Hours(540, 1020))
    assert opening_intervals(shop, apia, date(2011, 12, 30), date(2011, 12, 30)) == []
    assert len(opening_intervals(shop, apia, date(2011, 12, 29), date(2011, 12, 31))) == 2


def test_a_close_at_or_before_the_opening_lies_in_the_next_day() -> None:
    day = date(2026, 6, 1)
    night = OpeningRules({day.weekday(): [Hours(22 * 60, 2 * 60)]})
    assert opening_intervals(night, NEW_YORK, day, day) == [
        Interval(utc(2026, 6, 2, 2), utc(2026, 6, 2, 6))
    ]
    assert opening_intervals(night, NEW_YORK, day + timedelta(days=1), day) == []
    round_the_clock = OpeningRules({day.weekday(): [Hours(540, 540)]})
    (whole,) = opening_intervals(round_the_clock, NEW_YORK, day, day)
    assert whole.duration == timedelta(days=1)


def test_an_override_replaces_the_weekly_hours_of_its_date_only() -> None:
    day = date(2026, 6, 1)
    rules = OpeningRules(
        {weekday: [Hours(540, 1020)] for weekday in range(7)},
        {day: [], day + timedelta(days=1): [Hours(600, 720), Hours(780, 1440)]},
    )
    found = opening_intervals(rules, ZoneInfo("UTC"), day, day + timedelta(days=2))
    assert found == [
        Interval(utc(2026, 6, 2, 10), utc(2026, 6, 2, 12)),
        Interval(utc(2026, 6, 2, 13), utc(2026, 6, 3)),
        Interval(utc(2026, 6, 3, 9), utc(2026, 6, 3, 17)),
    ]


minutes = st.integers(0, 288).map(lambda cell: cell * 5)


@given(st.data(), st.sampled_from(ODD_ZONES), st.lists(st.tuples(minutes, minutes), max_size=4))
def test_open_is_what_the_rules_say_of_each_local_minute(
    data: st.DataObject, zone: str, pairs: list[tuple[int, int]]
) -> None:
    """Away from changes of clocks, an instant is open if its local minute is in some hours."""
    place = ZoneInfo(zone)
    day = data.draw(st.dates(date(2020, 1, 3), date(2037, 12, 1)))
    near = {change for change in transitions(zone) if abs((change - day).days) < 4}
    rules = every_day(*(Hours(opens % 1440, closes) for opens, closes in pairs))
    found = opening_intervals(rules, place, day - timedelta(days=1), day)
    window = day_window(day, place)
    instant = data.draw(st.integers(0, window.duration // timedelta(minutes=1) - 1))
    moment = window.start + timedelta(minutes=instant)
    shown = moment.astimezone(place)
    assert local_day(moment, place) == day
    if not near:
        minute = shown.hour * 60 + shown.minute
        expected = any(
            opens <= minute < closes if opens < closes else minute >= opens or minute < closes
            for opens, closes in ((h.opens, h.closes) for h in rules.on(day))
        )
        assert any(each.contains(moment) for each in found) == expected
