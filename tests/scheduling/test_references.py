"""A caller's own reference: used once, and by it the visit is found, by nobody else."""

from dataclasses import replace
from typing import Any

import pytest

from schema.access import actions as access
from schema.access.rules import Actor, Permission, Role
from tests.actors import NOBODY, everywhere, partner_of
from tests.asking import Acting, Asking
from tests.scheduling.asked import CANCEL, book, by
from tests.scheduling.setting import Setting

FIND = """query ($clinic: By!, $reference: String!) {
    appointmentByReference(clinic: $clinic, externalReference: $reference) {
        id state startsAt externalReference clinic { code } } }"""
RALEIGH = {"code": "RALEIGH"}


async def found(
    ask: Asking, actor: Actor, clinic: dict[str, str] = RALEIGH, reference: str = "B-1"
) -> Any:
    data = await ask.data(actor, FIND, clinic=clinic, reference=reference)
    return data["appointmentByReference"]


async def another_partner(act: Acting, setting: Setting) -> Actor:
    async with act.work() as work:
        app = await access.create_partner_app(work, code="RIVAL", name="Another partner")
    return replace(partner_of([setting.franchise.raleigh.id]), id=app.id)


async def test_a_reference_is_used_once(ask: Asking, setting: Setting) -> None:
    consult = {"bookedFor": {"visit": {"protocol": {"code": "CONSULT"}}}}
    first = await book(
        ask,
        setting.partner,
        setting.partner_client,
        setting.at(10),
        externalReference="B-1",
        **consult,
    )
    assert first["__typename"] == "Appointment"
    before = await ask.counts()
    for start in (setting.at(10), setting.at(14)):  # the same again, as after a lost answer
        problem = await book(
            ask,
            setting.partner,
            setting.partner_client,
            start,
            externalReference="B-1",
            **consult,
        )
        assert (problem["__typename"], problem["code"]) == ("ConflictProblem", "REFERENCE_TAKEN")
    assert await ask.counts() == before


async def test_a_partner_finds_what_it_booked_after_a_lost_answer(
    ask: Asking, setting: Setting
) -> None:
    booked = await book(
        ask, setting.partner, setting.partner_client, setting.at(10), externalReference="B-1"
    )
    problem = await book(
        ask, setting.partner, setting.partner_client, setting.at(10), externalReference="B-1"
    )
    assert problem["code"] == "REFERENCE_TAKEN"
    assert "appointmentByReference" in problem["message"]
    before = await ask.counts()
    for clinic in (RALEIGH, by("Clinic", setting.franchise.raleigh)):
        shown = await found(ask, setting.partner, clinic, " B-1 ")
        assert shown == {
            "id": booked["id"],
            "state": "BOOKED",
            "startsAt": booked["startsAt"],
            "externalReference": "B-1",
            "clinic": RALEIGH,
        }
    assert await ask.counts() == before
    await ask.change(setting.partner, CANCEL, input={"id": shown["id"], "reason": "CLIENT"})
    assert (await found(ask, setting.partner))["state"] == "CANCELLED"


@pytest.mark.isolation
async def test_a_reference_finds_the_callers_own_visit_only(ask: Asking, setting: Setting) -> None:
    """Though others use the same reference in the same clinic."""
    rival, desk, colleague = await another_partner(ask, setting), setting.desk, setting.desk
    theirs = await book(
        ask, setting.partner, setting.partner_client, setting.at(10), externalReference="B-1"
    )
    others = (rival, desk, colleague, setting.london_desk, everywhere(Role.HQ_ADMINISTRATOR))
    for caller in others:
        assert await found(ask, caller) is None
    ours = await book(ask, desk, setting.raleigh_client, setting.at(14), externalReference="B-1")
    assert (await found(ask, desk))["id"] == ours["id"]
    assert (await found(ask, setting.partner))["id"] == theirs["id"]
    for caller in set(others) - {desk}:
        assert await found(ask, caller) is None


@pytest.mark.isolation
async def test_a_reference_finds_nothing_in_a_clinic_out_of_reach(
    ask: Asking, setting: Setting
) -> None:
    """Nor in another clinic than it was used in, nor where the key reaches it no more."""
    await book(
        ask, setting.partner, setting.partner_client, setting.at(10), externalReference="B-1"
    )
    for clinic in ({"code": "LONDON"}, {"code": "NOWHERE"}, by("Client", setting.partner_client)):
        assert await found(ask, setting.partner, clinic) is None
    for reference in ("", "B", "b-1"):
        assert await found(ask, setting.partner, RALEIGH, reference) is None
    moved = replace(partner_of([setting.franchise.london.id]), id=setting.partner.id)
    assert await found(ask, moved) is None


async def test_who_may_not_book_is_refused(ask: Asking, setting: Setting) -> None:
    reader = partner_of([setting.franchise.raleigh.id], Permission.APPOINTMENTS_READ)
    for caller, code in (
        (NOBODY, "UNAUTHENTICATED"),
        (everywhere(Role.HQ_ANALYST), "FORBIDDEN"),
        (reader, "FORBIDDEN"),
    ):
        answer = await ask(caller, FIND, clinic=RALEIGH, reference="B-1")
        assert answer.codes == [code]
