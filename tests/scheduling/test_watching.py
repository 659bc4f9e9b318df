"""`availabilityChanged`: the present state at once, then whatever changes, of one's own clinics."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from schema.access import actions as access
from schema.access.rules import Actor, Permission
from schema.clinics import actions as clinics
from schema.scheduling.store.live import LiveCalendars
from tests.actors import actor_with, partner_of
from tests.api.sockets import at
from tests.asking import Acting, Answer, Asking
from tests.database import Clone
from tests.franchise import OFFICE_HOURS, Franchise
from tests.scheduling.holding import assert_calendars_agree, hold
from tests.scheduling.processes import now_in
from tests.scheduling.setting import Setting
from tests.serving import SECRETS, dsn, serving

WATCH = """
subscription ($clinics: [By!]!) {
  availabilityChanged(clinics: $clinics) { version asOf clinic { code } }
}
"""
RALEIGH, LONDON = {"code": "RALEIGH"}, {"code": "london"}


def live(act: Acting) -> LiveCalendars:
    return act.kept.get(LiveCalendars)


async def event(answers: AsyncIterator[Answer]) -> dict[str, Any]:
    async with asyncio.timeout(5):
        answer = await anext(answers)
    assert answer.data is not None, answer
    found: dict[str, Any] = answer.data["availabilityChanged"]
    return found


async def change(act: Acting, clinic: str, times: int = 1) -> None:
    """As another process does: what it changed is learnt by the next heartbeat."""
    for _ in range(times):
        async with act.work() as work:
            await clinics.set_opening_hours(work, clinic=clinic, week=OFFICE_HOURS)
    await live(act).beat(act.engine)


async def silent(answers: AsyncIterator[Answer]) -> bool:
    """Whether nothing comes; the subscription has to be left then."""
    try:
        async with asyncio.timeout(0.1):
            await anext(answers)
    except TimeoutError:
        return True
    return False


async def refusal(ask: Asking, actor: Actor, *named: Any) -> str:
    before = await ask.contents()
    (code,) = (await ask.first(actor, WATCH, clinics=list(named))).codes
    assert await ask.contents() == before
    return code


async def test_present_state_comes_first_then_each_change(
    ask: Asking, franchise: Franchise
) -> None:
    async with ask.watching(franchise.manager, WATCH, clinics=[RALEIGH]) as answers:
        first = await event(answers)
        assert first["clinic"] == {"code": "RALEIGH"}
        assert first["asOf"].endswith(("Z", "+00:00"))
        await live(ask).beat(ask.engine)
        for _ in range(2):
            await change(ask, "RALEIGH")
            following = await event(answers)
            assert following["version"] > first["version"]
            assert following["asOf"] > first["asOf"]
            first = following


async def test_several_clinics_may_be_watched_and_changes_in_a_row_come_as_one(
    ask: Asking, franchise: Franchise
) -> None:
    async with ask.watching(franchise.hq, WATCH, clinics=[RALEIGH, LONDON]) as answers:
        codes = [(await event(answers))["clinic"]["code"] for _ in range(2)]
        assert codes == ["LONDON", "RALEIGH"]
        await live(ask).beat(ask.engine)
        await change(ask, "RALEIGH", times=3)
        await change(ask, "LONDON")
        codes = [(await event(answers))["clinic"]["code"] for _ in range(2)]
        assert codes == ["RALEIGH", "LONDON"]
        assert await silent(answers)


async def test_version_that_was_told_is_not_told_again(ask: Asking, franchise: Franchise) -> None:
    """A process hears what it committed itself, too."""
    async with ask.watching(franchise.hq, WATCH, clinics=[RALEIGH]) as answers:
        first = await event(answers)
        notice = {"clinic": str(franchise.raleigh.id), "version": first["version"]}
        live(ask).hear(orjson.dumps(notice).decode())
        assert await silent(answers)


@pytest.mark.parametrize("asked", [False, True], ids=["at a heartbeat", "when somebody asks"])
async def test_a_hold_that_runs_out_is_told(ask: Asking, setting: Setting, asked: bool) -> None:
    """Nothing is written then, so that no version counts it."""
    hq, lasting = setting.franchise.hq, timedelta(seconds=1)
    async with ask.watching(hq, WATCH, clinics=[RALEIGH]) as answers:
        first = await event(answers)
        held = await hold(ask, setting, setting.at(10), after=lasting - timedelta(minutes=5))
        following = await event(answers)
        assert following["version"] > first["version"]
        await live(ask).beat(ask.engine)
        next_event = asyncio.ensure_future(event(answers))
        await asyncio.sleep(0.1)
        assert not next_event.done()
        await asyncio.sleep((held.expires_at - await now_in(ask.engine)).total_seconds())
        if asked:
            await assert_calendars_agree(ask, setting)
        else:
            await live(ask).beat(ask.engine)
        last = await next_event
        assert last["version"] == following["version"]
        assert datetime.fromisoformat(last["asOf"]) >= held.expires_at
        await live(ask).beat(ask.engine)
        assert await silent(answers)


@pytest.mark.isolation
async def test_others_clinics_are_silent(ask: Asking, franchise: Franchise) -> None:
    async with ask.watching(franchise.manager, WATCH, clinics=[RALEIGH]) as answers:
        await event(answers)
        await live(ask).beat(ask.engine)
        await change(ask, "LONDON")
        assert await silent(answers)


@pytest.mark.isolation
@pytest.mark.parametrize(
    "named",
    [
        [LONDON],
        [RALEIGH, LONDON],
        [{"code": "NOWHERE"}],
        [{"id": "Q2xpbmljOng="}],
        [],
        [RALEIGH] * 101,
    ],
    ids=lambda named: str(named)[:40],
)
async def test_only_clinics_in_scope_can_be_watched(
    ask: Asking, franchise: Franchise, named: list[Any]
) -> None:
    assert await refusal(ask, franchise.manager, *named) == "BAD_REQUEST"
    assert not live(ask)._watchers


@pytest.mark.isolation
@pytest.mark.scope_only
async def test_a_clinic_in_which_only_something_else_is_permitted_cannot_be_watched(
    ask: Asking, franchise: Franchise
) -> None:
    def lacks(clinic_id: UUID) -> Actor:
        return actor_with([clinic_id], Permission.CLINICS_READ)

    here = partner_of([franchise.raleigh.id])
    both = Actor(here.kind, here.name, here.id, here.grants + lacks(franchise.london.id).grants)
    assert await refusal(ask, both, LONDON) == "BAD_REQUEST"
    assert (await ask.first(both, WATCH, clinics=[RALEIGH])).errors == []


async def test_whose_calendar_it_is_takes_a_permission_of_its_own(
    ask: Asking, franchise: Franchise
) -> None:
    actor = actor_with([franchise.raleigh.id], Permission.AVAILABILITY_READ)
    answer = await ask.first(actor, WATCH, clinics=[RALEIGH])
    assert answer.codes == ["FORBIDDEN"]
    assert answer.data is not None
    assert answer.data["availabilityChanged"]["clinic"] is None


async def test_what_another_process_changes_is_told_over_websocket(
    database: Clone, act: Acting, franchise: Franchise
) -> None:
    async with act.work() as work:
        await access.create_partner_app(work, code="PORTAL", name="Portal")
        _, key = await access.issue_api_key(
            work,
            partner_app="PORTAL",
            permissions=frozenset({Permission.AVAILABILITY_READ, Permission.CLINICS_READ}),
            clinic_keys=["RALEIGH"],
            expires_at=None,
        )
    with serving(DATABASE_URL=dsn(database.admin), **SECRETS) as served:
        async with at(served).connected(init={"authorization": f"Bearer {key.text}"}) as client:
            await client.subscribe("1", WATCH, clinics=[RALEIGH])
            first = (await client.data("1"))["availabilityChanged"]
            await change(act, "LONDON")
            await change(act, "RALEIGH")
            following = (await client.data("1"))["availabilityChanged"]
            assert following["clinic"] == first["clinic"] == {"code": "RALEIGH"}
            assert following["version"] > first["version"]


async def test_a_hold_of_another_process_that_runs_out_is_told_over_websocket(
    database: Clone, act: Acting, setting: Setting
) -> None:
    async with act.work() as work:
        await access.create_partner_app(work, code="PORTAL", name="Portal")
        _, key = await access.issue_api_key(
            work,
            partner_app="PORTAL",
            permissions=frozenset({Permission.AVAILABILITY_READ, Permission.CLINICS_READ}),
            clinic_keys=["RALEIGH"],
            expires_at=None,
        )
    with serving(DATABASE_URL=dsn(database.admin), **SECRETS) as served:
        async with at(served).connected(init={"authorization": f"Bearer {key.text}"}) as client:
            await client.subscribe("1", WATCH, clinics=[RALEIGH])
            first = (await client.data("1"))["availabilityChanged"]
            lasting = timedelta(seconds=1)
            held = await hold(act, setting, setting.at(10), after=lasting - timedelta(minutes=5))
            following = (await client.data("1"))["availabilityChanged"]
            assert following["version"] == first["version"] + 1
            last = (await client.data("1"))["availabilityChanged"]
            assert last["version"] == following["version"]
            assert datetime.fromisoformat(last["asOf"]) >= held.expires_at


async def test_watching_ends_with_its_subscription_and_holds_no_connection(
    ask: Asking, franchise: Franchise
) -> None:
    async with ask.watching(franchise.hq, WATCH, clinics=[RALEIGH]) as answers:
        await event(answers)
        (watcher,) = live(ask)._watchers
        assert watcher.clinic_ids == {franchise.raleigh.id}
        assert ask.engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # a queue pool
    assert not live(ask)._watchers
