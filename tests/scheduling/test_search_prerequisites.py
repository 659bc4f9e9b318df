"""Visits that come before a treatment are offered with it, in order."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from schema.access.rules import Role
from schema.practitioners.rules import CredentialType
from schema.protocols.rules import ProtocolKind
from schema.scheduling.actions import set_prerequisite
from tests.actors import everywhere
from tests.asking import Acting, Asking
from tests.scheduling.asked import asked
from tests.scheduling.searched import DAY, booked, days_of, of_client, on, search
from tests.scheduling.setting import CONSULTATION, NEW_YORK, Setting

PAIRS = """query ($input: AvailabilityInput!) { availability(input: $input) { clinics {
    timeZone starts problem { code message } prerequisites { visitKind minDays maxDays }
    slots(first: 100) { start before { kind start localStart token
        protocol { template { code } } } } } } }"""


async def demand(act: Acting, kind: ProtocolKind = ProtocolKind.CONSULTATION, **terms: Any) -> None:
    async with act.work(everywhere(Role.HQ_CLINICAL_LEAD)) as work:
        author = replace(work, actor=replace(work.actor, id=None))
        await set_prerequisite(
            author,
            jurisdiction_code="US-NC",
            visit_kind=kind,
            from_on=date(2024, 1, 1),
            source="A law",
            **terms,
        )


def local(text: str) -> date:
    return datetime.fromisoformat(text).astimezone(NEW_YORK).date()


async def test_a_treatment_is_offered_with_the_visit_before_it(
    ask: Asking, setting: Setting
) -> None:
    """The last start that is at least two days before; by the clinic's own protocol."""
    await demand(ask, min_days=2, max_days=10)
    wanted = of_client(setting.raleigh_client, on(setting.day))
    found = await search(ask, setting.desk, PAIRS, **wanted)
    assert days_of(found) == [setting.day]
    assert found["problem"] is None
    assert found["prerequisites"] == [{"visitKind": "CONSULTATION", "minDays": 2, "maxDays": 10}]
    assert len(found["slots"]) == len(found["starts"])
    for slot in found["slots"]:
        (before,) = slot["before"]
        assert (before["kind"], before["protocol"]["template"]["code"]) == (
            "CONSULTATION",
            "CONSULT",
        )
        assert local(before["start"]) == setting.day - 2 * DAY
        assert before["token"]
    latest = max(each["before"][0]["start"] for each in found["slots"])
    talk = {"protocol": {"code": "CONSULT"}}
    free = await search(
        ask,
        setting.desk,
        **of_client(setting.raleigh_client, on(setting.day - 2 * DAY), visit=talk),
    )
    assert latest == free["starts"][-1]


async def test_on_one_day_the_visit_before_ends_in_time(ask: Asking, setting: Setting) -> None:
    await demand(ask, max_days=0)
    wanted = of_client(setting.raleigh_client, on(setting.day))
    found = await search(ask, setting.desk, PAIRS, **wanted)
    first = datetime.fromisoformat(found["starts"][0])
    assert first == setting.at(9, 45)  # a consultation takes 35 minutes
    for slot in found["slots"]:
        gap = datetime.fromisoformat(slot["start"]) - datetime.fromisoformat(
            slot["before"][0]["start"]
        )
        assert timedelta(minutes=35) <= gap < timedelta(hours=1)


async def test_a_pair_can_be_booked_in_order(ask: Asking, setting: Setting) -> None:
    await demand(ask, min_days=1, max_days=30)
    wanted = of_client(setting.raleigh_client, on(setting.day))
    slot = (await search(ask, setting.desk, PAIRS, **wanted))["slots"][0]
    await booked(ask, setting, datetime.fromisoformat(slot["before"][0]["start"]), CONSULTATION)
    again = await search(ask, setting.desk, PAIRS, **wanted)
    assert slot["start"] in again["starts"]
    assert all(each["before"] == [] for each in again["slots"])
    await booked(ask, setting, datetime.fromisoformat(slot["start"]))


async def test_the_visit_before_is_by_whom_the_law_names(ask: Asking, setting: Setting) -> None:
    """BEA alone draws blood; where nobody is licensed as it asks, nothing is offered."""
    await demand(ask, min_days=1, max_days=5, credential_types=[CredentialType.PHLEBOTOMIST])
    wanted = of_client(setting.raleigh_client, on(setting.day))
    found = await search(ask, setting.desk, PAIRS, **wanted)
    assert found["starts"]
    assert all(each["before"] for each in found["slots"])
    await demand(ask, min_days=1, max_days=5, credential_types=[CredentialType.PHYSICIAN])
    none = await search(ask, setting.desk, PAIRS, **wanted)
    assert none["starts"] == []


async def test_a_clinic_that_offers_no_such_visit_says_what_is_missing(
    ask: Asking, setting: Setting
) -> None:
    await demand(ask, ProtocolKind.PATCH_TEST, min_days=2)
    wanted = of_client(setting.raleigh_client, on(setting.day))
    found = await search(ask, setting.desk, PAIRS, **wanted)
    assert (found["starts"], found["problem"]["code"]) == ([], "MISSING_PREREQUISITE")
    assert "a patch test" in found["problem"]["message"]


async def test_without_a_client_starts_are_offered_and_what_is_asked_is_told(
    ask: Asking, setting: Setting
) -> None:
    """Not of a consultation, before which nothing comes."""
    await demand(ask, ProtocolKind.PATCH_TEST, min_days=2)
    found = await search(ask, setting.desk, PAIRS, **asked(setting.at(9), setting.at(12)))
    assert found["starts"]
    assert [each["visitKind"] for each in found["prerequisites"]] == ["PATCH_TEST"]
    assert all(each["before"] == [] for each in found["slots"])
    talk = {"protocol": {"code": "CONSULT"}}
    consulted = await search(
        ask, setting.desk, PAIRS, **asked(setting.at(9), setting.at(12), visit=talk)
    )
    assert consulted["prerequisites"] == []


async def test_far_ahead_visits_are_offered_in_order_as_well(ask: Asking, setting: Setting) -> None:
    """Beyond what is kept in memory."""
    await demand(ask, min_days=2, max_days=10)
    day = setting.day + 84 * DAY
    found = await search(ask, setting.desk, PAIRS, **of_client(setting.raleigh_client, on(day)))
    assert len(found["slots"]) == len(found["starts"]) == 32
    assert {local(each["before"][0]["start"]) for each in found["slots"]} == {day - 2 * DAY}
