"""What a search costs: `python -m benchmarks.search [clinics] [folder]`.

Searches in memory beside counting the same clinics' bookings in SQL; over HTTP beside a `node`
query; with more clinics and with a longer history; and what the calendars weigh. On a server of its
own, whose network is kept in `folder` for the next time where one is given.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from uuid import UUID

import typer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database import Database, disposing, opened
from api.migrations import migrate
from api.progress import progress
from api.seed.demo import is_empty
from api.seed.network import seed_network
from api.settings import ROOT, Settings
from benchmarks.served import Caller, served
from benchmarks.verdict import Verdict
from schema.access.rules import SYSTEM
from schema.context import begin, guard
from schema.intervals import Interval
from schema.protocols.store import resolved_protocols
from schema.scheduling.rules import ClinicCalendar, Visit, Wish
from schema.scheduling.store import adoptions
from schema.scheduling.store.live import LiveCalendars, reading
from schema.scheduling.store.loading import load_calendars
from schema.scope import EVERYWHERE
from schema.secrets import Secrets

BOOKED_DAYS, HISTORY_DAYS = 60, 600
WINDOW, STEP = timedelta(days=14), 15
WARM_UP, ROUNDS = 5, 25
#: As long for each clinic with many of them, and for one with a history, as without; but for noise.
MOST_GROWTH = 1.5
WISH = Wish("MN-MEDICAL", ("FACE",))
COUNT = """select count(*) from allocations where clinic_id = any($1::uuid[])
    and starts_at < $3 and ends_at > $2 and state in ('BOOKED', 'HELD')"""
#: Bookings of one clinic once more, so many days earlier.
OLDER = """insert into allocations (id, clinic_id, appointment_id, resource_kind, role, resource_no,
        starts_at, ends_at, state)
    select gen_random_uuid(), clinic_id, appointment_id, resource_kind, role, resource_no,
        starts_at - cast(:earlier as interval), ends_at - cast(:earlier as interval), state
    from allocations where clinic_id = :clinic and starts_at > clock_timestamp()
        and starts_at < clock_timestamp() + interval '60 days'"""

FORGET = "delete from allocations where clinic_id = :clinic and ends_at < :until"


@dataclass(frozen=True)
class Case:
    """How many clinics are searched for how many starts each (None: all), and what is allowed: of
    the time of counting, and how many times that of a `node` query over HTTP."""

    clinics: int
    starts: int | None
    of_counting: float
    of_node: float | None

    @property
    def name(self) -> str:
        wanted = "all starts" if self.starts is None else f"first {self.starts} each"
        return f"{self.clinics:,} clinic{'s' * (self.clinics > 1)}, {wanted}"


CASES = (Case(1, None, 0.1, 3), Case(50, 5, 0.2, 6), Case(1000, 1, 0.5, None))


@dataclass(frozen=True)
class Bench:
    """A seeded database, the calendars of its clinics, and the visit as each clinic does it."""

    engine: AsyncEngine
    now: datetime
    clinic_ids: Sequence[UUID]
    calendars: Mapping[UUID, ClinicCalendar]
    visits: Mapping[UUID, Visit]

    @property
    def window(self) -> Interval:
        return Interval(self.now, self.now + WINDOW)

    def search(self, clinic_ids: Sequence[UUID], limit: int | None) -> int:
        """How many starts there are."""
        return sum(
            len(self.calendars[each].starts(self.visits[each], self.window, STEP, limit))
            for each in clinic_ids
        )


async def load(engine: AsyncEngine, secrets: Secrets) -> Bench:
    async with begin(engine, SYSTEM, EVERYWHERE, secrets) as work:
        live = "select id from clinics where status = 'LIVE' order by code collate \"C\""
        ids = list((await (await work.session.connection()).execute(text(live))).scalars())
        adopted = await adoptions(work.session, EVERYWHERE, ids, WISH.protocol)
        found = await resolved_protocols(work.session, list(adopted.values()), EVERYWHERE)
        now = work.now
    begun = perf_counter()
    calendars = await LiveCalendars().calendars(engine, ids, now)
    typer.echo(f"Loaded {len(ids):,} calendars in {perf_counter() - begun:.1f} s.")
    known: dict[Any, Visit] = {}
    visits = {}
    for clinic_id, adoption in adopted.items():
        content = found[adoption].content
        visit = Visit.of(content, WISH, found[adoption].template_code)
        visits[clinic_id] = known.setdefault(visit, visit)
    return Bench(engine, now, ids, {key: each.calendar for key, each in calendars.items()}, visits)


@asynccontextmanager
async def counting(bench: Bench, clinic_ids: Sequence[UUID]) -> AsyncIterator[Callable[[], Any]]:
    """Counts what overlaps the window in these clinics, prepared, as the API's role, on a warm
    connection; as headquarters, for whom row-level security looks at nothing but a setting."""
    async with bench.engine.execution_options(actor=SYSTEM).connect() as pooled, pooled.begin():
        connection: Any = (await pooled.get_raw_connection()).driver_connection
        statement = await connection.prepare(COUNT)

        async def count() -> Any:
            return await statement.fetchval(list(clinic_ids), *bench.window)

        assert await count(), "nothing is booked"
        yield count


async def beside_counting(bench: Bench, case: Case, verdict: Verdict) -> None:
    """Searching as a share of counting."""
    chosen = bench.clinic_ids[: case.clinics]
    calls = max(1, 50 // case.clinics)

    async def search() -> int:
        return bench.search(chosen, case.starts)

    async with counting(bench, chosen) as count:
        rows, starts = await count(), await search()
        counted, searched = await interleaved(count, search, calls=calls)
    verdict.judge(
        f"{case.name}, of counting",
        searched / counted,
        case.of_counting,
        f"{case.name}: {searched / counted:.3f} of counting (limit {case.of_counting});"
        f" {searched * 1000:.3f} ms for {starts:,} starts, {counted * 1000:.2f} ms for {rows:,}"
        " rows.",
    )


def growth(bench: Bench, verdict: Verdict) -> None:
    """Per clinic, with a tenth of the clinics and with all."""
    few, all_ = bench.clinic_ids[: len(bench.clinic_ids) // 10], bench.clinic_ids

    def each(clinic_ids: Sequence[UUID]) -> float:
        taken = []
        for _ in range(ROUNDS):
            begun = perf_counter()
            bench.search(clinic_ids, 1)
            taken.append((perf_counter() - begun) / len(clinic_ids))
        return median(taken) * 1e6

    one, many = each(few), each(all_)
    verdict.judge(
        "growth with clinics",
        many / one,
        MOST_GROWTH,
        f"{len(all_):,} clinics against {len(few):,}: {many / one:.2f} times as long for each"
        f" (limit {MOST_GROWTH}; {many:.0f} µs and {one:.0f} µs).",
    )


async def history(bench: Bench, owner: AsyncEngine, verdict: Verdict) -> None:
    """Loading and searching one clinic before and after it has a history of ten times as many
    bookings."""
    clinic_id = bench.clinic_ids[-1]

    async def once() -> tuple[float, float]:
        begun = perf_counter()
        async with reading(bench.engine) as session:
            calendar = (await load_calendars(session, [clinic_id]))[clinic_id].calendar
        loaded = perf_counter()
        calendar.starts(bench.visits[clinic_id], bench.window, STEP)
        return loaded - begun, perf_counter() - loaded

    async def medians() -> tuple[float, float]:
        found = [await once() for _ in range(ROUNDS)]
        return median(each for each, _ in found), median(each for _, each in found)

    system = owner.execution_options(actor=SYSTEM)

    async def forget() -> None:
        past = {"clinic": clinic_id, "until": bench.now - timedelta(days=1)}
        async with system.begin() as connection:
            await connection.execute(text(FORGET), past)

    await forget()  # of a run that ended early
    before = await medians()
    days = range(BOOKED_DAYS + 10, HISTORY_DAYS + 1, BOOKED_DAYS + 10)
    async with system.begin() as connection:
        for earlier in days:
            moved = {"clinic": clinic_id, "earlier": timedelta(days=earlier)}
            await connection.execute(text(OLDER), moved)
        await connection.execute(text("analyze allocations"))
    after = await medians()
    await forget()
    for name, one, other in zip(("loading", "searching"), before, after, strict=True):
        verdict.judge(
            f"{name} with history",
            other / one,
            MOST_GROWTH,
            f"{name} one clinic with {HISTORY_DAYS} days of history: {other / one:.2f} times as"
            f" long as without (limit {MOST_GROWTH}; {other * 1000:.2f} ms and {one * 1000:.2f}"
            " ms).",
        )


QUERY = """query ($input: AvailabilityInput!) { availability(input: $input) { asOf clinics {
    timeZone starts } } }"""
NODE = "query ($id: ID!) { node(id: $id) { ... on Clinic { code name timeZone } } }"


CLINICS = "{ clinics(first: 100, filter: {status: LIVE}) { edges { node { id } } } }"


async def over_http(database: Database, bench: Bench, secrets: Secrets, verdict: Verdict) -> None:
    """Beside a `node` query of the same caller, one at a time, in interleaved rounds."""
    async with (
        served(database, secrets) as url,
        Caller.signed_in(bench.engine, secrets, url) as caller,
    ):
        edges = (await caller.ask(CLINICS, {}))["clinics"]["edges"]
        ids = [each["node"]["id"] for each in edges]
        for case in (each for each in CASES if each.of_node is not None):
            wanted = {
                "where": {"clinics": [{"id": each} for each in ids[: case.clinics]]},
                "visit": {"protocol": {"code": WISH.protocol}, "areas": list(WISH.areas)},
                "preCareAttested": True,
                "limitPerClinic": case.starts,
            }
            node, search = await interleaved(
                lambda: caller.ask(NODE, {"id": ids[0]}),
                lambda wanted=wanted: caller.ask(QUERY, {"input": wanted}),  # type: ignore[misc]
            )
            verdict.judge(
                f"{case.name}, over HTTP",
                search / node,
                case.of_node,
                f"{case.name}: {search / node:.2f} times a `node` query (limit"
                f" {case.of_node:.0f}); {search * 1000:.1f} ms and {node * 1000:.1f} ms.",
            )


async def interleaved(*work: Callable[[], Awaitable[Any]], calls: int = 1) -> list[float]:
    """Seconds a call, medians of rounds in turn; the first rounds only warm up."""
    taken: list[list[float]] = [[] for _ in work]
    for _ in range(WARM_UP + ROUNDS):
        for each, times in zip(work, taken, strict=True):
            begun = perf_counter()
            for _ in range(calls):
                await each()
            times.append((perf_counter() - begun) / calls)
    return [median(each[WARM_UP:]) for each in taken]


async def weigh(database: Database, verdict: Verdict) -> None:
    """What a process of its own gains by loading every calendar."""
    url = database.api.set(drivername="postgresql").render_as_string(False)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.memory", url, cwd=ROOT
    )
    if await process.wait():
        verdict.beyond.append("memory")


async def main(folder: Path, clinics: int) -> None:
    settings = Settings(database_url=None, data_folder=folder)
    secrets, verdict = settings.secrets(), Verdict()
    async with opened(settings) as database:
        await migrate(database)
        async with (
            disposing(guard(database.owner_engine())) as owner,
            disposing(guard(database.api_engine())) as api,
        ):
            if await is_empty(owner):
                with progress() as report:
                    await seed_network(
                        owner, secrets, clinics=clinics, random_seed=1, booked_days=BOOKED_DAYS,
                        progress=report,
                    )  # fmt: skip
            bench = await load(api, secrets)
            typer.echo("A search in memory beside counting:")
            for case in CASES:
                await beside_counting(bench, case, verdict)
            typer.echo("Growth:")
            growth(bench, verdict)
            await history(bench, owner, verdict)
            typer.echo("Over HTTP, one process:")
            await over_http(database, bench, secrets, verdict)
            await weigh(database, verdict)
    verdict.end()


if __name__ == "__main__":
    given = sys.argv[2] if len(sys.argv) > 2 else None
    with TemporaryDirectory() as name:
        Path(name).chmod(0o711)  # PostgreSQL's user goes through it
        where = Path(given) if given else Path(name) / "data"
        asyncio.run(main(where, int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
