"""A schema of people who lead to one another by links, which note what they are asked."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, NamedTuple

import strawberry
from strawberry import relay

from schema.execution import Column, Shape
from schema.execution.links import itself
from tests.execution.both import Answer, Schema, ask


class PersonRow(NamedTuple):
    id: int
    name: str | None
    boss_id: int | None = None
    city: str | None = None
    desk: Any = None
    desks: Any = ()


class DeskRow(NamedTuple):
    room: str | None
    owner_id: int


ANN = PersonRow(1, "Ann", None, "Bern")
BOB = PersonRow(2, "Bob", 1, "Bern")
CID = PersonRow(3, "Cid", 1, "Rome", DeskRow("r3", 3))
DEB = PersonRow(4, "Deb", 2, "Rome", DeskRow("r4", 4))
EVE = PersonRow(5, "Eve", 99, "Rome")
NEMO = PersonRow(6, None, 5, "sea")
#: Of no city, at desks that are in no room; his people have nothing wrong.
OLAF = PersonRow(7, "Olaf", None, None, DeskRow(None, 7), [DeskRow("a", 7), DeskRow(None, 7)])
PIA = PersonRow(8, "Pia", 7, "Oslo", None, [DeskRow("p", 8), None])
QUIN = PersonRow(9, "Quin", 8, "Oslo")
PEOPLE = {each.id: each for each in (ANN, BOB, CID, DEB, EVE, NEMO, OLAF, PIA, QUIN)}


@dataclass
class Asked:
    """A context that notes what links were asked for, and what was made of rows."""

    calls: list[tuple[str, list[Any], dict[str, Any]]] = field(default_factory=list)
    guarded: list[tuple[str, list[Any]]] = field(default_factory=list)
    built: Counter[str] = field(default_factory=Counter)
    refused: frozenset[Any] = frozenset()
    failing: Mapping[str, Exception] = field(default_factory=dict)
    #: By link and key.
    spoilt: Mapping[tuple[str, Any], Exception] = field(default_factory=dict)
    hanging: frozenset[str] = frozenset()
    running: list[str] = field(default_factory=list)

    async def hang(self) -> None:
        await asyncio.Event().wait()

    def keys(self, name: str) -> list[list[Any]]:
        """The keys of every call of a link."""
        return [keys for each, keys, _ in self.calls if each == name]


BUILT: Counter[str] = Counter()


def people(keys: Sequence[Any], **_: Any) -> dict[Any, Any]:
    return {key: PEOPLE.get(key) for key in keys}


def teams(keys: Sequence[Any], limit: int = 9, after: str = "") -> dict[Any, Any]:
    rows = [each for each in PEOPLE.values() if (each.name or "~") > after]
    return {key: [row for row in rows if row.boss_id == key][:limit] for key in keys}


FINDING = {"boss": people, "team": teams, "mate": people, "hidden": people, "sure": people}


@dataclass(frozen=True)
class Leads:
    """A link of this schema: who may not be asked, and what fails, is in the context."""

    name: str
    key: str
    shape: Shape
    guard: str | None = None

    def refusals(self, guarded: Sequence[Any], context: Any) -> Sequence[Exception | None] | None:
        context.guarded.append((self.name, list(guarded)))
        if self.guard is None:
            return None
        refused = context.refused
        return [PermissionError(f"not of {each}") if each in refused else None for each in guarded]

    async def find(self, keys: Collection[Any], context: Any, **arguments: Any) -> list[Any]:
        context.calls.append((self.name, list(keys), arguments))
        context.running.append(f"+{self.name}")
        await asyncio.sleep(0)
        if self.name in context.hanging:
            await context.hang()
        context.running.append(f"-{self.name}")
        if self.name in context.failing:
            raise context.failing[self.name]
        found = FINDING[self.name](list(keys), **arguments)
        return [context.spoilt.get((self.name, each), found[each]) for each in keys]


async def follow(link: Leads, root: Any, info: Any, **arguments: Any) -> Any:
    """What the stock executor does for one parent."""
    refusals = link.refusals([getattr(root, link.guard) if link.guard else None], info.context)
    if refusals is not None and refusals[0] is not None:
        raise refusals[0]
    key = getattr(root, link.key)
    found = await link.find([key], info.context, **arguments)
    (value,) = found
    if isinstance(value, Exception):
        raise value
    return link.shape.made(value)


def leads(link: Leads) -> Any:
    async def resolve(root: strawberry.Parent[Any], info: strawberry.Info) -> Any:
        return await follow(link, root, info)

    return strawberry.field(resolver=resolve, metadata={"link": link})


def leads_to_some(link: Leads) -> Any:
    async def resolve(
        root: strawberry.Parent[Any], info: strawberry.Info, limit: int = 9, after: str = ""
    ) -> Any:
        return await follow(link, root, info, limit=limit, after=after)

    return strawberry.field(resolver=resolve, metadata={"link": link})


def build_person(row: PersonRow) -> "Person":
    BUILT["person"] += 1
    return Person(
        id=row.id,
        name=row.name,  # type: ignore[arg-type]
        boss_id=row.boss_id,
        city=row.city,
        desk=row.desk and build_desk(row.desk),
        desks=[each and build_desk(each) for each in row.desks],
        badge=build_badge(row),
        sure_badge=build_badge(row),
    )


def build_fellow(row: PersonRow) -> "Fellow":
    BUILT["fellow"] += 1
    return Fellow(code=str(row.id), name=row.name, boss_id=row.boss_id)


def build_desk(row: DeskRow) -> "Desk":
    BUILT["desk"] += 1
    return Desk(room=row.room, owner_id=row.owner_id)


def build_badge(row: PersonRow) -> "Badge":
    BUILT["badge"] += 1
    return Badge(city=row.city, code=row.id)  # type: ignore[arg-type]


BUILDING = Shape(build_person)
DESK = Shape(build_desk, {"room": Column("room"), "owner_id": Column("owner_id")})
BADGE = Shape(build_badge, {"city": Column("city"), "code": Column("id")})
READING = Shape(
    build_person,
    {
        "id": Column("id"),
        "name": Column("name"),
        "boss_id": Column("boss_id"),
        "city": Column("city"),
        "desk": Column("desk", DESK),
        "desks": Column("desks", DESK),
        "badge": Column(itself, BADGE),
        "sure_badge": Column(itself, BADGE),
    },
)
FELLOW = Shape(
    build_fellow,
    {
        "code": Column(lambda row: str(row.id)),
        "name": Column("name"),
        "boss_id": Column("boss_id"),
    },
)


@strawberry.type
class Desk:
    room: str
    owner_id: int
    owner: "Person" = leads(Leads("sure", "owner_id", READING))

    @strawberry.field
    def label(self) -> str:
        return f"desk {self.room}"


@strawberry.type
class Badge:
    """Made of the same row as the person."""

    city: str
    code: int

    @strawberry.field
    def words(self) -> str:
        return f"{self.code} of {self.city}"


@strawberry.interface
class Named:
    name: str | None


@strawberry.type
class Fellow(Named, relay.Node):
    """The same rows as Relay nodes of an interface."""

    code: relay.NodeID[str]
    boss_id: strawberry.Private[int | None] = None
    boss: "Fellow | None" = leads(Leads("boss", "boss_id", FELLOW))


@strawberry.type
class Robot(Named):
    boss_id: strawberry.Private[int | None] = None
    boss: "Fellow | None" = leads(Leads("boss", "boss_id", FELLOW))


@strawberry.type
class Person:
    id: int
    name: str
    city: str | None = None
    desk: Desk | None = None
    desks: list[Desk | None] = strawberry.field(default_factory=list)
    badge: Badge | None = None
    sure_badge: Badge = strawberry.field(default=None)  # type: ignore[assignment]
    boss_id: strawberry.Private[int | None] = None

    boss: "Person | None" = leads(Leads("boss", "boss_id", READING))
    built_boss: "Person | None" = leads(Leads("mate", "boss_id", BUILDING))
    hidden: "Person | None" = leads(Leads("hidden", "boss_id", READING, guard="city"))
    surely: "Person" = leads(Leads("sure", "boss_id", READING))
    team: list["Person"] = leads_to_some(Leads("team", "id", READING))
    maybe_team: list["Person | None"] | None = leads_to_some(Leads("team", "id", READING))
    fellow: Fellow | None = leads(Leads("boss", "boss_id", FELLOW))
    named: Named | None = leads(Leads("boss", "boss_id", FELLOW))

    @strawberry.field
    def greeting(self) -> str:
        BUILT["greeting"] += 1
        return f"I am {self.name}"

    @strawberry.field
    async def slow(self, info: strawberry.Info) -> str:
        info.context.running.append(f"+slow {self.id}")
        await asyncio.sleep(0)
        info.context.running.append(f"-slow {self.id}")
        return self.name


@strawberry.type
class Query:
    @strawberry.field
    def people(self, ids: list[int] = [1, 2, 3, 4]) -> list[Person]:  # noqa: B006
        return [build_person(PEOPLE[each]) for each in ids]

    @strawberry.field
    def named(self) -> list[Named]:
        return [
            build_fellow(BOB),
            Robot(name="Robby", boss_id=1),
            build_fellow(CID),
            Robot(name="R2", boss_id=4),
        ]

    @strawberry.field
    def strangers(self) -> list[Person]:
        """One of them has no attribute that says who is the boss, and none of a city."""
        return [build_person(BOB), SimpleNamespace(name="Stranger", id=7), build_person(CID)]  # type: ignore[list-item]

    @strawberry.field
    def nobody(self) -> list[Person]:
        return []


@strawberry.type
class Mutation:
    @strawberry.mutation
    def hire(self, info: strawberry.Info, id: int) -> Person:
        info.context.calls.append(("hire", [id], {}))
        return build_person(PEOPLE[id])


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def hired(self) -> AsyncGenerator[list[Person], None]:
        yield [build_person(BOB), build_person(CID)]
        yield [build_person(DEB), build_person(DEB)]


schema = Schema(query=Query, mutation=Mutation, subscription=Subscription, types=[Robot])


async def asked(
    document: str,
    variables: dict[str, Any] | None = None,
    context: Callable[[], Asked] = Asked,
    **given: Any,
) -> tuple[Answer, Asked]:
    """The answer of both executors, and what ours asked links for and made of rows."""
    contexts: list[Asked] = []

    def new() -> Asked:
        BUILT.clear()
        contexts.append(context())
        return contexts[-1]

    answer = await ask(schema, document, variables, context=new, **given)
    contexts[-1].built.update(BUILT)
    return answer, contexts[-1]
