"""What protocols cost: `python -m benchmarks.protocols [clinics]`, on a server of its own.

Diff and rebase of the largest template beside one `node` query, in the same interleaved rounds; and
what applies under every adoption of a network (1,000 clinics with 10 templates each) beside one.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_urlsafe
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from uuid import UUID

import typer
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database import disposing, opened
from api.migrations import migrate
from api.seed.content import TEMPLATES
from api.seed.content.publishing import EVERY_RISK, publish_templates
from api.seed.network import seed_network
from api.settings import Settings
from schema.access import actions as access
from schema.access.rules import SYSTEM, Actor, ActorKind, Role, ScopeKind
from schema.base import new_id
from schema.context import Context, Work, begin, guard
from schema.protocols import actions
from schema.protocols.rules import (
    Move,
    Overlay,
    ProtocolContent,
    Put,
    Remove,
    ScreeningRule,
    ScreeningSeverity,
    Set,
    Value,
    diff,
    edited,
    overlaid,
    rebase,
)
from schema.protocols.rules.authorship import SourcedEdit
from schema.protocols.rules.paths import leaves_of
from schema.protocols.store import resolved_protocols
from schema.root import schema
from schema.scope import EVERYWHERE
from schema.secrets import Secrets

ROUNDS, CALLS, TEMPLATES_EACH = 15, 10, 10
NODE = "query ($id: ID!) { node(id: $id) { ... on ProtocolTemplate { code name } } }"
#: What every tenth adoption sets for itself, and what the law of a country makes stricter.
OWN: Mapping[str, Value] = {
    "name": "As we call it",
    "steps.AFTERCARE.minutes.max": 15,
    "steps.AFTERCARE.minutes.typical": 10,
}
LAW = (
    Set("parameters.needle_depth_mm.max", "0.9"),
    Put("screeningRules", ScreeningRule(
        key="KELOIDS", question="Do you form keloids?", severity=ScreeningSeverity.ABSOLUTE
    )),
)  # fmt: skip


def somebody() -> Actor:
    return replace(SYSTEM, kind=ActorKind.PERSON, id=new_id())


@dataclass
class Bench:
    """A migrated database, and ways to write to it and to read from it."""

    owner: AsyncEngine
    api: AsyncEngine
    secrets: Secrets

    async def lay(self, clinics: int) -> None:
        """Clinics that adopted ten templates each, some values of their own, and a law."""
        await seed_network(
            self.owner, self.secrets, clinics=clinics, progress=lambda *_: None, random_seed=1
        )
        author, approver = somebody(), somebody()
        first, *_ = [each for each in TEMPLATES if each.code == "MN-CLASSIC"]
        more = [replace(first, code=f"MN-MORE-{number}") for number in range(TEMPLATES_EACH - 4)]
        async with begin(self.owner, SYSTEM, EVERYWHERE, self.secrets) as work:
            await publish_templates(
                work,
                author=author,
                approver=approver,
                templates=more,
                accept=EVERY_RISK,
            )
            await self.adopt_all(work.session)
            await legislate(work, author, approver)

    async def adopt_all(self, session: Any) -> None:
        connection = await session.connection()
        await connection.execute(
            text(
                "insert into clinic_protocols (id, clinic_id, template_id, version_id, state,"
                " adopted_at, revision) select gen_random_uuid(), c.id, t.id, v.id, 'OFFERED',"
                " clock_timestamp(), 1 from clinics c cross join protocol_templates t"
                " join protocol_versions v on v.template_id = t.id and v.state = 'PUBLISHED'"
                " where t.code like 'MN-MORE-%'"
            )
        )
        for path, value in OWN.items():
            await connection.execute(
                text(
                    "insert into clinic_protocol_overrides (id, clinic_id, clinic_protocol_id,"
                    " path, value, reason, set_at) select gen_random_uuid(), clinic_id, id, :path,"
                    " cast(:value as jsonb), 'Measured', clock_timestamp() from clinic_protocols"
                    " where hashtext(id::text) % 10 = 0 on conflict do nothing"
                ),
                {"path": path, "value": json.dumps(value)},
            )

    async def resolved(self, ids: list[UUID]) -> tuple[int, float]:
        """How many statements resolving takes, and how long."""
        context = Context(actor=SYSTEM, engine=self.api, secrets=self.secrets)
        seen: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            seen.append(statement)

        async with context.reading() as session:
            await session.connection()
            event.listen(self.api.sync_engine, "before_cursor_execute", note)
            try:
                begun = perf_counter()
                found = await resolved_protocols(session, ids, EVERYWHERE)
                taken = perf_counter() - begun
            finally:
                event.remove(self.api.sync_engine, "before_cursor_execute", note)
        assert len(found) == len(ids)
        return len(seen), taken

    async def adoptions(self) -> list[UUID]:
        async with self.api.execution_options(actor=SYSTEM).connect() as connection:
            return list(await connection.scalars(text("select id from clinic_protocols")))

    async def a_template(self) -> str:
        query = "{ protocolTemplates(first: 1) { edges { node { id } } } }"
        data = (await self.ask(query)).data
        found: str = data["protocolTemplates"]["edges"][0]["node"]["id"]
        return found

    async def ask(self, query: str, **variables: Any) -> Any:
        context = Context(actor=SYSTEM, engine=self.api, secrets=self.secrets)
        found = await schema.execute(query, variable_values=variables, context_value=context)
        assert found.errors is None, found.errors
        return found


async def legislate(work: Work, author: Actor, approver: Actor) -> None:
    """A law of the United States about one of the templates."""
    writing, approving = replace(work, actor=author), replace(work, actor=approver)
    person = await access.create_person(
        work, email="law@franchise.example", name="Lex", password=token_urlsafe()
    )
    await access.assign_role(
        work, person=person.id, role=Role.COUNTRY_LEAD, scope_kind=ScopeKind.FRANCHISE, scope=None
    )
    overlay = await actions.create_jurisdiction_overlay(
        writing, template="MN-MORE-0", jurisdiction="US", lead=person.id
    )
    version = await actions.draft_overlay_version(
        writing, overlay_id=overlay.id, edits=[SourcedEdit(each, "Made up") for each in LAW]
    )
    for step, acting in (
        (actions.submit_overlay_version, writing),
        (actions.approve_overlay_version, approving),
        (actions.publish_overlay_version, approving),
    ):
        await step(acting, version_id=version.id, expected_revision=version.revision)


def largest() -> ProtocolContent:
    contents = [each.content for each in TEMPLATES]
    return max(contents, key=lambda each: sum(1 for _ in leaves_of("", each)))


def another(content: ProtocolContent) -> ProtocolContent:
    """A next version: an interval, a step that moved, an add-on less, a question more."""
    last = content.steps[-1].key
    return edited(
        content,
        [
            Set("intervalRules.GENERAL.minDays", 35),
            Set("intervalRules.GENERAL.preferredDays", 42),
            Set("intervalRules.GENERAL.maxDays", 56),
            Move(f"steps.{last}", content.steps[-3].key),
            Remove(f"careInstructions.{content.care_instructions[0].key}"),
            *LAW,
        ],
    )


async def measured(work: Mapping[str, Callable[[], Awaitable[Any]]]) -> dict[str, float]:
    """Milliseconds a call, the median of interleaved rounds."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(ROUNDS):
        for name, call in work.items():
            begun = perf_counter()
            for _ in range(CALLS):
                await call()
            taken[name].append((perf_counter() - begun) / CALLS * 1000)
    return {name: median(each) for name, each in taken.items()}


async def main(folder: Path, clinics: int) -> None:
    settings = Settings(database_url=None, data_folder=folder)
    async with opened(settings) as database:
        await migrate(database)
        async with (
            disposing(guard(database.owner_engine())) as owner,
            disposing(guard(database.api_engine())) as api,
        ):
            bench = Bench(owner, api, settings.secrets())
            typer.echo(f"Making {clinics:,} clinics with {TEMPLATES_EACH} templates each ...")
            await bench.lay(clinics)
            await compare(bench)
            await resolve_all(bench)


async def compare(bench: Bench) -> None:
    old = largest()
    new = another(old)
    law = Overlay("US", LAW)
    below, above = overlaid(old, ()), overlaid(new, [law])
    template = await bench.a_template()

    async def node() -> None:
        await bench.ask(NODE, id=template)

    async def differ() -> None:
        assert diff(old, new)

    async def base_anew() -> None:
        assert rebase(OWN, below, above)

    found = await measured({"diff": differ, "rebase": base_anew, "node": node})
    count = sum(1 for _ in leaves_of("", old))
    typer.echo(f"The largest template, {old.name!r}, has {count:,} fields; medians:")
    for name in ("diff", "rebase"):
        typer.echo(
            f"  {name}: {found[name]:.2f} ms (limit 5), {found[name] / found['node']:.2f} of one"
            f" node query ({found['node']:.2f} ms)."
        )


async def resolve_all(bench: Bench) -> None:
    ids = await bench.adoptions()
    await bench.resolved(ids)  # reads what is kept: contents, overlays
    one, first = await bench.resolved(ids[:1])
    every, taken = await bench.resolved(ids)
    typer.echo(
        f"What applies under {len(ids):,} adoptions: {every} statement, {taken * 1000:,.0f} ms;"
        f" under one: {one} statement, {first * 1000:.1f} ms. Each of the many takes"
        f" {taken / len(ids) / first:.3f} of the one."
    )
    assert every == one, "as many statements for one adoption as for all"


if __name__ == "__main__":
    with TemporaryDirectory() as name:
        Path(name).chmod(0o711)  # PostgreSQL's user goes through it
        asyncio.run(main(Path(name) / "data", int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
