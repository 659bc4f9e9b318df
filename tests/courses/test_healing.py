"""Skin heals per area: by what is sold, and by what was done there, in whatever course."""

from typing import Any

import pytest

from tests.asking import Asking
from tests.courses.shop import Shop, protocol_id, record, sell
from tests.courses.versions import another_template, follow, guard, spaced

TEN_DAYS = spaced(10, 21, 28, guard(10, "HANDS"))
A_MONTH = spaced(20, 21, 28, guard(28, "FACE"))


def windows(course: Any) -> list[str]:
    return [each["earliestOn"] for each in course["sessions"]]


@pytest.mark.parametrize(
    ("areas", "days"), [(["HANDS"], 10), (["FACE"], 14), (["HANDS", "FACE"], 14)]
)
async def test_a_course_keeps_the_interval_that_its_areas_need(
    ask: Asking, shop: Shop, areas: list[str], days: int
) -> None:
    """HQ lets hands heal for ten days; other areas heal for two weeks."""
    await follow(ask, TEN_DAYS)
    course = await sell(ask, shop, areas=areas)
    assert (course["minDays"], course["preferredDays"], course["maxDays"]) == (days, 21, 28)
    assert windows(course) == [shop.day(0), shop.day(days), shop.day(2 * days)]
    course = await record(ask, shop, course, 0)
    before = await ask.counts()
    early = await record(ask, shop, course, days - 1)
    assert (early["code"], early["field"]) == ("INTERVAL_TOO_SHORT", "doneOn")
    assert await ask.counts() == before
    assert (await record(ask, shop, course, days))["__typename"] == "Course"


async def test_a_longer_guard_lifts_the_whole_interval(ask: Asking, shop: Shop) -> None:
    await follow(ask, A_MONTH)
    face, neck = [await sell(ask, shop, areas=[area]) for area in ("FACE", "NECK")]
    days = ("minDays", "preferredDays", "maxDays")
    assert [face[each] for each in days] == [28, 28, 28]
    assert [neck[each] for each in days] == [20, 21, 28]


async def test_a_course_is_feasible_by_the_areas_it_is_for(ask: Asking, shop: Shop) -> None:
    await follow(ask, TEN_DAYS)
    before = await ask.counts()
    problem = await sell(ask, shop, areas=["FACE"], validityDays=20)
    assert (problem["code"], problem["field"]) == ("COURSE_NOT_FEASIBLE", "sessions")
    assert await ask.counts() == before
    assert (await sell(ask, shop, areas=["HANDS"], validityDays=20))["__typename"] == "Course"


async def test_what_was_done_heals_whatever_comes_next(ask: Asking, shop: Shop) -> None:
    """Courses of two templates: the first lets the face heal for a month, the other is for every
    two weeks."""
    await follow(ask, A_MONTH)
    other = await another_template(ask, spaced(14, 14, 28))
    first = await record(ask, shop, await sell(ask, shop, areas=["FACE", "NECK"]), 0)
    assert first["__typename"] == "Course"
    wanted = {"clinicProtocol": protocol_id(other)}
    face, neck = [await sell(ask, shop, areas=[area], **wanted) for area in ("FACE", "NECK")]
    assert (face["minDays"], neck["minDays"]) == (14, 14)
    assert windows(face)[0] == shop.day(28)
    assert windows(neck)[0] == shop.day(14)
    hands = await sell(ask, shop, areas=["HANDS"], **wanted)
    assert windows(hands)[0] == shop.day(0)
    before = await ask.counts()
    early = await record(ask, shop, face, 27)
    assert early["code"] == "INTERVAL_TOO_SHORT"
    assert early["message"].endswith(f"not before {shop.day(28)}.")
    assert await ask.counts() == before
    assert (await record(ask, shop, neck, 14))["__typename"] == "Course"
    assert (await record(ask, shop, face, 28))["__typename"] == "Course"


async def test_the_interval_of_what_comes_next_counts_after_another_template(
    ask: Asking, shop: Shop
) -> None:
    """MN-MEDICAL wants six weeks, though the other template's skin healed after two."""
    other = await another_template(ask, spaced(14, 14, 28))
    both = await sell(ask, shop, areas=["FACE"], clinicProtocol=protocol_id(other))
    assert (await record(ask, shop, both, 0))["__typename"] == "Course"
    course = await sell(ask, shop, areas=["FACE"])
    assert windows(course)[0] == shop.day(42)
    assert (await record(ask, shop, course, 41))["code"] == "INTERVAL_TOO_SHORT"
    assert (await record(ask, shop, course, 42))["__typename"] == "Course"
