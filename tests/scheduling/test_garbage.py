"""Whoever may connect to the database may notify: what is no notice of ours harms nothing."""

from typing import Any

import orjson
import pytest

from schema.scheduling.store.live import LiveCalendars
from tests.asking import Acting
from tests.database import Clone
from tests.scheduling.holding import hold
from tests.scheduling.processes import Confident, assert_same, processes, rebuilt
from tests.scheduling.setting import Setting

NEXT = -1
GARBAGE: list[dict[str, Any]] = [
    {"version": 2**63},
    {"version": 2**62 + 0.5},
    {"version": 1e300},
    {"version": True},
    {"version": -(2**62)},
    {"version": "next", "changes": []},
    {"version": None},
    {"version": NEXT, "changes": [None]},
    {"version": NEXT, "changes": [["keep", "key", 1, []]]},
    {"version": NEXT, "changes": [["take", "key", None, 1, [["x", 2, 3]]]]},
    {"version": NEXT, "changes": [["take", "key", None, 1, [[1, 2]]]]},
    {"version": NEXT, "changes": [["take", [], None, 1, [[1, 2, 3]]]]},
    {"version": NEXT, "changes": [["take", "key", None, 1, [[1, 2.5, 3]]]]},
    {"version": NEXT, "changes": [["take", "key", 1e300, 1, [[1, 2, 3]]]]},
    {"version": NEXT, "changes": [["take", "key", 10**18, 1, [[1, 2, 3]]]]},
    {"version": NEXT, "changes": [["take", "key", None, "day", [[1, 2, 3]]]]},
    {"version": NEXT, "changes": [["free", "key", 10**9, [[1, 2, 3]]]]},
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=str)
async def test_what_is_no_notice_changes_nothing(
    act: Acting, setting: Setting, database: Clone, garbage: dict[str, Any]
) -> None:
    """Of a calendar that is kept; the notices after it are followed, and versions compared."""
    clinic_id = setting.franchise.raleigh.id
    async with processes(database, Confident()) as (process,):
        kept = (await process.calendars([clinic_id]))[clinic_id]
        version = kept.version + 1 if garbage["version"] == NEXT else garbage["version"]
        notice = orjson.dumps({"clinic": str(clinic_id), **garbage, "version": version}).decode()
        with pytest.raises(ValueError, match=r"."):
            process.live.hear(notice)
        await hold(act, setting, setting.at(10))
        after = (await process.calendars([clinic_id]))[clinic_id]
        assert after is kept
        assert_same(after, (await rebuilt(process.engine, [clinic_id]))[clinic_id])
        await process.live.beat(process.engine)


@pytest.mark.parametrize("notice", ["", "[]", "null", '"text"', "[" * 5000, '{"clinic": 1}', "{}"])
def test_neither_does_what_is_no_json_of_ours(notice: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        LiveCalendars().hear(notice)


async def test_versions_that_nobody_counted_last_until_the_next_heartbeat(
    setting: Setting, database: Clone
) -> None:
    clinic_id = setting.franchise.raleigh.id
    async with processes(database, Confident()) as (process,):
        await process.calendars([clinic_id])
        process.live.hear(f'{{"clinic":"{clinic_id}","version":{2**63 - 1}}}')
        await process.live.beat(process.engine)
        after = (await process.calendars([clinic_id]))[clinic_id]
        assert_same(after, (await rebuilt(process.engine, [clinic_id]))[clinic_id])
