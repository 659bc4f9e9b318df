"""Plans are compiled once, kept in bounds, and never mistaken for another's."""

import gc
from collections import Counter
from itertools import count
from typing import Any

import pytest
import strawberry
from graphql import DocumentNode, FieldNode, execute, parse
from strawberry.utils.await_maybe import await_maybe

from schema.execution import METRICS, BreadthFirstExecutor, executor, under
from schema.execution.plans import Level, Plan
from tests.execution import linked
from tests.execution.both import Schema, answer_of


@strawberry.type
class Query:
    name: str = "query"

    @strawberry.field
    def echo(self, text: str = "none") -> str:
        return text

    @strawberry.field
    def nested(self) -> "Query":
        return Query()


@strawberry.type(name="Query")
class Other:
    name: int = 5

    @strawberry.field
    def echo(self, text: str = "other") -> str:
        return text * 2


schema = under(Schema(query=Query), BreadthFirstExecutor)


async def run(
    document: Any, schema: Any = schema, operation: str | None = None, **given: Any
) -> Any:
    answer = answer_of(
        await schema.execute(
            document, variable_values=given, operation_name=operation, root_value=Query()
        )
    )
    assert answer.errors == {}
    return answer.data


NUMBERS = count()


def compiled() -> int:
    """How many plans were compiled since last asked."""
    new = METRICS.plans - compiled.known  # type: ignore[attr-defined]
    compiled.known = METRICS.plans  # type: ignore[attr-defined]
    return new


compiled.known = METRICS.plans  # type: ignore[attr-defined]


async def test_variables_share_a_plan() -> None:
    compiled()
    document = "query shared($t: String!) { echo(text: $t) nested { echo(text: $t) } }"
    for text in ("a", "b", "a"):
        assert await run(document, t=text) == {"echo": text, "nested": {"echo": text}}
    assert compiled() == 1


async def test_conditions_have_plans_of_their_own() -> None:
    compiled()
    document = """
        query ($a: Boolean!, $b: Boolean = true, $t: String = "t") {
          name @skip(if: $a) echo(text: $t) @include(if: $b) nested { name @include(if: $b) } }
    """
    for _ in range(2):
        for a in (True, False):
            for b in (True, False):
                expected = ({} if a else {"name": "query"}) | ({"echo": "t"} if b else {})
                expected["nested"] = {"name": "query"} if b else {}
                assert await run(document, a=a, b=b) == expected
    assert compiled() == 4
    await run(document, a=True)  # b by its default
    await run(document, a=True, t="u")
    assert compiled() == 0


async def test_documents_of_the_same_text_share_a_plan() -> None:
    compiled()
    first, second = parse("{ same: name }"), parse("{ same: name }")
    assert first is not second
    for document in (first, second):
        result = await under_document(document)
        assert result.data == {"same": "query"}
    await run("{ same: name }")
    assert compiled() == 1


async def under_document(document: Any) -> Any:
    """Executed as it was parsed, without Strawberry's own parsing."""
    return await await_maybe(
        execute(schema._schema, document, root_value=Query(), executor_class=BreadthFirstExecutor)
    )


async def test_documents_without_text_are_told_apart_by_what_they_say() -> None:
    compiled()
    for text in ("{ bare: name }", "{ bare: echo }", "{  bare:  name }"):
        result = await under_document(parse(text, no_location=True))
        assert result.data == {"bare": "none" if "echo" in text else "query"}
    assert compiled() == 2


async def test_operations_of_a_document_have_plans_of_their_own() -> None:
    compiled()
    document = "query a { a: name } query b { b: name }"
    for operation in ("a", "b", "a"):
        assert await run(document, operation=operation) == {operation: "query"}
    assert compiled() == 2


async def test_schemas_do_not_share_plans() -> None:
    other = under(Schema(query=Other), BreadthFirstExecutor)
    document = "{ echo }"
    compiled()
    assert await run(document) == {"echo": "none"}
    assert await run(document, other) == {"echo": "otherother"}
    assert await run(document) == {"echo": "none"}
    assert compiled() == 2


async def test_what_is_unlike_only_in_a_literal_is_unlike() -> None:
    for text in ("a", "b"):
        assert await run(f'{{ echo(text: "{text}") }}') == {"echo": text}


@pytest.fixture
def most(monkeypatch: pytest.MonkeyPatch) -> int:
    """So many plans of this module's documents are about kept of a schema made during the test."""
    assert executor.MOST_KEPT <= 1_000_000
    monkeypatch.setattr(executor, "MOST_KEPT", 50 * (50 + 3 * executor.LEVEL_WEIGHT))
    return 50


async def test_plans_are_bounded(most: int) -> None:
    """After many documents no more is held than after the first."""
    own = under(Schema(query=Query), BreadthFirstExecutor)
    compiled()

    async def held_after(documents: int) -> Counter[type]:
        for _ in range(documents):
            await run(f"{{ bounded{next(NUMBERS):04}: name nested {{ echo }} }}", own)
        gc.collect()
        kinds = (Plan, Level, DocumentNode, FieldNode)
        return Counter(type(each) for each in gc.get_objects() if isinstance(each, kinds))

    before = await held_after(2 * most)
    assert before[Plan] >= most / 2
    assert await held_after(4 * most) == before
    assert compiled() == 6 * most


async def test_a_plan_that_grows_weighs_more(most: int) -> None:
    """What is compiled only when data leads to it counts as well."""
    own = under(Schema(query=Query), BreadthFirstExecutor)
    kept = executor.kept_of(own._schema)
    for _ in range(6 * most):
        await run(f"{{ small{next(NUMBERS):04}: name }}", own)
    many = len(kept)
    document = "{ " + "nested { " * 40 + "name" + " }" * 40 + " }"
    await run(document, own)
    assert kept.weight <= kept.most
    assert len(kept) < many - 10
    several = len(kept)
    await run(document + " " * kept.most, own)  # more than all that is kept: not kept itself
    assert len(kept) == several


async def test_what_no_data_leads_to_is_not_compiled() -> None:
    """Else nested fragments would make a level for each way through them."""
    document = "{ nobody { name boss { name boss { name boss { name } } } } }"
    answer, _ = await linked.asked(document)
    assert answer.data == {"nobody": []}
    known = executor.kept_of(linked.schema._schema).get((document, None))
    assert known is not None
    assert [each.size for each in known.plans.values()] == [1]


async def test_what_is_used_stays(most: int) -> None:
    own = under(Schema(query=Query), BreadthFirstExecutor)
    await run("{ used: name }", own)
    for n in range(6 * most):
        await run(f"{{ unused{n}: name }}", own)
        if n % 10 == 0:
            await run("{ used: name }", own)
    compiled()
    await run("{ used: name }", own)
    assert compiled() == 0
    await run("{ unused0: name }", own)
    assert compiled() == 1
