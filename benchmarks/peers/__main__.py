"""The command line: `python -m benchmarks.peers --help`."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from api.database import disposing, opened
from api.errors import CannotProceed
from api.migrations import migrate
from api.progress import progress
from api.settings import Settings
from benchmarks.peers import asking, rows
from benchmarks.peers.growth import grow
from benchmarks.peers.load import check_generator
from benchmarks.peers.measuring import Rounds, measure
from benchmarks.peers.peers import PEERS, Place, started
from benchmarks.peers.processes import postmaster, settled
from benchmarks.peers.profiling import profile as sample
from benchmarks.verdict import Verdict
from schema.context import guard

QUERIES = ("catalogue", "day", "node")

app = typer.Typer(help=__doc__, add_completion=False, pretty_exceptions_enable=False)
Folder = Annotated[
    Path | None,
    typer.Option(help="Keeps the seeded database from run to run; a minute to make. Delete it to"
                 " seed anew. Unset: beside the development database."),
]  # fmt: skip
Clinics = Annotated[int, typer.Option(min=20, help="How many clinics the folder's database has.")]


def kept(folder: Path | None, clinics: int) -> Path:
    """Where the database is."""
    if folder is not None:
        return folder
    beside = Settings(database_url=None).data_folder
    return beside / "peers" / str(clinics)


@asynccontextmanager
async def prepared(folder: Path, clinics: int) -> AsyncIterator[tuple[asking.Asking, Place]]:
    """The seeded database in the folder, with what to ask it."""
    settings = Settings(database_url=None, data_folder=folder)
    secrets = settings.secrets()
    async with opened(settings) as database:
        await migrate(database)
        async with disposing(guard(database.owner_engine())) as owner:
            with progress() as report:
                await rows.prepare(owner, secrets, clinics, report)
            asked = await asking.prepared(owner, secrets)
        yield asked, Place(database, secrets, asked.callers)


@app.callback(invoke_without_command=True)
def compare(
    context: typer.Context,
    only: Annotated[str, typer.Option(help="Queries, by commas; growth is one.")] = ",".join(
        (*QUERIES, "growth")
    ),
    peers: Annotated[str, typer.Option(help="Which peers, by commas.")] = ",".join(PEERS),
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; each peer once in each.")] = 5,
    seconds: Annotated[float, typer.Option(min=1, help="How long each peer in a round.")] = 5,
    now: Annotated[
        bool, typer.Option("--now", help="While servers still prepare calendars: a minute less.")
    ] = False,
    clinics: Clinics = 2000,
    folder: Folder = None,
) -> None:
    """Measure this server beside its peers and judge. In 30 s, ours alone:

    python -m benchmarks.peers --peers ours --only catalogue --rounds 3 --now
    """
    if context.invoked_subcommand is None:
        chosen = known(peers, PEERS), known(only, (*QUERIES, "growth"))
        asyncio.run(_compare(*chosen, rounds, seconds, now, clinics, kept(folder, clinics)))


@app.command()
def profile(
    query: Annotated[str, typer.Argument(help=", ".join(QUERIES))],
    peer: Annotated[str, typer.Option(help="ours, stock or statement.")] = "ours",
    seconds: Annotated[float, typer.Option(min=1, help="How long to sample.")] = 10,
    clinics: Clinics = 2000,
    folder: Folder = None,
) -> None:
    """Sample this server under load with py-spy, and print where its time goes."""
    known(query, QUERIES)
    asyncio.run(_profile(query, peer, seconds, clinics, kept(folder, clinics)))


def known(text: str, names: Sequence[str]) -> list[str]:
    """The names that `text` gives, by commas. Raises: CannotProceed for others."""
    given = [each.strip() for each in text.split(",")]
    if unknown := [each for each in given if each not in names]:
        raise CannotProceed(f"No {', '.join(unknown)} here; choose from {', '.join(names)}.")
    return given


async def _compare(
    peers: Sequence[str], only: Sequence[str], rounds: int, seconds: float, now: bool,
    clinics: int, folder: Path,
) -> None:  # fmt: skip
    check_generator()
    verdict, busy = Verdict(), os.getloadavg()[0]
    if busy > 0.5:
        typer.echo(
            f"The machine is busy (load average {busy:.1f}): CPU counts, requests/s hardly do."
            " For figures that do, end what else runs.",
            err=True,
        )
    async with prepared(folder, clinics) as (asked, place):
        async with AsyncExitStack() as running:
            up = [await running.enter_async_context(started(each, place)) for each in peers]
            if not now:
                typer.echo("Waiting until what servers do after their start is done ...", err=True)
                await settled([each.process for each in up])
            given = Rounds(asked, up, postmaster(folder), folder, rounds, seconds)
            for name in only:
                if name in QUERIES:
                    await measure(given, asked.questions[name], verdict)
        if "growth" in only:
            await grow(asked, place, clinics, verdict)
    verdict.end()


async def _profile(query: str, peer: str, seconds: float, clinics: int, folder: Path) -> None:
    check_generator()
    async with prepared(folder, clinics) as (asked, place), started(peer, place) as running:
        await sample(asked, running, asked.questions[query], seconds, folder)


def main() -> None:
    try:
        app()
    except CannotProceed as error:
        typer.echo(" ".join(str(error).split()), err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
