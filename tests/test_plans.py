"""Every batch function reads by an index, as HQ and as a clinic, on a franchise of some size."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from schema.reading import reading_of
from schema.scope import EVERYWHERE, Scope
from tests.batches import Reach, reaches
from tests.demo import Network

#: Tables of a few dozen rows, which a franchise reads whole: its map and its devices' models.
SMALL = {"jurisdictions", "regions", "owners", "device_models", "partner_apps", "scope_rules"}

#: What a table of this size is read by as if it were large: never whole, and pages at one price.
PLANNER = "set local enable_seqscan = off; set local random_page_cost = 1"


def scans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "Relation Name" in plan or plan["Node Type"] == "Bitmap Index Scan":
        yield plan
    for child in plan.get("Plans", ()):
        yield from scans(child)


async def explain(driver: Any, statement: str, parameters: Any) -> dict[str, Any]:
    """How PostgreSQL would run a statement on a connection of the driver: by the one plan that it
    keeps for it (`plan_cache_mode`), whatever the parameters."""
    nulls = f"({', '.join(['null'] * len(parameters))})" if parameters else ""
    await driver.execute(f"prepare asked as {statement}")
    try:
        found = await driver.fetchval(f"explain (format json) execute asked{nulls}")
    finally:
        await driver.execute("deallocate asked")
    plan: dict[str, Any] = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return plan


@pytest.mark.parametrize("reach", reaches(), ids=lambda each: each.name)
async def test_a_batch_function_reads_by_an_index(network: Network, reach: Reach) -> None:
    for actor, scope in (
        (network.hq, EVERYWHERE),
        (network.manager, Scope(frozenset({network.clinic_id}))),
    ):
        seen: list[tuple[str, Any]] = []

        def note(statement: str, parameters: Any, seen: Any = seen) -> None:
            seen.append((statement, parameters))

        listeners = reading_of(network.engine).listeners
        async with network.act.context(actor).reading() as session:
            listeners.append(note)
            try:
                await reach.found(session, network.keys(reach), scope)
            finally:
                listeners.remove(note)
            await session.driver.execute(PLANNER)
            assert seen
            for statement, parameters in seen:
                plan = await explain(session.driver, statement, parameters)
                for scan in scans(plan):
                    table = scan.get("Relation Name", scan.get("Index Name"))
                    if table in SMALL:
                        continue
                    told = f"{reach.name} as {actor.name}: {scan['Node Type']} of {table}"
                    assert scan["Node Type"] != "Seq Scan", told
                    if scan["Node Type"] in ("Index Scan", "Index Only Scan", "Bitmap Index Scan"):
                        assert "Index Cond" in scan, f"{told} without a condition"
