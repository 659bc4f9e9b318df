"""Attacks on booking that were tried once."""

from datetime import timedelta

import pytest

from schema.errors import NotFound
from schema.scheduling.actions import extend_slot_hold, hold_slot
from schema.scheduling.rules.slot_holds import HoldExpired
from tests.asking import Asking
from tests.scheduling.asked import sold
from tests.scheduling.holding import at_time, book, desk, hold
from tests.scheduling.setting import Setting

SECOND = timedelta(seconds=1)


async def test_hold_that_was_taken_while_its_extension_waited_is_over(
    ask: Asking, setting: Setting
) -> None:
    """The extension began before the hold ran out, and had its turn after somebody booked."""
    held = await hold(ask, setting, setting.at(10))
    left = held.expires_at - held.created_at
    async with at_time(ask, desk(setting), left - SECOND) as work:
        await book(ask, setting, setting.at(10), after=left + SECOND)
        before = await ask.contents()
        with pytest.raises(HoldExpired):
            await extend_slot_hold(work, slot_hold_id=held.id)
    assert await ask.contents() == before


async def test_partner_learns_nothing_of_a_course_that_it_names(
    ask: Asking, setting: Setting
) -> None:
    course = await sold(ask, setting)
    said = []
    for code in (course.code, "NO-SUCH"):
        async with at_time(ask, setting.partner) as work:
            with pytest.raises(NotFound) as refused:
                await hold_slot(
                    work, clinic="RALEIGH", starts_at=setting.at(10), wish=None, course=code
                )
        said.append((refused.value.message.replace(code, ""), refused.value.field))
    assert said[0] == said[1]
