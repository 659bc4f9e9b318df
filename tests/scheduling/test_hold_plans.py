"""What asks for a caller's holds reads by an index, however many have run out."""

from typing import Any

import pytest
from sqlalchemy import event, text

from schema.access.rules import Actor
from schema.scheduling.store.own_holds import _held
from schema.scheduling.store.slot_holds import count_slot_holds, slot_holds_at
from tests.asking import Acting
from tests.scheduling.holding import desk
from tests.scheduling.setting import Setting
from tests.test_plans import explain, scans

#: What is held of anything by now: few rows.
ALL_HELD = "ix_allocations_held"
#: What such an index begins with.
KEYS = ("(held_by =", "(clinic_id =", "(slot_hold_id =", "(id =")
READS = ("counted", "there", "taken")


async def read(session: Any, what: str, actor: Actor, setting: Setting) -> Any:
    clinic_id, start, scope = setting.franchise.raleigh.id, setting.at(10), actor.reach()
    if what == "counted":
        return await count_slot_holds(session, actor.id, start)
    if what == "there":
        return await slot_holds_at(session, scope, clinic_id, start, actor.id, start)
    return await _held(session, scope, clinic_id, start, (actor.id, None), start)


@pytest.mark.parametrize("what", READS)
async def test_holds_of_a_caller_are_read_by_an_index(
    act: Acting, setting: Setting, what: str
) -> None:
    actor, seen = desk(setting), list[tuple[str, Any]]()

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "set_config" not in statement:
            seen.append((statement, parameters))

    async with act.work(actor) as work:
        connection = await work.session.connection()
        await connection.execute(text("set local enable_seqscan = off"))
        event.listen(act.engine.sync_engine, "before_cursor_execute", note)
        try:
            await read(work.session, what, actor, setting)
        finally:
            event.remove(act.engine.sync_engine, "before_cursor_execute", note)
        ((statement, parameters),) = seen
        driver = (await connection.get_raw_connection()).driver_connection
        plan = await explain(driver, statement, parameters)
    found = list(scans(plan))
    assert found
    for scan in found:
        assert scan["Node Type"] != "Seq Scan", scan
        if "Index" in scan["Node Type"] and scan.get("Index Name") != ALL_HELD:
            assert any(each in scan.get("Index Cond", "") for each in KEYS), scan
