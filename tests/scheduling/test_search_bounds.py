"""What one request may ask of calendars: bounded, whoever asks and in however many fields."""

import asyncio
from typing import Any

import pytest

from schema.access.rules import Role
from schema.scheduling.store import allowance, beyond
from schema.scheduling.store.offerings import Offerings
from tests.actors import everywhere
from tests.asking import Asking
from tests.scheduling.asked import asked
from tests.scheduling.searched import DAY
from tests.scheduling.setting import Setting

HQ = everywhere(Role.HQ_ANALYST)
STARTS = "query ($input: AvailabilityInput!) { availability(input: $input) { clinics { starts } } }"
TWICE = """query ($input: AvailabilityInput!) {
    availability(input: $input) { clinics { starts } }
    more: availability(input: $input) { clinics { starts } } }"""


@pytest.mark.parametrize(("what", "most"), [("starts", 8), ("starts shown", 8), ("clinics", 1)])
async def test_a_request_gets_so_much_and_no_more(
    ask: Asking, setting: Setting, monkeypatch: pytest.MonkeyPatch, what: str, most: int
) -> None:
    """Of starts and of clinics, in all fields together; the next request begins anew."""
    monkeypatch.setattr(allowance, "MOST", {**allowance.MOST, what: most})
    wanted = asked(setting.at(9), setting.at(11))
    for query, codes in ((STARTS, []), (STARTS, []), (TWICE, ["BAD_REQUEST"])):
        answer = await ask(HQ, query, input=wanted)
        assert answer.codes == codes
    if what == "starts shown":
        answer = await ask(HQ, STARTS.replace("starts", "starts again: localStarts"), input=wanted)
        assert answer.codes == ["BAD_REQUEST"]


async def test_what_sql_answers_is_bounded_before_it_is_asked(
    ask: Asking, setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two days, 96 quarters of an hour each, of one clinic."""
    far = setting.at(0) + 120 * DAY
    for most, codes in ((192, []), (191, ["BAD_REQUEST"])):
        monkeypatch.setattr(beyond, "MOST_ALIGNED", most)
        answer = await ask(HQ, STARTS, input=asked(far, far + 2 * DAY))
        assert answer.codes == codes


async def test_fields_of_a_request_take_one_connection_after_another(
    ask: Asking, setting: Setting
) -> None:
    """Thirty of them beside each other took every connection there is."""
    aliases = " ".join(
        f"a{n}: availability(input: $input) {{ clinics {{ starts }} }}" for n in range(30)
    )
    wanted, most = asked(setting.at(9), setting.at(10)), 0
    await ask.data(HQ, STARTS, input=wanted)
    async with asyncio.TaskGroup() as tasks:
        answering = tasks.create_task(
            ask.data(HQ, f"query ($input: AvailabilityInput!) {{ {aliases} }}", input=wanted)
        )
        while not answering.done():
            most = max(most, ask.engine.pool.checkedout())  # type: ignore[attr-defined]  # a queue
            await asyncio.sleep(0)
    assert len(answering.result()) == 30
    assert most <= 2


@pytest.mark.parametrize(
    "visit",
    [
        {"areas": ["F" * 301]},
        {"areas": ["FACE"] * 1300},
        {"areas": ["FACE"], "addOns": ["P" * 301]},
        {"areas": ["FACE"], "variant": {"indication": "I" * 301}},
        {"protocol": {"code": "M" * 301}},
    ],
    ids=lambda visit: next(reversed(visit)),
)
async def test_keys_that_nothing_has_are_neither_kept_nor_repeated(
    ask: Asking, setting: Setting, visit: dict[str, Any]
) -> None:
    """Each clinic's answer named them again, and the process remembered every one."""
    wanted = asked(setting.at(9), setting.at(9) + DAY)
    answer = await ask(
        HQ, STARTS, input={**wanted, "visit": {"protocol": {"code": "MN-MEDICAL"}, **visit}}
    )
    assert answer.codes == ["BAD_REQUEST"]
    assert not ask.kept.get(Offerings)._kept
