"""Why not, of a start that is held: its holder is told that booking takes it."""

from datetime import datetime
from typing import Any

import pytest

from schema.access.rules import Role
from schema.scheduling.actions import set_booking_rules
from tests.actors import person_in
from tests.asking import Acting, Asking
from tests.scheduling.asked import book, by
from tests.scheduling.holding import desk, hold
from tests.scheduling.setting import Setting, register
from tests.scheduling.why import codes, why


async def limited(act: Acting) -> None:
    """One visit a day, and one with each practitioner."""
    terms: Any = {"most_visits_a_day": 1, "most_visits_a_practitioner": 1}
    async with act.work() as work:
        await set_booking_rules(work, clinic="RALEIGH", expected_revision=0, terms=terms)


@pytest.mark.parametrize("known", [False, True])
async def test_what_one_holds_is_not_in_ones_own_way(
    ask: Asking, setting: Setting, known: bool
) -> None:
    await limited(ask)
    client = setting.raleigh_client
    await hold(ask, setting, setting.at(10), client=client.id if known else None)
    wanted = {"client": by("Client", client)}
    found = await why(ask, desk(setting), setting.at(10), **wanted)
    assert (found["bookable"], found["reasons"]) == (True, [])
    assert found["message"] == "This can be booked."
    assert datetime.fromisoformat(found["nextFree"][0]) == setting.at(10)
    later = await why(ask, desk(setting), setting.at(10, 15), **wanted)
    assert "DAILY_LIMIT" in codes(later)
    assert all(datetime.fromisoformat(each).date() > setting.day for each in later["nextFree"])
    other = await why(
        ask, person_in(Role.FRONT_DESK, [setting.franchise.raleigh.id]), setting.at(10), **wanted
    )
    assert {"ROOM_TAKEN", "DAILY_LIMIT"} <= codes(other)
    assert {each["cause"]["kind"] for each in other["reasons"] if each["code"] == "ROOM_TAKEN"} == {
        "SLOT_HOLD"
    }
    done = await book(ask, desk(setting), client, setting.at(10))
    assert done["__typename"] == "Appointment", done


async def test_what_one_holds_for_another_client_is(ask: Asking, setting: Setting) -> None:
    async with ask.work() as work:
        somebody = await register(work, "RALEIGH", "Somebody")
    await hold(ask, setting, setting.at(10), client=somebody.id)
    wanted = {"client": by("Client", setting.raleigh_client)}
    found = await why(ask, desk(setting), setting.at(10), **wanted)
    assert "ROOM_TAKEN" in codes(found)
    done = await book(ask, desk(setting), setting.raleigh_client, setting.at(10))
    assert done["code"] == "SLOT_TAKEN"
