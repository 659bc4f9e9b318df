"""The command line: `python -m api --help`."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console

from api import serving
from api.database import disposing, opened
from api.errors import CannotProceed
from api.migrations import migrate as upgrade
from api.progress import progress
from api.seed.demo import is_empty
from api.seed.network import seed_network
from api.settings import ROOT, Settings
from api.trusted import check_texts, hashes_of, kept_texts, texts_in, write_texts
from schema.access import actions
from schema.access import store as access
from schema.access.rules import GRANTED, SYSTEM, Permission, Role, ScopeKind
from schema.context import Work, begin, guard
from schema.errors import DomainError
from schema.root import schema
from schema.scope import EVERYWHERE

app = typer.Typer(
    help="The backend of a franchise of microneedling clinics.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def serve(
    demo: Annotated[
        bool, typer.Option("--demo", help="Load the demo where DATABASE_URL is empty.")
    ] = False,
) -> None:
    """Migrate, and serve GraphQL until Ctrl-C; without DATABASE_URL, on a PostgreSQL of its own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serving.serve(Settings.read(), with_demo=demo))


@app.command()
def migrate() -> None:
    """Bring the database to this code's revision and give the API's role its rights."""
    asyncio.run(_migrate())


async def _migrate() -> None:
    async with opened(Settings.read()) as database:
        changed = await upgrade(database)
    typer.echo("Migrated." if changed else "Nothing to migrate.")
    typer.echo("Next: `python -m api serve`.")


@app.command()
def seed(
    clinics: Annotated[int, typer.Option(min=0, help="How many clinics; 0: the demo.")] = 0,
    courses: Annotated[int, typer.Option(min=0, help="How many courses sold.")] = 0,
    booked_days: Annotated[int, typer.Option(min=0, help="How many days are booked.")] = 0,
    random_seed: Annotated[int, typer.Option(help="The same number, the same rows.")] = 1,
) -> None:
    """Fill an empty database with the demo, or add a network of any size."""
    if (courses or booked_days) and not clinics:
        raise CannotProceed("--courses and --booked-days are for a network: give --clinics too.")
    if clinics:
        asyncio.run(_seed_network(clinics, courses, booked_days, random_seed))
    else:
        asyncio.run(_seed_demo())


async def _seed_network(clinics: int, courses: int, booked_days: int, random_seed: int) -> None:
    settings = Settings.read()
    async with opened(settings) as database:
        await upgrade(database)
        async with disposing(guard(database.owner_engine())) as engine:
            with progress() as report:
                made = await seed_network(
                    engine,
                    settings.secrets(),
                    clinics=clinics,
                    random_seed=random_seed,
                    courses=courses,
                    booked_days=booked_days,
                    progress=report,
                )
    typer.echo(f"Made {clinics} clinics: {made.rows:,} rows in {made.seconds:.0f} s.")
    typer.echo("Next: `python -m api create-admin`, then `python -m api serve`.")


async def _seed_demo() -> None:
    settings = Settings.read()
    async with opened(settings) as database:
        await upgrade(database)
        async with disposing(guard(database.api_engine())) as engine:
            if not await is_empty(engine):
                raise CannotProceed("The database is not empty: seed an empty one.")
            await serving.load_demo_if_empty(engine, settings)
    typer.echo("Next: `python -m api serve` prints who may sign in.")


@app.command()
def create_admin(
    email: Annotated[str, typer.Option(prompt=True, help="What the person signs in with.")],
    name: Annotated[str, typer.Option(prompt=True, help="The person's name.")],
) -> None:
    """Create an HQ administrator; the password is asked for, or read from standard input."""
    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    asyncio.run(_create_admin(email, name, password))


async def _create_admin(email: str, name: str, password: str) -> None:
    async with _working() as work:
        person = await actions.create_person(work, email=email, name=name, password=password)
        await actions.assign_role(
            work,
            person=person.id,
            role=Role.HQ_ADMINISTRATOR,
            scope_kind=ScopeKind.FRANCHISE,
            scope=None,
        )
    typer.echo(f"{person.email} is an HQ administrator.")
    typer.echo("Next: sign in with the mutation `signIn`.")


@app.command()
def issue_api_key(
    partner: Annotated[str, typer.Argument(help="The partner app's code; made where missing.")],
    permission: Annotated[
        list[Permission] | None, typer.Option(help="What the key may do; unset: all a partner may.")
    ] = None,
    clinic: Annotated[
        list[str] | None, typer.Option(help="Codes of its clinics; unset: all of them.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, help="For how many days it is valid.")] = None,
) -> None:
    """Issue an API key to a partner app. It is shown this once."""
    allowed = frozenset(permission or GRANTED[Role.PARTNER])
    asyncio.run(_issue_api_key(partner, allowed, clinic, days))


async def _issue_api_key(
    partner: str, permissions: frozenset[Permission], clinics: list[str] | None, days: int | None
) -> None:
    async with _working() as work:
        if await access.partner_app(work.session, partner) is None:
            await actions.create_partner_app(work, code=partner, name=partner)
        _, key = await actions.issue_api_key(
            work,
            partner_app=partner,
            permissions=permissions,
            clinic_keys=clinics,
            expires_at=work.now + timedelta(days=days) if days else None,
        )
    typer.echo(key.text)
    Console(stderr=True).print(f"Keep it: {partner} sends it as `Authorization: Bearer …`.")


@asynccontextmanager
async def _working() -> AsyncIterator[Work]:
    """A transaction of the system, on the migrated database."""
    settings = Settings.read()
    async with opened(settings) as database:
        await upgrade(database)
        async with (
            disposing(guard(database.api_engine())) as engine,
            begin(engine, SYSTEM, EVERYWHERE, settings.secrets()) as work,
        ):
            yield work


@app.command()
def trust_documents(
    sources: Annotated[
        list[Path], typer.Argument(help="Files of GraphQL, or folders of *.graphql.", exists=True)
    ],
    to: Annotated[Path, typer.Option(help="Where they are added.")] = Path("trusted.json"),
) -> None:
    """Add documents to those that callers may ask by their hash, for TRUSTED_DOCUMENTS."""
    texts = kept_texts(to) | texts_in(sources)
    check_texts(texts, schema, to)
    write_texts(to, texts)
    for path, digest in hashes_of(sources):
        typer.echo(f"sha256:{digest}  {path}")
    typer.echo(f"{to} holds {len(texts)} trusted documents.")
    typer.echo(f"Next: `TRUSTED_DOCUMENTS={to} python -m api serve`; callers send the hash of the")
    typer.echo('text, as it is in its file, as {"documentId": "sha256:…", "variables": {…}}.')


@app.command()
def export_schema() -> None:
    """Write the schema, as SDL, to schema/schema.graphql."""
    path = ROOT / "schema" / "schema.graphql"
    path.write_text(schema.as_str() + "\n")
    typer.echo(f"Wrote {path.relative_to(ROOT)}.")


def main() -> None:
    try:
        app()
    except (CannotProceed, DomainError) as error:
        typer.echo(" ".join(str(error).split()), err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
