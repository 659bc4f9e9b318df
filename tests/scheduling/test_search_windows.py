"""What bounds a search whoever comes: windows, days, how the clinic takes bookings, pre-care."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schema.access.rules import Role
from schema.scheduling.actions import set_booking_rules
from schema.scheduling.rules.hours import day_window
from tests.actors import everywhere
from tests.asking import Asking
from tests.scheduling.asked import AVAILABILITY, instants
from tests.scheduling.searched import DAY, SEARCH, asked, days_of, on, search
from tests.scheduling.setting import NEW_YORK, Setting

HOUR = timedelta(hours=1)
HQ = everywhere(Role.HQ_ANALYST)
BOTH = {"clinics": [{"code": "LONDON"}, {"code": "RALEIGH"}]}


def next_day(hours: int) -> date:
    """The next day in New York that lasts so many hours, a week ahead at least."""
    today = datetime.now(NEW_YORK).date()
    days = (today + n * DAY for n in range(7, 366))
    return next(day for day in days if day_window(day, NEW_YORK).duration == hours * HOUR)


def times(found: Any) -> list[datetime]:
    return [datetime.fromisoformat(each) for each in found["starts"]]


async def test_days_are_each_clinics_own(ask: Asking, setting: Setting) -> None:
    """The same day begins five hours earlier in London; the last day counts."""
    wanted = asked(setting.at(0), setting.at(1), where=BOTH, window=on(setting.day))
    data = await ask.data(HQ, SEARCH, input=wanted)
    london, raleigh = data["availability"]["clinics"]
    for found, zone in ((london, "Europe/London"), (raleigh, "America/New_York")):
        assert days_of(found) == [setting.day]
        assert times(found)[0] == setting.at(9, zone=zone)
        assert times(found)[-1] == setting.at(16, 45, zone=zone)


async def test_instants_are_the_same_in_every_clinic(ask: Asking, setting: Setting) -> None:
    begin = setting.at(9, zone="America/New_York")
    window = instants(begin, begin + timedelta(hours=2))
    wanted = asked(begin, begin, where=BOTH, window=window)
    data = await ask.data(HQ, SEARCH, input=wanted)
    london, raleigh = data["availability"]["clinics"]
    assert times(london)[0] == times(raleigh)[0] == begin
    assert len(london["starts"]) == len(raleigh["starts"]) == 8


@pytest.mark.parametrize("hours", [23, 24, 25])
async def test_a_day_on_which_the_clocks_change_is_one_day(
    ask: Asking, setting: Setting, hours: int
) -> None:
    """Open from nine to six by the clocks; the visit takes an hour and a half with clean-up."""
    day = next_day(hours)
    found = await search(
        ask, HQ, **asked(setting.at(0), setting.at(0), window=on(day), stepMinutes=60)
    )
    midnight = datetime.combine(day, time(), NEW_YORK)
    expected = [midnight.replace(hour=9 + n).astimezone(UTC) for n in range(8)]
    assert times(found) == expected


async def test_a_viewers_zone_changes_text_alone(ask: Asking, setting: Setting) -> None:
    query = """query ($input: AvailabilityInput!) { availability(input: $input) { clinics { starts
        localStarts theirs: localStarts(viewerZone: "Asia/Kolkata")
        slots(first: 1) { start localStart theirs: localStart(viewerZone: "Asia/Kolkata") } } } }"""
    wanted = asked(setting.at(9), setting.at(10), limitPerClinic=1)
    found = await search(ask, HQ, query, **wanted)
    (start,) = times(found)
    assert found["localStarts"] == [start.astimezone(NEW_YORK).isoformat(timespec="minutes")]
    theirs = start.astimezone(ZoneInfo("Asia/Kolkata")).isoformat(timespec="minutes")
    assert found["theirs"] == [theirs]
    assert found["slots"] == [
        {
            "start": found["starts"][0],
            "localStart": found["localStarts"][0],
            "theirs": theirs,
        }
    ]
    wrong = await ask(HQ, query.replace("Asia/Kolkata", "Mars/Base"), input=wanted)
    assert set(wrong.codes) == {"BAD_REQUEST"}


async def test_nothing_is_offered_but_as_the_clinic_takes_bookings(
    ask: Asking, setting: Setting
) -> None:
    """Starts every forty minutes, two days ahead at the soonest, and up to thirty days."""
    async with ask.work() as work:
        await set_booking_rules(
            work,
            clinic="RALEIGH",
            expected_revision=0,
            terms={"step_minutes": 40, "lead_minutes": 4 * 24 * 60, "horizon_days": 30},
        )
        today = work.now.astimezone(NEW_YORK).date()
    window = on(today, today + 60 * DAY)
    found = await search(ask, HQ, **asked(setting.at(0), setting.at(0), window=window))
    days = days_of(found)
    assert days[-1] == today + 30 * DAY
    starts = times(found)
    assert starts[0] >= datetime.now(UTC) + timedelta(days=4) - timedelta(minutes=1)
    local = [each.astimezone(NEW_YORK) for each in starts]
    assert {(each.hour * 60 + each.minute) % 40 for each in local} == {0}
    own = await search(ask, HQ, **asked(setting.at(9), setting.at(12), stepMinutes=15))
    assert len(own["starts"]) == 12


async def test_what_comes_before_pre_care_is_kept_needs_the_clients_word(
    ask: Asking, setting: Setting
) -> None:
    """No sun for three days before: sooner starts are offered to who attests it."""
    async with ask.work() as work:
        now = work.now
        today = now.astimezone(NEW_YORK).date()
    window = on(today, today + 6 * DAY)
    found = await search(ask, HQ, **asked(now, now, window=window))
    ready = datetime.fromisoformat(found["preCareFrom"])
    assert abs(ready - now - timedelta(days=3)) < timedelta(minutes=1)
    assert min(times(found)) >= ready
    attested = await search(ask, HQ, **asked(now, now, window=window, preCareAttested=True))
    assert attested["preCareFrom"] is not None
    assert min(times(attested)) < ready
    assert set(attested["starts"]) > set(found["starts"])
    talk = {"protocol": {"code": "CONSULT"}}
    consulted = await search(ask, HQ, **asked(now, now, window=window, visit=talk))
    assert consulted["preCareFrom"] is None
    assert consulted["starts"]


async def test_an_answer_says_as_of_when_it_is_and_how_long_it_is_good(
    ask: Asking, setting: Setting
) -> None:
    data = await ask.data(HQ, SEARCH, input=asked(setting.at(0), setting.at(23), fresh=True))
    as_of, stale = (
        datetime.fromisoformat(data["availability"][name]) for name in ("asOf", "staleAfter")
    )
    assert abs(as_of - datetime.now(UTC)) < timedelta(minutes=1)
    assert stale - as_of == timedelta(seconds=60)


async def test_near_clinics_say_how_far_they_are(ask: Asking, setting: Setting) -> None:
    near = {"near": {"latitude": 51, "longitude": 0, "radiusKm": 9000}}
    data = await ask.data(HQ, SEARCH, input=asked(setting.at(0), setting.at(23), where=near))
    distances = [each["distanceKm"] for each in data["availability"]["clinics"]]
    assert distances == sorted(distances)
    assert 0 < distances[0] < 100 < distances[1] < 9000


async def test_where_nobody_may_do_it_the_problem_says_so(ask: Asking, setting: Setting) -> None:
    """Nobody's licence goes as deep."""
    visit = {"protocol": {"code": "MN-MEDICAL"}, "areas": ["FACE"], "variant": {"depthMm": "2.0"}}
    found = await search(ask, HQ, **asked(setting.at(0), setting.at(23), visit=visit))
    assert (found["starts"], found["problem"]["code"]) == ([], "NOTHING_SUITABLE")
    by_bea = await search(
        ask, HQ, **asked(setting.at(0), setting.at(23), practitioner={"code": "BEA"})
    )
    assert by_bea["starts"]
    nobody = await ask(
        HQ, AVAILABILITY, input=asked(setting.at(0), setting.at(23), practitioner={"code": "ZOE"})
    )
    assert nobody.codes == ["BAD_REQUEST"]
