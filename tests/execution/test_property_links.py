"""Any selection through links, some refused, some failing: both executors answer alike."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.execution.both import ask
from tests.execution.linked import Asked, schema

LEAVES = {
    "Person": ["id", "name", "city", "greeting", "slow", "__typename"],
    "Fellow": ["id", "name", "__typename"],
    "Named": ["name", "__typename"],
    "Badge": ["city", "code", "words", "__typename"],
    "Desk": ["room", "label", "ownerId", "__typename"],
}
LINKS = {
    "Person": {
        "boss": "Person",
        "builtBoss": "Person",
        "hidden": "Person",
        "surely": "Person",
        "team": "Person",
        "team(limit: 1)": "Person",
        "maybeTeam": "Person",
        "maybeTeam(limit: $limit)": "Person",
        "desk": "Desk",
        "desks": "Desk",
        "badge": "Badge",
        "sureBadge": "Badge",
        "fellow": "Fellow",
        "named": "Named",
    },
    "Fellow": {"boss": "Fellow"},
    "Named": {},
    "Badge": {},
    "Desk": {"owner": "Person"},
}


@st.composite
def selections(draw: Any, kind: str = "Person", depth: int = 3) -> str:
    """What is selected of a type: a key always means the same field with the same arguments."""
    found = []
    for _ in range(draw(st.integers(1, 3))):
        links = LINKS[kind] if depth else {}
        field = draw(st.sampled_from([*LEAVES[kind], *links, *links, "..."]))
        if field == "...":
            found.append(f"... on {kind} {{ {draw(selections(kind, 0))} }}")
        elif field in links:
            name = "".join(filter(str.isalnum, field))
            found.append(f"{name}: {field} {{ {draw(selections(links[field], depth - 1))} }}")
        else:
            found.append(field)
    return " ".join(found)


LISTED = st.lists(st.sampled_from([1, 2, 3, 4, 4, 5, 6, 8, 9]), max_size=6)
REFUSED = st.frozensets(st.sampled_from(["Bern", "Rome", "sea"]), max_size=2)
FAILING = st.sets(st.sampled_from(["boss", "team", "mate", "hidden", "sure"]), max_size=1)


# graphql-core does not await all that it was given, where an error makes that needless.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@settings(max_examples=100)
@given(selections(), LISTED, REFUSED, FAILING)
def test_both_answer_alike(
    selection: str, ids: list[int], refused: frozenset[str], failing: set[str]
) -> None:
    """And ours asks a link at most once at each place, with each key once."""
    contexts: list[Asked] = []

    def context() -> Asked:
        errors = {each: LookupError(f"{each} is lost") for each in failing}
        contexts.append(Asked(refused=refused, failing=errors))
        return contexts[-1]

    used = "" if "$limit" in selection else " nobody { team(limit: $limit) { id } }"
    document = f"""
        query ($ids: [Int!]!, $limit: Int!) {{ people(ids: $ids) {{ ...same }}{used} }}
        fragment same on Person {{ {selection} }}
    """
    variables = {"ids": ids, "limit": 1}
    asyncio.run(ask(schema, document, variables, context=context, several=True))
    asked = [keys for _, keys, _ in contexts[-1].calls]
    assert all(len(keys) == len(set(keys)) > 0 for keys in asked)
    assert len(asked) <= selection.count("{")
