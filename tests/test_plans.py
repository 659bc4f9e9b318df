"""Every batch function reads by an index, as HQ and as a clinic, on a franchise of some size."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from schema.scope import EVERYWHERE, Scope
from tests.batches import Reach, reaches
from tests.demo import Network

#: Tables of a few dozen rows, which a franchise reads whole: its map and its devices' models.
SMALL = {"jurisdictions", "regions", "owners", "device_models", "partner_apps", "scope_rules"}


def scans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "Relation Name" in plan or plan["Node Type"] == "Bitmap Index Scan":
        yield plan
    for child in plan.get("Plans", ()):
        yield from scans(child)


async def explain(connection: AsyncConnection, statement: str, parameters: Any) -> dict[str, Any]:
    raw = await connection.get_raw_connection()
    driver = raw.driver_connection
    assert driver is not None
    found = await driver.fetchval(f"explain (format json) {statement}", *parameters)
    plan: dict[str, Any] = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return plan


@pytest.mark.parametrize("reach", reaches(), ids=lambda each: each.name)
async def test_a_batch_function_reads_by_an_index(network: Network, reach: Reach) -> None:
    for actor, scope in (
        (network.hq, EVERYWHERE),
        (network.manager, Scope(frozenset({network.clinic_id}))),
    ):
        seen: list[tuple[str, Any]] = []

        def note(
            _c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any, seen: Any = seen
        ) -> None:
            if "set_config" not in statement:
                seen.append((statement, parameters))

        sync = network.engine.sync_engine
        async with network.act.context(actor).reading() as session:
            event.listen(sync, "before_cursor_execute", note)
            try:
                await reach.found(session, network.keys(reach), scope)
            finally:
                event.remove(sync, "before_cursor_execute", note)
            connection = await session.connection()
            await connection.execute(text("set local enable_seqscan = off"))
            assert seen
            for statement, parameters in seen:
                plan = await explain(connection, statement, parameters)
                for scan in scans(plan):
                    table = scan.get("Relation Name", scan.get("Index Name"))
                    if table in SMALL:
                        continue
                    told = f"{reach.name} as {actor.name}: {scan['Node Type']} of {table}"
                    assert scan["Node Type"] != "Seq Scan", told
                    if scan["Node Type"] in ("Index Scan", "Index Only Scan", "Bitmap Index Scan"):
                        assert "Index Cond" in scan, f"{told} without a condition"
