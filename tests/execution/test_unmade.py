"""What a resolver returns unmade is read by its columns, or made where something else is asked."""

import strawberry

from schema.execution import BreadthFirstExecutor, Unmade, under
from tests.execution import linked
from tests.execution.both import Schema, ask
from tests.execution.linked import BOB, BUILT, CID, READING, Person, build_person


@strawberry.type
class Query:
    @strawberry.field
    def person(self) -> Person:
        return Unmade(BOB, READING)  # type: ignore[return-value]  # it stands for one

    @strawberry.field
    def people(self) -> list[Person]:
        return [Unmade(BOB, READING), build_person(CID)]  # type: ignore[list-item]

    @strawberry.field
    def nobody(self) -> list[Person]:
        return []


schema = Schema(query=Query)


async def test_both_executors_read_it() -> None:
    document = "{ person { name city boss { name } } people { name } nobody { name } }"
    answer = await ask(schema, document, context=linked.Asked)
    assert answer.data == {
        "person": {"name": "Bob", "city": BOB.city, "boss": {"name": "Ann"}},
        "people": [{"name": "Bob"}, {"name": "Cid"}],
        "nobody": [],
    }


async def test_it_is_made_only_where_columns_do_not_hold_what_is_asked() -> None:
    ours = under(schema, BreadthFirstExecutor)
    BUILT.clear()
    await ours.execute("{ person { name city } }", context_value=linked.Asked())
    assert BUILT["person"] == 0
    await ours.execute("{ people { name } }", context_value=linked.Asked())
    assert BUILT["person"] == 2
