"""Courses stay on their version, and say how it differs from what the clinic offers now."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from schema.access.rules import Permission, Role
from schema.courses import store
from schema.protocols.actions import Decision
from schema.protocols.rules import (
    LayerChange,
    Proposal,
    ProtocolContent,
    Resolution,
    Resolved,
    attributed,
)
from schema.scope import Scope
from tests.actors import actor_with, everywhere
from tests.asking import Asking
from tests.courses.shop import Shop, protocol_id, record, run, sell
from tests.courses.versions import (
    CLEANSE,
    MIN_DAYS,
    cleansed,
    clear_own,
    follow,
    law,
    next_version,
    set_own,
    spaced,
    upgrade,
)
from tests.pricing.terms import MEDICAL

DIFFERENCES = """differences { kind path class layer layerName before { integer decimal }
    after { integer decimal } summary }"""
ONE = f"query ($by: By!) {{ course(by: $by) {{ minDays version {{ number }} {DIFFERENCES} }} }}"
PAGE = f"""query ($first: Int!) {{ courses(first: $first) {{
    edges {{ node {{ code {DIFFERENCES} }} }} }} }}"""


async def shown(ask: Asking, shop: Shop, course: Any) -> Any:
    return (await ask.data(shop.desk(), ONE, by={"id": course["id"]}))["course"]


async def paths(ask: Asking, shop: Shop, course: Any) -> list[str]:
    return [each["path"] for each in (await shown(ask, shop, course))["differences"]]


async def test_a_course_says_what_its_clinic_does_otherwise_by_now(ask: Asking, shop: Shop) -> None:
    sold_before = await sell(ask, shop)
    await follow(ask, cleansed(10, spaced(49, 49, 56)))
    sold_after = await sell(ask, shop, areas=["NECK"])
    course = await shown(ask, shop, sold_before)
    assert (course["minDays"], course["version"]) == (42, {"number": 1})
    found = {each["path"]: each for each in course["differences"]}
    assert found[MIN_DAYS] == {
        "kind": "SET",
        "path": MIN_DAYS,
        "class": "SAFETY_TIGHTENING",
        "layer": "HEADQUARTERS",
        "layerName": None,
        "before": {"integer": 42, "decimal": None},
        "after": {"integer": 49, "decimal": None},
        "summary": f"{MIN_DAYS}: 42 becomes 49.",
    }
    assert found[CLEANSE]["class"] == "CLINICAL"
    after = await shown(ask, shop, sold_after)
    assert (after["minDays"], after["version"], after["differences"]) == (49, {"number": 2}, [])


async def test_differences_name_the_layer_that_makes_them(ask: Asking, shop: Shop) -> None:
    """What the clinic sets under the new version, and what it had set under the old one."""
    await set_own(ask, CLEANSE, 15)
    course = await sell(ask, shop)
    assert await paths(ask, shop, course) == []
    await follow(ask, MEDICAL)
    assert await paths(ask, shop, course) == [], "its own value came along"
    await set_own(ask, CLEANSE, 10)
    (found,) = (await shown(ask, shop, course))["differences"]
    assert (found["layer"], found["layerName"]) == ("CLINIC", "RALEIGH")
    assert (found["before"]["integer"], found["after"]["integer"]) == (15, 10)
    await clear_own(ask, CLEANSE)
    (found,) = (await shown(ask, shop, course))["differences"]
    assert (found["layer"], found["layerName"]) == ("HEADQUARTERS", None)
    assert (found["before"]["integer"], found["after"]["integer"]) == (15, 5)


async def test_a_law_holds_for_courses_as_for_the_clinic(ask: Asking, shop: Shop) -> None:
    course = await sell(ask, shop)
    await law(ask, MIN_DAYS, 49)
    await follow(ask, cleansed(10))
    found = await paths(ask, shop, course)
    assert CLEANSE in found
    assert MIN_DAYS not in found
    assert (await shown(ask, shop, course))["minDays"] == 42, "what was sold stays on record"


async def test_windows_after_a_session_follow_the_law(ask: Asking, shop: Shop) -> None:
    course = await sell(ask, shop)
    await law(ask, MIN_DAYS, 49)
    course = await record(ask, shop, course, 0)
    assert [each["earliestOn"] for each in course["sessions"][1:]] == [shop.day(49), shop.day(98)]


async def test_a_course_is_recorded_by_what_its_version_allows(ask: Asking, shop: Shop) -> None:
    """Under the law of today."""
    course = await sell(ask, shop)
    await law(ask, "parameters.needle_depth_mm.ceiling", "1.5")
    before = await ask.counts()
    refused = await record(ask, shop, course, 0, depthMm="1.75")
    assert (refused["code"], refused["field"]) == ("DEPTH_NOT_ALLOWED", "depthMm")
    assert await ask.counts() == before
    assert (await record(ask, shop, course, 0, depthMm="1.5"))["__typename"] == "Course"


async def test_a_sale_is_of_what_applies_at_that_moment(ask: Asking, shop: Shop) -> None:
    """A new version is sold once the clinic is on it, and add-ons that it offers then."""
    await next_version(ask, spaced(49, 49, 56))
    assert (await sell(ask, shop, addOns=["PRP"]))["minDays"] == 42
    await upgrade(ask, add_ons=["SERUM"])
    before = await ask.counts()
    refused = await sell(ask, shop, addOns=["PRP"])
    assert (refused["code"], refused["field"]) == ("ADD_ON_NOT_ALLOWED", "addOns.0")
    assert await ask.counts() == before
    assert (await sell(ask, shop))["minDays"] == 49


async def test_a_law_counts_when_a_course_is_sold(ask: Asking, shop: Shop) -> None:
    await law(ask, MIN_DAYS, 49)
    assert (await sell(ask, shop))["minDays"] == 49
    theirs = {
        "client": {"code": shop.london_client.code},
        "clinicProtocol": protocol_id(shop.practice.london),
    }
    assert (await sell(ask, shop, shop.desk("london"), **theirs))["minDays"] == 42


async def test_differences_take_as_many_statements_for_many_courses(
    ask: Asking, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And courses of one version in one clinic are compared once."""
    compared: list[Resolved] = []

    def counting(old: ProtocolContent, new: Resolved) -> Sequence[LayerChange]:
        compared.append(new)
        return attributed(old, new)

    monkeypatch.setattr(store, "attributed", counting)
    theirs = {
        "client": {"code": shop.london_client.code},
        "clinicProtocol": protocol_id(shop.practice.london),
    }
    await set_own(ask, CLEANSE, 15)
    for _ in range(2):
        await sell(ask, shop, shop.desk("london"), **theirs)
        await sell(ask, shop)
    await next_version(ask, cleansed(10))
    await upgrade(ask, decisions=[Decision(CLEANSE, Resolution(Proposal.TAKE))])
    await upgrade(ask, "LONDON")
    hq = everywhere(Role.HQ_ADMINISTRATOR)
    await ask.data(hq, PAGE, first=100)  # from now on the laws' documents are kept
    taken = []
    for first in (1, 4):
        compared.clear()
        with ask.statements() as statements:
            data = await ask.data(hq, PAGE, first=first)
        found = [each["node"]["differences"] for each in data["courses"]["edges"]]
        assert len(found) == first
        assert all(found)
        taken.append(len(statements))
    assert taken == [5, 5]  # courses; their versions; layers, own values and versions left
    assert len(compared) == 2, "once for each clinic"


async def test_differences_are_for_who_may_read_the_protocols(ask: Asking, shop: Shop) -> None:
    course = await sell(ask, shop)
    await follow(ask, cleansed(10))
    reader = actor_with([shop.practice.franchise.raleigh.id], Permission.COURSES_READ)
    answer = await ask(reader, ONE, by={"id": course["id"]})
    assert set(answer.codes) == {"FORBIDDEN"}
    assert answer.data is not None
    assert (answer.data["course"]["minDays"], answer.data["course"]["differences"]) == (42, None)
    assert CLEANSE not in json.dumps(answer.data)


@pytest.mark.isolation
async def test_differences_of_another_clinics_courses_are_not_found(
    ask: Asking, shop: Shop
) -> None:
    await sell(ask, shop)
    await follow(ask, cleansed(10))
    ids = list((await run(ask, "select id from courses")).scalars())
    franchise = shop.practice.franchise
    for actor, clinic, count in (
        (franchise.manager, franchise.raleigh, 1),
        (franchise.other_manager, franchise.london, 0),
    ):
        async with ask.context(actor).reading() as session:
            scope = Scope(frozenset({clinic.id}))
            assert len(await store.differences_by_course(session, ids, scope)) == count
