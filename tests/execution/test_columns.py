"""Rows that are read by their columns answer as the objects that could be built of them."""

import pytest

from tests.execution.linked import asked


async def test_what_its_columns_hold_is_not_built() -> None:
    document = "{ people(ids: [2, 4]) { boss { id name city __typename desk { room } } } }"
    answer, seen = await asked(document)
    assert answer.data == {
        "people": [
            {"boss": {"id": n, "name": name, "city": "Bern", "__typename": "Person", "desk": None}}
            for n, name in [(1, "Ann"), (2, "Bob")]
        ]
    }
    assert seen.built["person"] == 2


COLUMNS = {
    "plain attributes": "name id",
    "in another order, twice": "id name i: id id",
    "an object within": "desk { room __typename }",
    "objects within": "desks { room } badge { code } b: badge { city code } sureBadge { city }",
    "objects within that are built": "badge { words } desks { label }",
    "an object within that is built": "name desk { label room }",
    "a link within an object": "desk { owner { name desk { room } } }",
    "links": "name boss { name } team { name boss { id } }",
    "only a type": "__typename",
    "a resolver": "greeting name",
    "a resolver further down": "name boss { greeting boss { id } }",
    "a coroutine": "slow id",
}


@pytest.mark.parametrize("selection", COLUMNS.values(), ids=COLUMNS)
async def test_columns_answer_as_objects_do(selection: str) -> None:
    """By the columns of rows, and by objects made of them: the same."""
    document = f"""
        {{ people {{ team {{ boss {{ {selection} }} }} }} }}
    """
    by_columns, _ = await asked(document)
    built, _ = await asked(document.replace("boss {", "boss: builtBoss {", 1))
    assert by_columns.json == built.json
    assert by_columns.errors == built.errors == {}


async def test_ids_and_types_by_columns() -> None:
    document = """
        { people(ids: [2, 4]) { fellow { id name __typename boss { id } }
          named { __typename name ... on Fellow { id boss { name } } ... on Robot { name } } } }
    """
    answer, _ = await asked(document)
    assert [each["named"]["name"] for each in answer.data["people"]] == ["Ann", "Bob"]
    assert [each["fellow"]["__typename"] for each in answer.data["people"]] == ["Fellow"] * 2


async def test_objects_within_that_have_errors() -> None:
    """Pia's boss is at a desk without a room; hers and Quin's are well."""
    document = "{ people(ids: [8, 9]) { boss { name desk { room } desks { ownerId room } } } }"
    answer, _ = await asked(document)
    assert [each["boss"] for each in answer.data["people"]] == [
        {"name": "Olaf", "desk": None, "desks": [{"ownerId": 7, "room": "a"}, None]},
        {"name": "Pia", "desk": None, "desks": [{"ownerId": 8, "room": "p"}, None]},
    ]
    missing = "Cannot return null for non-nullable field Desk.room."
    assert answer.errors == {
        "people.0.boss.desk.room": missing,
        "people.0.boss.desks.1.room": missing,
    }


async def test_objects_made_of_the_same_row() -> None:
    document = """
        { people(ids: [8, 9]) { boss { id badge { code city } b: badge { __typename city: code }
          team { sureBadge { city words } } } } }
    """
    answer, _ = await asked(document)
    assert [each["boss"] for each in answer.data["people"]] == [
        {
            "id": 7,
            "badge": None,
            "b": {"__typename": "Badge", "city": 7},
            "team": [{"sureBadge": {"city": "Oslo", "words": "8 of Oslo"}}],
        },
        {
            "id": 8,
            "badge": {"code": 8, "city": "Oslo"},
            "b": {"__typename": "Badge", "city": 8},
            "team": [{"sureBadge": {"city": "Oslo", "words": "9 of Oslo"}}],
        },
    ]
    assert answer.errors == {
        "people.0.boss.badge.city": "Cannot return null for non-nullable field Badge.city."
    }


async def test_an_object_of_the_same_row_that_cannot_be_null() -> None:
    answer, _ = await asked("{ people(ids: [8, 9]) { name boss { name sureBadge { city } } } }")
    assert [each["boss"] for each in answer.data["people"]] == [
        None,
        {"name": "Pia", "sureBadge": {"city": "Oslo"}},
    ]
    assert answer.errors == {
        "people.0.boss.sureBadge.city": "Cannot return null for non-nullable field Badge.city."
    }
