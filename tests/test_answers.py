"""That `Schema.answer`, by which requests are answered, and `Schema.execute` say the same."""

from copy import copy
from typing import Any

import pytest
from graphql import parse
from graphql.execution import Executor
from strawberry.extensions import SchemaExtension

from schema.access.rules import NOBODY, SYSTEM, Actor
from schema.context import Context
from schema.execution import under
from schema.root import MASKED, OURS, schema
from tests.asking import Acting, answer_of

NODE = "query Node($id: ID!) { node(id: $id) { id } }"
CLINIC = {"id": "Q2xpbmljOjAxOTQxZjI5LTdjMDAtNzAwNy1iMDFkLWM2Yjc4MGRmNDAwNw=="}


@pytest.mark.parametrize(
    ("actor", "query", "variables", "name"),
    [
        (NOBODY, "{ viewer { kind } }", {}, None),
        (SYSTEM, NODE, CLINIC, None),
        (SYSTEM, NODE, CLINIC, "Node"),
        (SYSTEM, NODE, {"id": [1]}, None),
        (SYSTEM, NODE, {}, None),
        (NOBODY, "{ people(first: 1) { edges { node { id } } } viewer { kind } }", {}, None),
        (NOBODY, 'mutation { removeRole(input: {id: "x"}) { __typename } }', {}, None),
    ],
)
async def test_both_say_the_same(
    act: Acting,
    executor: type[Executor],
    actor: Actor,
    query: str,
    variables: dict[str, Any],
    name: str | None,
) -> None:
    asked = under(schema, executor)
    executed = await asked.execute(query, variables, act.context(actor), operation_name=name)
    answered = await asked.answer(parse(query), act.context(actor), variables, name)
    assert answer_of(answered) == answer_of(executed)


async def test_bugs_are_masked_wherever_they_are(
    act: Acting,
    executor: type[Executor],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError("the client's name")

    for broken in ("load", "one_snapshot"):
        with monkeypatch.context() as patch:
            patch.setattr(Context, broken, breaks)
            found = await under(schema, executor).answer(parse(NODE), act.context(SYSTEM), CLINIC)
        assert [each.message for each in found.errors or ()] == [MASKED]
    assert caplog.text.count("RuntimeError: the client's name") == 2


async def test_extensions_of_others_are_run(act: Acting, executor: type[Executor]) -> None:
    class Noting(SchemaExtension):
        def get_results(self) -> dict[str, Any]:
            return {"noted": self.execution_context.operation_name}

    asked = copy(under(schema, executor))
    asked.extensions = (*OURS, Noting)
    found = await asked.answer(parse(NODE), act.context(SYSTEM), CLINIC)
    assert found.extensions == {"noted": "Node"}
