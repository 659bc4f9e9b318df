"""Links: asked once a level for all, answering as if each parent had asked alone."""

import asyncio
from typing import Any

import pytest

from schema.execution import STOCK, BreadthFirstExecutor, under
from tests.execution.both import breadth_first, events
from tests.execution.linked import Asked, asked, schema


async def test_once_a_level_with_each_key_once() -> None:
    answer, seen = await asked("{ people { name boss { name boss { name } } team { name } } }")
    assert seen.keys("boss") == [[None, 1, 2], [None, 1]]
    assert seen.keys("team") == [[1, 2, 3, 4]]
    assert answer.data["people"][3] == {
        "name": "Deb",
        "boss": {"name": "Bob", "boss": {"name": "Ann"}},
        "team": [],
    }


async def test_no_parents_no_question() -> None:
    _, seen = await asked(
        "{ nobody { boss { name } } people(ids: [1]) { boss { boss { name } } } }"
    )
    assert seen.keys("boss") == [[None]]


async def test_aliases_ask_each_for_itself() -> None:
    document = """
        { people(ids: [1, 2]) { one: team(limit: 1) { name } all: team { name }
          late: team(after: "C") { name } } }
    """
    answer, seen = await asked(document)
    assert answer.data["people"][0] == {
        "one": [{"name": "Bob"}],
        "all": [{"name": "Bob"}, {"name": "Cid"}],
        "late": [{"name": "Cid"}],
    }
    assert [arguments for _, _, arguments in seen.calls] == [
        {"limit": 1, "after": ""},
        {"limit": 9, "after": ""},
        {"limit": 9, "after": "C"},
    ]


async def test_arguments_by_variables() -> None:
    document = """
        query ($limit: Int = 1, $after: String) {
          people(ids: [1]) { team(limit: $limit, after: $after) { name } } }
    """
    for variables, names in [
        ({}, ["Bob"]),
        ({"limit": 5}, ["Bob", "Cid"]),
        ({"after": "C"}, ["Cid"]),
    ]:
        answer, _ = await asked(document, variables)
        assert [each["name"] for each in answer.data["people"][0]["team"]] == names


async def test_arguments_that_are_wrong() -> None:
    document = (
        "query ($limit: Int = 1) { people(ids: [1, 2]) { name maybeTeam(limit: $limit) { name } } }"
    )
    answer, seen = await asked(document, {"limit": None})
    assert [each["maybeTeam"] for each in answer.data["people"]] == [None, None]
    assert sorted(answer.errors) == ["people.0.maybeTeam", "people.1.maybeTeam"]
    assert seen.calls == []


async def test_a_child_that_parents_share_is_completed_once() -> None:
    document = "{ people(ids: [2, 3, 2]) { boss { name greeting } } }"
    answer, seen = await asked(document)
    assert answer.data == {"people": [{"boss": {"name": "Ann", "greeting": "I am Ann"}}] * 3}
    assert (seen.built["person"], seen.built["greeting"]) == (4, 1)


async def test_through_fragments_of_several_types() -> None:
    document = """
        { named { name ... on Fellow { boss { name } } ... on Robot { boss { name boss { id } } }
          ... on Fellow { boss { id } } } }
    """
    answer, seen = await asked(document)
    assert [each["boss"] and each["boss"]["name"] for each in answer.data["named"]] == [
        "Ann",
        "Ann",
        "Ann",
        "Deb",
    ]
    assert seen.keys("boss") == [[1], [1, 4], [None, 2]]


async def test_one_of_many_is_refused() -> None:
    refusing = lambda: Asked(refused=frozenset({"Bern"}))  # noqa: E731
    answer, seen = await asked("{ people { name hidden { name } } }", context=refusing)
    assert [each["hidden"] for each in answer.data["people"]] == [
        None,
        None,
        {"name": "Ann"},
        {"name": "Bob"},
    ]
    assert answer.errors == {f"people.{n}.hidden": "not of Bern" for n in (0, 1)}
    assert seen.keys("hidden") == [[1, 2]]
    assert seen.guarded == [("hidden", ["Bern", "Bern", "Rome", "Rome"])]


async def test_all_are_refused() -> None:
    refusing = lambda: Asked(refused=frozenset({"Bern", "Rome"}))  # noqa: E731
    answer, seen = await asked("{ people { hidden { name } } }", context=refusing)
    assert answer.data == {"people": [{"hidden": None}] * 4}
    assert sorted(set(answer.errors.values())) == ["not of Bern", "not of Rome"]
    assert seen.calls == []


async def test_finding_fails_for_all() -> None:
    failing = lambda: Asked(failing={"boss": LookupError("lost")})  # noqa: E731
    answer, seen = await asked("{ people { name boss { name } team { name } } }", context=failing)
    assert [each["boss"] for each in answer.data["people"]] == [None] * 4
    assert answer.errors == {f"people.{n}.boss": "lost" for n in range(4)}
    assert len(seen.keys("boss")) == 1


@pytest.mark.parametrize("boss", ["boss", "builtBoss", "x: boss { __typename } boss"])
async def test_finding_fails_for_one_key(boss: str) -> None:
    link = "mate" if boss == "builtBoss" else "boss"
    spoilt = lambda: Asked(spoilt={(link, 1): LookupError("lost")})  # noqa: E731
    answer, _ = await asked(f"{{ people {{ name {boss} {{ name }} }} }}", context=spoilt)
    name = boss.split()[-1]
    assert [each[name] for each in answer.data["people"]] == [None, None, None, {"name": "Bob"}]
    assert answer.errors == {
        f"people.{n}.{each}": "lost"
        for n in (1, 2)
        for each in ({name, "x"} if "x:" in boss else {name})
    }


async def test_finding_fails_where_null_cannot_be() -> None:
    failing = lambda: Asked(failing={"sure": LookupError("lost")})  # noqa: E731
    document = "{ people(ids: [2, 3]) { maybeTeam { name surely { name } } name } }"
    answer, _ = await asked(document, context=failing)
    assert answer.data == {
        "people": [{"maybeTeam": [None], "name": "Bob"}, {"maybeTeam": [], "name": "Cid"}]
    }
    assert answer.errors == {"people.0.maybeTeam.0.surely": "lost"}


async def test_nothing_is_found_where_null_cannot_be() -> None:
    answer, _ = await asked("{ people(ids: [2, 5]) { name boss { name } surely { name } } }")
    assert answer.data is None
    assert answer.errors == {
        "people.1.surely": "Cannot return null for non-nullable field Person.surely."
    }


async def test_an_error_in_a_shared_child_is_every_parents() -> None:
    """Nemo, whose name is null where it cannot be, leads nobody; whom he leads to is fine."""
    document = "{ people(ids: [5]) { maybeTeam { id name } a: maybeTeam { id boss { name } } } }"
    answer, _ = await asked(document)
    assert answer.data == {
        "people": [{"maybeTeam": [None], "a": [{"id": 6, "boss": {"name": "Eve"}}]}]
    }
    assert answer.errors == {
        "people.0.maybeTeam.0.name": "Cannot return null for non-nullable field Person.name."
    }


async def test_a_shared_child_with_an_error_of_its_own() -> None:
    document = "{ people(ids: [2, 3, 4]) { boss { id hidden { id } } } }"
    refusing = lambda: Asked(refused=frozenset({"Bern"}))  # noqa: E731
    answer, _ = await asked(document, context=refusing)
    assert [each["boss"] for each in answer.data["people"]] == [
        {"id": 1, "hidden": None},
        {"id": 1, "hidden": None},
        {"id": 2, "hidden": None},
    ]
    assert answer.errors == {f"people.{n}.boss.hidden": "not of Bern" for n in range(3)}


async def test_a_shared_child_that_is_nulled() -> None:
    """Ann has no boss and surely cannot be null: she is nulled under each who leads to her."""
    document = "{ people(ids: [2, 3, 4]) { name boss { id surely { id } } } }"
    answer, _ = await asked(document)
    assert [each["boss"] for each in answer.data["people"]] == [
        None,
        None,
        {"id": 2, "surely": {"id": 1}},
    ]
    assert answer.errors == {
        f"people.{n}.boss.surely": "Cannot return null for non-nullable field Person.surely."
        for n in range(2)
    }


async def test_a_parent_without_the_key() -> None:
    """Its own error; the others are found."""
    document = "{ strangers { name boss { name } hidden { name } } }"
    answer, _ = await asked(document)
    ann = {"name": "Ann"}
    assert answer.data == {
        "strangers": [
            {"name": "Bob", "boss": ann, "hidden": ann},
            {"name": "Stranger", "boss": None, "hidden": None},
            {"name": "Cid", "boss": ann, "hidden": ann},
        ]
    }
    lacks = "'types.SimpleNamespace' object has no attribute"
    assert answer.errors == {
        "strangers.1.boss": f"{lacks} 'boss_id'",
        "strangers.1.hidden": f"{lacks} 'city'",
    }


async def test_links_of_a_level_run_at_once_after_its_coroutines() -> None:
    document = "{ people(ids: [2, 3]) { slow boss { id } x: builtBoss { id } team { id } } }"
    _, seen = await asked(document)
    slow = [each for each in seen.running if "slow" in each]
    assert slow[:2] == ["+slow 2", "+slow 3"]
    links = [each for each in seen.running if "slow" not in each]
    assert links == ["+boss", "+mate", "+team", "-boss", "-mate", "-team"]


async def test_below_a_mutation_after_each() -> None:
    document = "mutation { a: hire(id: 2) { boss { name } } b: hire(id: 4) { boss { name } } }"
    answer, seen = await asked(document)
    assert answer.data == {"a": {"boss": {"name": "Ann"}}, "b": {"boss": {"name": "Bob"}}}
    assert [(name, keys) for name, keys, _ in seen.calls] == [
        ("hire", [2]),
        ("boss", [1]),
        ("hire", [4]),
        ("boss", [2]),
    ]


async def test_below_an_event() -> None:
    answers = []
    for executor in (STOCK, BreadthFirstExecutor):
        context = Asked()
        with breadth_first(2 if executor is BreadthFirstExecutor else 0):
            found = events(
                schema, "subscription { hired { boss { name } } }", executor, None, context
            )
            answers.append([each async for each in found])
    assert answers[0] == answers[1]
    assert [each.data["hired"] for each in answers[1]] == [
        [{"boss": {"name": "Ann"}}] * 2,
        [{"boss": {"name": "Bob"}}] * 2,
    ]
    assert context.keys("boss") == [[1], [2]]


@pytest.mark.parametrize("executor", [STOCK, BreadthFirstExecutor])
async def test_finding_is_cancelled_with_the_operation(executor: Any) -> None:
    class Hanging(Asked):
        async def hang(self) -> None:
            found.set()
            try:
                await asyncio.Event().wait()
            finally:
                self.running.append("cancelled")

    found = asyncio.Event()
    context = Hanging(hanging=frozenset({"team"}))
    before = asyncio.all_tasks()
    running = under(schema, executor).execute(
        "{ people(ids: [1]) { slow boss { name } team { name } } }", context_value=context
    )
    task = asyncio.create_task(running)
    await found.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert context.running[-1] == "cancelled"
    assert asyncio.all_tasks() == before
