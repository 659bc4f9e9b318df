"""Attacks on booking that were tried once."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta

import pytest

from schema.clients.models import ClientRow
from schema.clinics.actions import change_clinic_status
from schema.clinics.rules import ClinicStatus
from schema.errors import DomainError, NotFound
from schema.scheduling.actions import extend_slot_hold, hold_slot
from schema.scheduling.rules.appointments import ClinicNotBookable
from schema.scheduling.rules.slot_holds import HoldExpired
from tests.asking import Acting
from tests.scheduling.asked import sold
from tests.scheduling.holding import at_time, book, desk, hold, rows
from tests.scheduling.setting import Setting

SECOND = timedelta(seconds=1)


async def test_hold_that_was_taken_while_its_extension_waited_is_over(
    act: Acting, setting: Setting
) -> None:
    """The extension began before the hold ran out, and had its turn after somebody booked."""
    held = await hold(act, setting, setting.at(10))
    left = held.expires_at - held.created_at
    async with at_time(act, desk(setting), left - SECOND) as work:
        await book(act, setting, setting.at(10), after=left + SECOND)
        before = await act.contents()
        with pytest.raises(HoldExpired):
            await extend_slot_hold(work, slot_hold_id=held.id)
    assert await act.contents() == before


async def test_partner_learns_nothing_of_a_course_that_it_names(
    act: Acting, setting: Setting
) -> None:
    course = await sold(act, setting)
    said = []
    for code in (course.code, "NO-SUCH"):
        async with at_time(act, setting.partner) as work:
            with pytest.raises(NotFound) as refused:
                await hold_slot(
                    work, clinic="RALEIGH", starts_at=setting.at(10), wish=None, course=code
                )
        said.append((refused.value.message.replace(code, ""), refused.value.field))
    assert said[0] == said[1]


async def test_clinic_that_is_suspended_while_a_booking_waits_is_not_booked(
    act: Acting, setting: Setting
) -> None:
    """For the client here; for its turn at the calendar it would be the same."""
    async with act.work() as work:
        await work.session.get_one(ClientRow, setting.raleigh_client.id, with_for_update=True)
        async with asyncio.TaskGroup() as tasks:
            booking = tasks.create_task(refused(book(act, setting, setting.at(10))))
            await asyncio.wait([booking], timeout=0.5)
            assert not booking.done()
            async with act.work() as other:
                await change_clinic_status(other, clinic="RALEIGH", status=ClinicStatus.SUSPENDED)
            await work.session.rollback()
    assert isinstance(booking.result(), ClinicNotBookable)
    assert await rows(act, "select count(*) from appointments") == [(0,)]


async def refused(attempt: Awaitable[object]) -> DomainError | None:
    try:
        await attempt
    except DomainError as error:
        return error
    return None
