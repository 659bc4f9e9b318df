"""What booking bears: `python -m benchmarks.booking [seconds] [folder]`, on a server of its own.

Twelve callers over HTTP, on two processes of one database, hold, book, confirm, move and call off
visits in one clinic as fast as they can. Then it is counted whether anything was taken twice,
whether anybody met an error, and whether all that was acknowledged is there, exactly once. Beside
it, in the same run: twelve connections that count up one row, and do nothing else.
"""

import asyncio
import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from secrets import token_urlsafe
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import httpx
import typer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from strawberry import relay

from api.database import Database, disposing, opened
from api.migrations import migrate
from api.seed.demo import is_empty
from api.seed.network import seed_network
from api.settings import Settings
from benchmarks.served import SIGN_IN, Caller, served
from schema.access import actions as access
from schema.access.rules import SYSTEM, Role, ScopeKind
from schema.clients.actions import register_client
from schema.clients.rules import Identity
from schema.context import begin, guard
from schema.scope import EVERYWHERE
from schema.secrets import Secrets

CALLERS, PROCESSES, CLIENTS_EACH, DAYS = 12, 2, 8, 40
BARE_SECONDS = 5
VISIT = {"visit": {"protocol": {"code": "CONSULT"}}}
BOOK = """mutation ($input: BookAppointmentInput!) { bookAppointment(input: $input) { __typename
    ... on Appointment { id startsAt } ... on Problem { code } } }"""
HOLD = """mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { __typename
    ... on SlotHold { id } ... on Problem { code } } }"""
RELEASE = """mutation ($input: ReleaseSlotHoldInput!) { releaseSlotHold(input: $input) { __typename
    ... on Problem { code } } }"""
MOVE = """mutation ($input: MoveAppointmentInput!) { moveAppointment(input: $input) { __typename
    ... on Appointment { id startsAt } ... on Problem { code } } }"""
CANCEL = """mutation ($input: CancelAppointmentInput!) { cancelAppointment(input: $input) {
    __typename ... on Problem { code } } }"""
TWICE = """select count(*) from allocations one join allocations other
    on one.resource_no = other.resource_no and one.id < other.id and one.during && other.during
    where one.state in ('BOOKED', 'HELD') and other.state in ('BOOKED', 'HELD')
    and one.clinic_id = $1"""
BOOKED = """select id, starts_at from appointments
    where clinic_id = $1 and state = 'BOOKED' and booked_by = any($2::uuid[])"""
GAPS = """select count(*) from (select version - lag(version) over (order by version) as step
    from calendar_changes where clinic_id = $1) steps where step <> 1"""
DEADLOCKS = "select deadlocks from pg_stat_database where datname = current_database()"


@dataclass(frozen=True)
class Scene:
    """The hot clinic, and who books there: addresses and clients of each caller."""

    clinic_id: UUID
    zone: ZoneInfo
    today: datetime
    people: Sequence[tuple[UUID, str, str]]
    clients: Sequence[Sequence[UUID]]


@dataclass
class Worker:
    """A caller at the desk: what it did, and what was acknowledged of it."""

    number: int
    scene: Scene
    client: httpx.AsyncClient
    there: dict[str, str] = field(default_factory=dict)
    off: set[str] = field(default_factory=set)
    done: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    taken: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.number)

    async def run(self, until: float) -> None:
        ways: Sequence[Callable[[], Awaitable[None]]] = (
            self.book,
            self.confirm,
            self.move,
            self.cancel,
        )
        while perf_counter() < until:
            (way,) = self.random.choices(ways, (5, 4, 2, 4))
            await way()

    async def ask(self, name: str, query: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a mutation gives; counted by what became of it."""
        begun = perf_counter()
        asked = {"query": query, "variables": {"input": given}}
        response = await self.client.post("/graphql", json=asked)
        self.taken.append(perf_counter() - begun)
        answer = response.json()
        if response.status_code != 200 or "errors" in answer:
            self.errors.append(f"{response.status_code} {answer.get('errors')}")
            return {"__typename": "Error"}
        ((_, found),) = answer["data"].items()
        self.done[f"{name}: {found.get('code', 'done')}"] += 1
        result: Mapping[str, Any] = found
        return result

    def start(self) -> str:
        """Every quarter of an hour from nine to five."""
        day = self.scene.today.date() + timedelta(days=self.random.randrange(2, 2 + DAYS))
        at = datetime.combine(day, time(9), self.scene.zone)
        return (at + timedelta(minutes=15 * self.random.randrange(32))).isoformat()

    def at(self) -> dict[str, Any]:
        clinic = {"id": str(relay.GlobalID("Clinic", str(self.scene.clinic_id)))}
        return {"at": {"clinic": clinic, "startsAt": self.start(), "bookedFor": VISIT}}

    async def book(self, slot: Mapping[str, Any] | None = None) -> None:
        guest = self.random.choice(self.scene.clients[self.number])
        given = {"client": {"id": str(relay.GlobalID("Client", str(guest)))}}
        name = "confirm" if slot else "book"
        self.note(await self.ask(name, BOOK, {**given, "slot": slot or self.at()}))

    async def confirm(self) -> None:
        held = await self.ask("hold", HOLD, {"slot": self.at()})
        if held["__typename"] != "SlotHold":
            return
        booked = len(self.there)
        await self.book({"hold": held["id"]})
        if len(self.there) == booked:
            await self.ask("release", RELEASE, {"id": held["id"]})

    async def move(self) -> None:
        if self.there:
            chosen = self.random.choice(sorted(self.there))
            self.note(await self.ask("move", MOVE, {"id": chosen, "startsAt": self.start()}))

    async def cancel(self) -> None:
        if self.there:
            chosen = self.random.choice(sorted(self.there))
            found = await self.ask("cancel", CANCEL, {"id": chosen, "reason": "CLIENT"})
            if found["__typename"] == "Appointment":
                self.off.add(chosen)
                del self.there[chosen]

    def note(self, found: Mapping[str, Any]) -> None:
        if found["__typename"] == "Appointment":
            self.there[found["id"]] = found["startsAt"]


async def lay(owner: AsyncEngine, secrets: Secrets) -> Scene:
    """People at the desk of one clinic, and clients of it."""
    async with begin(owner, SYSTEM, EVERYWHERE, secrets) as work:
        connection = await work.session.connection()
        chosen = "select id, time_zone from clinics where status = 'LIVE' order by code limit 1"
        clinic = (await connection.execute(text(chosen))).one()
        people, clients = [], []
        for number in range(CALLERS):
            email, password = f"{token_urlsafe(6)}@bench.example".lower(), token_urlsafe(24)
            person = await access.create_person(
                work, email=email, name=f"Desk {number}", password=password
            )
            await access.assign_role(
                work,
                person=person.id,
                role=Role.FRONT_DESK,
                scope_kind=ScopeKind.CLINIC,
                scope=clinic.id,
            )
            people.append((person.id, email, password))
            guests = [Identity(given_name=f"G{n}", family_name="Est") for n in range(CLIENTS_EACH)]
            clients.append(
                [
                    (await register_client(work, clinic=clinic.id, identity=each)).id
                    for each in guests
                ]
            )
        zone = ZoneInfo(clinic.time_zone)
        return Scene(clinic.id, zone, work.now.astimezone(zone), people, clients)


async def worker(stack: AsyncExitStack, scene: Scene, number: int, url: str) -> Worker:
    client = await stack.enter_async_context(
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=60)
    )
    _, email, password = scene.people[number]
    caller = Caller(client)
    given = await caller.ask(SIGN_IN, {"input": {"email": email, "password": password}})
    client.headers["Authorization"] = f"Bearer {given['signIn']['accessToken']}"
    return Worker(number, scene, client)


async def bare(connection: asyncpg.Connection, dsn: str) -> float:
    """Transactions a second of twelve connections that count up one row."""
    await connection.execute("create unlogged table if not exists bare_counter (n bigint)")
    await connection.execute("truncate bare_counter")
    await connection.execute("insert into bare_counter values (0)")
    until = perf_counter() + BARE_SECONDS

    async def count() -> int:
        own, done = await asyncpg.connect(dsn), 0
        while perf_counter() < until:
            async with own.transaction():
                await own.execute("update bare_counter set n = n + 1")
            done += 1
        await own.close()
        return done

    done = await asyncio.gather(*(count() for _ in range(CALLERS)))
    await connection.execute("drop table bare_counter")
    return sum(done) / BARE_SECONDS


async def run(
    database: Database, scene: Scene, secrets: Secrets, seconds: float
) -> tuple[list[Worker], float]:
    """What the callers did, and how long it took."""
    async with AsyncExitStack() as stack:
        urls = [
            await stack.enter_async_context(served(database, secrets)) for _ in range(PROCESSES)
        ]
        workers = [
            await worker(stack, scene, number, urls[number % PROCESSES])
            for number in range(CALLERS)
        ]
        begun = perf_counter()
        await asyncio.gather(*(each.run(begun + seconds) for each in workers))
        return workers, perf_counter() - begun


def report(workers: Sequence[Worker], seconds: float, counted: float) -> None:
    done = sum((each.done for each in workers), Counter[str]())
    booked = done["book: done"] + done["confirm: done"]
    changed = sum(count for name, count in done.items() if name.endswith("done"))
    taken = [each for one in workers for each in one.taken]
    typer.echo(
        f"{CALLERS} callers, {PROCESSES} processes, one clinic, {seconds:.0f} s:"
        f" {booked / seconds:.1f} bookings/s, {changed / seconds:.1f} changes of the calendar/s,"
        f" {len(taken) / seconds:.1f} requests/s;"
        f" {median(taken) * 1000:.0f} ms each, p99 {quantiles(taken, n=100)[98] * 1000:.0f} ms."
    )
    typer.echo(
        f"Counting up one row, nothing else: {counted:,.0f} transactions/s; a change of the"
        f" calendar takes as long as {counted / (changed / seconds):.0f} of them."
    )
    for name, count in sorted(done.items()):
        typer.echo(f"  {name}: {count:,}")


async def check(connection: asyncpg.Connection, scene: Scene, workers: Sequence[Worker]) -> bool:
    """Whether all is as it must be, as SQL says."""
    there = await connection.fetch(BOOKED, scene.clinic_id, [each for each, _, _ in scene.people])
    found = Counter((each["id"], each["starts_at"]) for each in there)
    said = Counter(
        (UUID(relay.GlobalID.from_id(key).node_id), datetime.fromisoformat(at))
        for each in workers
        for key, at in each.there.items()
    )
    errors = [error for each in workers for error in each.errors]
    busy = sum(count for each in workers for name, count in each.done.items() if "BUSY" in name)
    figures = {
        "taken twice": await connection.fetchval(TWICE, scene.clinic_id),
        "errors that reached a caller": len(errors),
        "deadlocks or conflicts that reached a caller": busy,
        "acknowledged, but not there exactly once": len(said - found),
        "there, but not acknowledged": len(found - said),
        "versions missing": await connection.fetchval(GAPS, scene.clinic_id),
    }
    for name, figure in figures.items():
        typer.echo(f"  {name}: {figure}")
    typer.echo(
        f"  booked at the end: {len(there):,}; called off: {sum(len(w.off) for w in workers):,}"
    )
    typer.echo(f"  deadlocks that PostgreSQL saw: {await connection.fetchval(DEADLOCKS)}")
    for each in errors[:5]:
        typer.echo(f"  error: {each[:500]}")
    return not any(figures.values())


async def main(folder: Path, seconds: float) -> None:
    settings = Settings(database_url=None, data_folder=folder)
    secrets = settings.secrets()
    async with opened(settings) as database:
        await migrate(database)
        async with disposing(guard(database.owner_engine())) as owner:
            if await is_empty(owner):
                await seed_network(
                    owner, secrets, clinics=10, random_seed=1, progress=lambda *_: None
                )
            scene = await lay(owner, secrets)
        dsn = database.owner.set(drivername="postgresql").render_as_string(False)
        connection = await asyncpg.connect(dsn)
        await connection.execute("select set_config('app.all_clinics', 'on', false)")
        counted = await bare(connection, dsn)
        workers, taken = await run(database, scene, secrets, seconds)
        report(workers, taken, counted)
        kept = await check(connection, scene, workers)
        await connection.close()
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    given = sys.argv[2] if len(sys.argv) > 2 else None
    with TemporaryDirectory() as name:
        Path(name).chmod(0o711)  # PostgreSQL's user goes through it
        where = Path(given) if given else Path(name) / "data"
        asyncio.run(main(where, float(sys.argv[1]) if len(sys.argv) > 1 else 60))
