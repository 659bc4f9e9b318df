"""Answers that would be too large to write are refused, however little work they are."""

from typing import Any

import pytest

from schema.execution import BreadthFirstExecutor, excess, levels, under
from tests.execution import linked
from tests.execution.both import answer_of


async def ask(document: str) -> Any:
    schema = under(linked.schema, BreadthFirstExecutor)
    return answer_of(await schema.execute(document, context_value=linked.Asked()))


def test_objects_are_counted_where_they_are_written() -> None:
    leaf = {"a": 1}
    pair = {"left": leaf, "right": leaf, "both": [leaf, leaf, [leaf]]}
    assert excess.objects_in(pair) == 6
    assert excess.objects_in([pair, pair, None]) == 12
    shared: Any = leaf
    for _ in range(64):
        shared = {"left": shared, "right": shared}
    assert excess.objects_in(shared) == 2**65 - 1


async def test_an_answer_that_shares_is_refused_by_what_it_would_hold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = "{ people(ids: [2, 3, 2, 3]) { boss { name team { name boss { name } } } } }"
    found = await ask(document)
    assert found.errors == {}
    held = excess.objects_in(found.data)
    monkeypatch.setattr(levels, "UNMEASURED", 0)
    monkeypatch.setattr(levels, "MOST_OBJECTS", held)
    assert (await ask(document)).data == found.data
    monkeypatch.setattr(levels, "MOST_OBJECTS", held - 1)
    refused = await ask(document)
    assert refused.data is None
    assert refused.errors == {
        "people": f"The answer would hold more than {held - 1} objects: ask for less at once."
    }


def test_long_texts_count_as_objects() -> None:
    assert excess.objects_in({"short": "a" * 99, "long": "a" * 250}) == 3


async def test_a_mutation_that_answers_too_much_was_executed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its error is at its field, so that nobody takes it for one that never began."""
    monkeypatch.setattr(levels, "UNMEASURED", 0)
    monkeypatch.setattr(levels, "MOST_OBJECTS", 1)
    refused = await ask("mutation { hire(id: 2) { team { name } } }")
    assert refused.data is None
    assert list(refused.errors) == ["hire"]


async def test_errors_that_are_shared_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels, "MOST_ERRORS", 1)
    refused = await ask("{ strangers { boss { name } hidden { name } } }")
    assert refused.data is None
    (message,) = refused.errors.values()
    assert message.startswith("The answer would hold more than 1 errors")
