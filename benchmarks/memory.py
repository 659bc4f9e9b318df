"""What the calendars of a network weigh: `python -m benchmarks.memory postgresql://…`.

How much more memory a process has once it loaded them than before, when it has answered a query.
"""

import asyncio
import gc
import sys
from pathlib import Path

import typer
from sqlalchemy import text

from api.database import API_ROLE, Database, disposing, parse_url
from benchmarks.verdict import Verdict
from schema.access.rules import SYSTEM
from schema.base import new_id
from schema.context import Context, guard
from schema.root import schema
from schema.scheduling.store.live import LiveCalendars, reading
from schema.secrets import Secrets

LIMIT_MB = 200


def resident_mb() -> float:
    """What this process has in memory, of its own and shared, in megabytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


async def main(url: str) -> None:
    address = parse_url(url)
    nothing = Secrets((b"0" * 32,), b"0" * 32)
    async with disposing(guard(Database(address, address, API_ROLE).api_engine())) as engine:
        context = Context(SYSTEM, engine, nothing, str(new_id()))
        await schema.execute("{ clinics(first: 1) { edges { node { code } } } }", None, context)
        gc.collect()
        idle = resident_mb()
        async with reading(engine) as session:
            live = text("select id from clinics where status = 'LIVE'")
            ids = list((await session.execute(live)).scalars())
            now = await session.now()
        calendars = LiveCalendars()
        kept = await calendars.calendars(engine, ids, now)
        gc.collect()
        loaded = resident_mb()
    verdict = Verdict()
    typer.echo("Memory:")
    verdict.judge(
        "memory",
        loaded - idle,
        LIMIT_MB,
        f"{loaded - idle:.0f} MB more with {len(kept):,} calendars than idle (limit"
        f" {LIMIT_MB}); {loaded / idle:.2f} times ({idle:.0f} MB).",
    )
    verdict.end()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
