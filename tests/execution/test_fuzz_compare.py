"""The comparison of the differential fuzz passes what GraphQL leaves open, and nothing else."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.execution.fuzz_compare import Fault, Path, Told, differences, landing, nulled

#: Positions that may be null, by the names on the way: `a: A`, `a.b: B!`, `a.list: [B]!`.
NULLABLE = {("a",), ("a", "list", 0), ("a", "list", 1), ("a", "maybe"), ("plain",)}


def may_be_null(path: Path) -> bool:
    return path in NULLABLE


def at(*path: str | int, message: str = "broken", rest: str = "") -> Fault:
    return Fault(path, message, rest)


#: Under `a`, which is null: what its fields raise when all of them are asked.
LEFT, RIGHT, STOPPED = at("a", "left"), at("a", "b", "right"), at("a", "maybe")
POSSIBLE = {LEFT, RIGHT, STOPPED, at("a", "list", 0, "x"), at("plain")}
NULL_A = {"a": None, "plain": 1}


@dataclass(frozen=True)
class Case:
    stock: Told
    ours: Told
    possible: set[Fault] = field(default_factory=lambda: POSSIBLE)


def errors(data: Any, stock: list[Fault], ours: list[Fault]) -> Case:
    """The same data, with these errors."""
    return Case(Told(data, tuple(stock)), Told(data, tuple(ours)))


def data(stock: Any, ours: Any) -> Case:
    return Case(Told(stock), Told(ours))


SAME = {
    "nothing": data({}, {}),
    "equal data": data({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}),
    "the same error in place": errors({"plain": None}, [at("plain")], [at("plain")]),
    "errors in another order": errors(
        {"a": None, "plain": None}, [LEFT, at("plain")], [at("plain"), LEFT]
    ),
    "another of those that land there": errors(NULL_A, [LEFT], [RIGHT]),
    "more of those below": errors(NULL_A, [LEFT], [RIGHT, LEFT, STOPPED]),
    "fewer of those below": errors(NULL_A, [STOPPED, LEFT], [LEFT]),
    "an error that nulls the whole": Case(
        Told(None, (at("x"),)), Told(None, (at("y"),)), {at("x"), at("y")}
    ),
    "the same refusal of the request": errors(None, [Fault(None, "no")], [Fault(None, "no")]),
    "errors of an item that may be null": errors(
        {"a": {"list": [None, {"x": 1}]}}, [at("a", "list", 0, "x")], [at("a", "list", 0, "x")]
    ),
}

DIFFERENT = {
    "a value": data({"a": 1}, {"a": 2}),
    "a number that is a text": data({"a": 1}, {"a": "1"}),
    "a number that is a truth": data({"a": 1}, {"a": True}),
    "a whole number that is not": data({"a": 1}, {"a": 1.0}),
    "a key less": data({"a": 1, "b": 1}, {"a": 1}),
    "keys in another order": data({"a": 1, "b": 1}, {"b": 1, "a": 1}),
    "items in another order": data({"a": [1, 2]}, {"a": [2, 1]}),
    "an item less": data({"a": [1, 2]}, {"a": [1]}),
    "null instead of a value": data({"a": {"b": 1}}, {"a": None}),
    "an error lost": errors({"plain": None}, [at("plain")], []),
    "an error too many": errors({"plain": None}, [], [at("plain")]),
    "an error told twice": errors({"plain": None}, [at("plain")], [at("plain"), at("plain")]),
    "another message": errors({"plain": None}, [at("plain")], [at("plain", message="else")]),
    "another place in the document": errors(
        {"plain": None}, [at("plain", rest="1:2")], [at("plain", rest="1:3")]
    ),
    "an error for a value that is there": errors({"plain": 1}, [], [at("plain")]),
    "both sides' error for a value that is there": errors(
        {"plain": 1}, [at("plain")], [at("plain")]
    ),
    "an error at a key that is not there": errors({}, [], [at("plain")]),
    "none for a null that only the other explains": errors(NULL_A, [LEFT], []),
    "only one that a nullable position would have stopped": errors(NULL_A, [LEFT], [STOPPED]),
    "one that no field raises": errors(NULL_A, [LEFT], [LEFT, at("a", "left", message="else")]),
    "one at a path that no field has": errors(NULL_A, [LEFT], [at("a", "elsewhere")]),
    "one told twice below": errors(NULL_A, [LEFT], [RIGHT, RIGHT]),
    "the field itself instead of one below": errors(NULL_A, [LEFT], [at("a")]),
    "the field itself besides one below": errors(NULL_A, [at("a")], [at("a"), LEFT]),
    "the parent is not nulled": Case(
        Told({"a": None}, (LEFT,)), Told({"a": {"left": None}}, (LEFT,))
    ),
    "too much is nulled": Case(
        Told({"a": {"maybe": None}}, (STOPPED,)), Told({"a": None}, (STOPPED,))
    ),
    "another refusal of the request": errors(None, [Fault(None, "no")], [Fault(None, "not so")]),
    "a path where the request is refused": errors(None, [Fault(None, "no")], [at(message="no")]),
}


def found(case: Case) -> list[str]:
    return differences(case.stock, case.ours, may_be_null, case.possible)


@pytest.mark.parametrize("case", SAME.values(), ids=SAME.keys())
def test_what_may_differ_passes(case: Case) -> None:
    assert found(case) == []


@pytest.mark.parametrize("case", DIFFERENT.values(), ids=DIFFERENT.keys())
def test_what_may_not_differ_is_found(case: Case) -> None:
    assert found(case)


def test_an_error_lands_at_the_nearest_position_that_may_be_null() -> None:
    assert landing(("a", "b", "right"), may_be_null) == ("a",)
    assert landing(("a", "maybe"), may_be_null) == ("a", "maybe")
    assert landing(("a", "list", 0, "x"), may_be_null) == ("a", "list", 0)
    assert landing(("other",), may_be_null) == ()


def test_where_the_data_are_null() -> None:
    assert nulled({"a": None}, ("a", "b", 0)) == ("a",)
    assert nulled(None, ("a",)) == ()
    assert nulled({"a": [1, None]}, ("a", 1)) == ("a", 1)
    assert nulled({"a": [1]}, ("a", 1)) is None
    assert nulled({"a": 1}, ("a",)) is None
