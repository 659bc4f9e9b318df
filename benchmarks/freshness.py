"""How soon a process knows what another one booked: `python -m benchmarks.freshness [bookings]`.

Two real processes on a server of their own. One books; in the other a search answers as soon as it
can, from what it heard. Beside it, in the same rounds, a bare NOTIFY between the same two: both
from just before the COMMIT. Then the connections that listen are killed, and what is booked at once
is asked for until an answer has it.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any
from uuid import UUID

import orjson
import typer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database import API_ROLE, Database, disposing, opened, parse_url
from api.listening import kept_fresh
from api.migrations import migrate
from api.seed.network import seed_network
from api.settings import ROOT, Settings
from benchmarks.verdict import Verdict
from schema.access.rules import SYSTEM
from schema.clients.actions import register_client
from schema.clients.rules import Identity
from schema.clinics.store import clinics_by_id
from schema.context import Kept, begin, guard
from schema.intervals import Interval
from schema.scheduling.actions import book_appointment
from schema.scheduling.rules import ClinicCalendar, Visit, Wish
from schema.scheduling.store.live import HEARTBEAT_SECONDS, LiveCalendars, reading
from schema.scheduling.store.offerings import Offerings
from schema.scope import EVERYWHERE
from schema.secrets import Secrets

BOOKINGS, KILLS, CLINICS = 300, 5, 20
WISH, DAYS = Wish("CONSULT"), timedelta(days=60)
MOST_RATIO, MOST_HEARTBEATS = 10, 2
ECHO = "freshness_echo"
EARS = (
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where application_name = 'franchise listening'"
)


@asynccontextmanager
async def bare_connection(engine: AsyncEngine) -> AsyncIterator[Any]:
    async with engine.connect() as pooled:
        yield (await pooled.get_raw_connection()).driver_connection


async def listens(live: LiveCalendars) -> None:
    while not live.listening:  # noqa: ASYNC110  # nobody tells when
        await asyncio.sleep(0.002)


@dataclass
class Visits:
    """The visit that is booked, and when it could begin."""

    visit: Visit
    window: Interval

    @classmethod
    async def of(cls, engine: AsyncEngine, clinic_id: UUID) -> "Visits":
        async with reading(engine) as session:
            now = await session.now()
            rows = list((await clinics_by_id(session, [clinic_id], EVERYWHERE)).values())
            found = (await Offerings().of(session, EVERYWHERE, rows, WISH, now))[clinic_id]
        assert found.visit is not None, found.problem
        return cls(found.visit, Interval(now, now + DAYS))

    def search(self, calendar: ClinicCalendar, limit: int | None = 5) -> list[datetime]:
        return calendar.starts(self.visit, self.window, limit=limit)


def say(**said: Any) -> None:
    sys.stdout.buffer.write(orjson.dumps(said) + b"\n")
    sys.stdout.buffer.flush()


async def be_the_other(url: str, clinic_id: UUID) -> None:
    """The process that listens: says when it answered as of which version, and when it heard an
    echo; on a line of its input, asks until it knows that version."""
    address = parse_url(url)
    database = Database(address, address, API_ROLE)
    async with (
        disposing(guard(database.api_engine())) as engine,
        disposing(guard(database.listening_engine())) as ear,
    ):
        live, visits = LiveCalendars(), await Visits.of(engine, clinic_id)
        async with (
            bare_connection(engine) as echoes,
            kept_fresh(ear, live),
            live.watching([clinic_id]) as changes,
        ):
            await echoes.add_listener(ECHO, lambda *said: say(echo=int(said[3]), at=monotonic()))
            await listens(live)

            async def answer(**more: Any) -> int:
                found = await live.calendars(engine, [clinic_id], visits.window.start)
                visits.search(found[clinic_id].calendar)
                say(version=found[clinic_id].version, at=monotonic(), **more)
                return found[clinic_id].version

            async def follow() -> None:
                async for _ in changes:
                    await answer()

            await answer()
            following = asyncio.create_task(follow())
            while line := await asyncio.to_thread(sys.stdin.readline):
                while await answer(asked=True) < int(line):  # noqa: ASYNC110  # nobody tells when
                    await asyncio.sleep(0.002)
                await listens(live)
                say(listening=True, at=monotonic())
            following.cancel()


@dataclass
class Other:
    """The other process, as this one sees it."""

    process: asyncio.subprocess.Process

    async def until(self, holds: Callable[[Any], bool]) -> float:
        """When it said so, by the clock that both have."""
        assert self.process.stdout is not None
        async with asyncio.timeout(30):
            while line := await self.process.stdout.readline():
                if holds(said := orjson.loads(line)):
                    return float(said["at"])
        raise AssertionError("the other process ended")

    def ask(self, version: int) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{version}\n".encode())


@asynccontextmanager
async def other_process(database: Database, clinic_id: UUID) -> AsyncIterator[Other]:
    url = database.owner.set(drivername="postgresql").render_as_string(hide_password=False)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.freshness", "--other", url, str(clinic_id),
        cwd=ROOT, stdin=pipe, stdout=pipe,
    )  # fmt: skip
    other = Other(process)
    try:
        await other.until(lambda said: "version" in said)
        yield other
    finally:
        assert process.stdin is not None
        process.stdin.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 10)


@dataclass
class Bench:
    """A clinic whose visits are booked here, one start after another."""

    engine: AsyncEngine
    secrets: Secrets
    clinic_id: UUID
    client_id: UUID
    starts: list[datetime]
    kept: Kept

    @classmethod
    async def of(cls, engine: AsyncEngine, secrets: Secrets) -> "Bench":
        async with begin(engine, SYSTEM, EVERYWHERE, secrets) as work:
            query = text("select id from clinics where status = 'LIVE' order by code limit 1")
            clinic_id = (await (await work.session.connection()).execute(query)).scalar_one()
            name = Identity(given_name="Fresh", family_name="Client")
            client = await register_client(work, clinic=clinic_id, identity=name)
        visits, kept = await Visits.of(engine, clinic_id), Kept()
        live = kept.get(LiveCalendars)
        found = await live.calendars(engine, [clinic_id], visits.window.start)
        starts = visits.search(found[clinic_id].calendar, limit=None)
        apart, taken = timedelta(minutes=visits.visit.minutes + 60), list[datetime]()
        for start in starts:
            if start - visits.window.start > timedelta(days=1) and (
                not taken or start - taken[-1] >= apart
            ):
                taken.append(start)
        return cls(engine, secrets, clinic_id, client.id, taken[::-1], kept)

    async def book(self) -> tuple[float, int]:
        """Just before which the next visit was committed, and the version that it made."""
        async with begin(self.engine, SYSTEM, EVERYWHERE, self.secrets, kept=self.kept) as work:
            await book_appointment(
                work,
                clinic=self.clinic_id,
                client=self.client_id,
                starts_at=self.starts.pop(),
                wish=WISH,
            )
            query = text("select version from clinic_calendars where clinic_id = :clinic")
            connection = await work.session.connection()
            version = (await connection.execute(query, {"clinic": self.clinic_id})).scalar_one()
            before = monotonic()
        return before, version


async def rounds(bench: Bench, other: Other, bookings: int) -> tuple[list[float], list[float]]:
    """Seconds from a commit to the other's answer, and from a bare notice to its being heard."""
    random, fresh, bare = Random(1), list[float](), list[float]()
    for number in range(bookings):
        async with bare_connection(bench.engine) as connection:
            begun = monotonic()
            await connection.execute("select pg_notify($1, $2)", ECHO, str(number))
        bare.append(await other.until(lambda said, n=number: said.get("echo") == n) - begun)
        await asyncio.sleep(random.random() / 50)
        committed, version = await bench.book()
        heard = await other.until(lambda said, n=version: said.get("version", 0) >= n)
        fresh.append(heard - committed)
        await asyncio.sleep(random.random() / 50)
    return fresh, bare


async def kills(bench: Bench, other: Other, owner: AsyncEngine) -> list[tuple[float, float]]:
    """Seconds from a booking after each kill to an answer that has it, and to listening again."""
    found = []
    for _ in range(KILLS):
        async with owner.connect() as connection:
            assert (await connection.execute(text(EARS))).all(), "nobody listens"
        killed = monotonic()
        committed, version = await bench.book()
        other.ask(version)
        knew = await other.until(
            lambda said, n=version: "asked" in said and said.get("version", 0) >= n
        )
        found.append(
            (knew - committed, await other.until(lambda said: "listening" in said) - killed)
        )
        await asyncio.sleep(HEARTBEAT_SECONDS / 2)
    return found


def percentile(taken: list[float], percent: int) -> float:
    return quantiles(taken, n=100, method="inclusive")[percent - 1]


async def main(folder: Path, bookings: int) -> None:
    settings, verdict = Settings(database_url=None, data_folder=folder), Verdict()
    async with opened(settings) as database:
        await migrate(database)
        async with (
            disposing(guard(database.owner_engine())) as owner,
            disposing(guard(database.api_engine())) as api,
        ):
            secrets = settings.secrets()
            await seed_network(
                owner, secrets, clinics=CLINICS, progress=lambda *_: None, random_seed=1
            )
            bench = await Bench.of(api, secrets)
            async with other_process(database, bench.clinic_id) as other:
                await rounds(bench, other, 5)  # warm
                report(
                    *await rounds(bench, other, min(bookings, len(bench.starts) - KILLS)), verdict
                )
                report_kills(await kills(bench, other, owner), verdict)
    verdict.end()


def report(fresh: list[float], bare: list[float], verdict: Verdict) -> None:
    for name, taken in (("an answer has the booking", fresh), ("a bare notice is heard", bare)):
        middle, late = median(taken) * 1000, percentile(taken, 99) * 1000
        typer.echo(f"  {name}: p50 {middle:.2f} ms, p99 {late:.2f} ms, of {len(taken)}.")
    ratio = percentile(fresh, 99) / percentile(bare, 99)
    middle = median(fresh) / median(bare)
    verdict.judge(
        "p99 beside a bare notice",
        ratio,
        MOST_RATIO,
        f"So p99 is {ratio:.1f} times the bare one (limit {MOST_RATIO}), p50 {middle:.1f}.",
    )


def report_kills(found: list[tuple[float, float]], verdict: Verdict) -> None:
    fresh, again = (max(each) / HEARTBEAT_SECONDS for each in zip(*found, strict=True))
    verdict.judge(
        "after killed connections",
        fresh,
        MOST_HEARTBEATS,
        f"After {len(found)} killed connections: an answer has the next booking within"
        f" {fresh:.3f} heartbeats (limit {MOST_HEARTBEATS}), it listens again after {again:.2f}.",
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--other"]:
        asyncio.run(be_the_other(sys.argv[2], UUID(sys.argv[3])))
    else:
        with TemporaryDirectory() as name:
            Path(name).chmod(0o711)  # PostgreSQL's user goes through it
            asyncio.run(main(Path(name) / "data", int(sys.argv[1]) if sys.argv[1:] else BOOKINGS))
