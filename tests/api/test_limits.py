"""The gate that every document passes before it is validated."""

import pytest
from graphql import OperationType, get_introspection_query

from api.errors import RequestRefused
from api.limits import (
    CHARACTERS,
    DEPTH,
    FIELDS,
    FRAGMENTS,
    REPEATS,
    TOKENS,
    Measured,
    measured,
    parsed,
    unclear,
)


def admit(document: str, name: str | None = None) -> Measured:
    """The operation of this name, within the limits. Raises: RequestRefused."""
    node = parsed(document)
    if found := measured(node).get(name):
        return found
    raise unclear(node, name)


def nested(levels: int) -> str:
    return "{a" * levels + "}" * levels


def spreading_twice(fragments: int) -> str:
    """Each fragment spreads the next one twice, so that walking every path takes 2^n steps."""
    definitions = [f"fragment f{n} on T {{ ...f{n + 1} ...f{n + 1} }}" for n in range(fragments)]
    return f"{{ ...f0 }} {' '.join(definitions)} fragment f{fragments} on T {{ x: a }}"


def many_fragments(fragments: int) -> str:
    """Each selects the same, so that validation compares every two of them."""
    names = [f"F{n}" for n in range(fragments)]
    spread = " ".join(f"...{name}" for name in names)
    return f"{{ a {{ {spread} }} }} " + " ".join(f"fragment {name} on T {{ b }}" for name in names)


@pytest.mark.parametrize(
    "document",
    [
        many_fragments(FRAGMENTS),
        "{ a {" + " b { c }" * REPEATS + "} }",
        nested(DEPTH),
        "{ a ...F } fragment F on T { " + nested(DEPTH - 1)[1:],
        "{" + " ".join(f"a{n}: a" for n in range(FIELDS)) + "}",
        "{ ...F } fragment F on T { ...F }",
        "{ ...Unknown }",
        get_introspection_query(input_value_deprecation=True),
        "{ a(x: " + "9" * 40 + ") }",
    ],
)
def test_admitted(document: str) -> None:
    assert admit(document).kind is OperationType.QUERY


@pytest.mark.parametrize(
    ("document", "what"),
    [
        ("{ a " + "#" * CHARACTERS + "\n}", "characters"),
        ("{ a {" + " b" * TOKENS + "} }", "tokens"),
        ("{a" * 900, "brackets"),
        ("{ a(x: " + "[" * 900 + ") }", "brackets"),
        (nested(DEPTH + 1), "levels"),
        ("{ ...F } fragment F on T " + nested(DEPTH + 1), "levels"),
        ("{ a { " + " ".join(f"a{n}: a" for n in range(FIELDS + 1)) + "} }", "aliases"),
        ("{" + " a" * (FIELDS + 1) + "}", "fields at the root"),
        (spreading_twice(FRAGMENTS - 1), "aliases"),
        ("{ a " + "@skip(if: true) " * 51 + "}", "directives"),
        ("{ a(x: " + "9" * 6_000 + ") }", "digits"),
        ("{ a {" + " b { c }" * (REPEATS + 1) + "} }", "repetitions"),
        ("{ a {" + " ... { b { c } }" * (REPEATS + 1) + "} }", "repetitions"),
        ("{ a {" + " ...F" * 9 + "} } fragment F on T {" + " b { c }" * 3 + "}", "repetitions"),
        ("{ a } fragment F on T {" + " b { c }" * (REPEATS + 1) + "}", "repetitions"),
        (many_fragments(FRAGMENTS + 1), "fragments"),
        ("query A { a } query B " + nested(DEPTH + 1), "levels"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_over_a_limit(document: str, what: str) -> None:
    with pytest.raises(RequestRefused, match=what) as refused:
        admit(document)
    assert refused.value.code == "LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ("query A { a } query B { a }", None),
        ("query A { a }", "B"),
        ("fragment F on T { a }", None),
        ("type T { a: Int }", None),
    ],
)
def test_operation_must_be_clear(document: str, name: str | None) -> None:
    with pytest.raises(RequestRefused) as refused:
        admit(document, name)
    assert refused.value.code == "OPERATION_RESOLUTION_FAILURE"


@pytest.mark.parametrize("text", ['"\\u0000"', '"\\u{0}"'])
def test_nul_is_refused(text: str) -> None:
    with pytest.raises(RequestRefused, match="NUL"):
        admit(f"{{ a(x: {text}) }}")


@pytest.mark.parametrize(
    "document",
    [
        "{ __schema { queryType { name } } }",
        "{ ... { __schema { queryType { name } } } }",
        "{ ...F } fragment F on T { ...G } fragment G on T { x: __type(name: A) { name } }",
    ],
)
def test_asking_about_the_schema_is_noticed_wherever_it_is_written(document: str) -> None:
    assert admit(document).introspects
    assert not admit("{ a { ...F } } fragment F on T { b }").introspects
