"""What is known of a document is known for whoever sends it again, and is bounded."""

import httpx
import pytest
from graphql import OperationType
from graphql.execution import Executor
from sqlalchemy.ext.asyncio import AsyncEngine

from api import documents
from api.documents import Documents
from api.errors import RequestRefused
from schema.root import schema
from tests.api.conftest import Asked
from tests.api.sockets import serving

TWO = "query A { viewer { kind } } query B { viewer { __typename } }"
VIEWER = "{ viewer { __typename } }"


@pytest.fixture
def known() -> Documents:
    return Documents(schema)


def commented(number: int, length: int = 0) -> str:
    """As many distinct documents as one likes, that ask the same."""
    return f"{VIEWER} #{number:06}" + "x" * length


def test_what_comes_again_is_the_same_object(known: Documents) -> None:
    first, again = known.of(VIEWER), known.of(VIEWER[:3] + VIEWER[3:])
    assert again is first
    assert again.operation(None).document is first.node
    assert (known.misses, known.hits, len(known)) == (1, 1, 1)


def test_operations_of_one_document_share_it(known: Documents) -> None:
    document = known.of(TWO)
    a, b = document.operation("A"), document.operation("B")
    assert a.document is b.document
    assert a.kind is b.kind is OperationType.QUERY
    for name in (None, "C"):
        with pytest.raises(RequestRefused) as refused:
            document.operation(name)
        assert refused.value.code == "OPERATION_RESOLUTION_FAILURE"


def test_introspection_is_known_of_each_operation(known: Documents) -> None:
    document = known.of(TWO.replace("viewer { kind }", "__schema { queryType { name } }"))
    assert document.operation("A").introspects
    assert not document.operation("B").introspects


def test_anonymous_operation_beside_others_is_never_chosen(known: Documents) -> None:
    with pytest.raises(RequestRefused):
        known.of(f"{VIEWER} {TWO}").operation(None)


def test_wrong_document_is_validated_once(
    known: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = "{ viewer { kindly } }"
    errors = known.of(wrong).operation(None).errors
    monkeypatch.setattr(documents, "validate_document", None)
    assert known.of(wrong).operation(None).errors is errors
    assert "kindly" in errors[0].message


@pytest.mark.parametrize("text", ["{", "{ a {" + " b" * 2_000 + "} }"])
def test_text_that_is_no_document_is_read_once_and_refused_anew(
    known: Documents, text: str
) -> None:
    refusals = []
    for _ in range(2):
        with pytest.raises(RequestRefused) as refused:
            known.of(text)
        refusals.append(refused.value)
    first, second = refusals
    assert (first.code, first.message) == (second.code, second.message)
    assert first is not second  # or its traceback would grow, and hold what its callers held
    assert (known.misses, known.hits) == (1, 1)


def test_flood_of_documents_is_bounded(known: Documents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST_DOCUMENTS", 3)
    for number in range(9):
        known.of(commented(number))
        known.of(VIEWER)
    assert len(known) == 3
    assert known.misses == 10  # what is used remains
    monkeypatch.setattr(documents, "MOST_CHARACTERS", 2_000)
    for number in range(9):
        known.of(commented(number, 900))
        assert known.characters == sum(map(len, known._kept)) <= 2_000
    with pytest.raises(RequestRefused):
        known.of("#" * 30_000)
    assert known.characters <= 2_000


async def test_answers_are_each_callers_own(asking: Asked) -> None:
    """One document, several callers and variables."""
    query = "query ($id: ID!) { viewer { kind } node(id: $id) { id } }"
    ids = ["T3duZXI6MQ==", "bm90aGluZw=="]
    answers = [(await asking(query=query, variables={"id": each})) for each in ids * 2]
    assert answers[:2] == answers[2:]
    assert all(each["data"]["viewer"] == {"kind": "NOBODY"} for each in answers if "data" in each)


async def test_wrong_document_answers_the_same_each_time(asking: Asked) -> None:
    """Without suggestions for nobody, with them where the schema is told."""
    wrong = {"query": "{ viewr { kind } }"}
    first = await asking(**wrong)
    assert first == await asking(**wrong)
    (error,) = first["errors"]
    assert error["message"] == "Cannot query field 'viewr' on type 'Query'."
    assert error["locations"] == [{"line": 1, "column": 3}]
    assert error["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}


async def test_operations_are_chosen_each_time(asking: Asked) -> None:
    assert await asking(query=TWO, operationName="A") == {"data": {"viewer": {"kind": "NOBODY"}}}
    assert (await asking(query=TWO))["errors"][0]["message"].endswith("in `operationName`.")
    named = await asking(query=TWO, operationName="B")
    assert named == {"data": {"viewer": {"__typename": "Viewer"}}}


async def test_introspection_is_refused_each_time(asking: Asked, http: httpx.AsyncClient) -> None:
    for _ in range(2):
        answer = await asking(query="{ __schema { queryType { name } } }")
        assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_websocket_has_the_same_documents(
    api_engine: AsyncEngine, executor: type[Executor]
) -> None:
    async with serving(api_engine, executor) as served, served.connected(init={}) as client:
        url = served.url.replace("ws:", "http:")
        for _ in range(2):
            assert await client.asked(VIEWER) == {"viewer": {"__typename": "Viewer"}}
            async with httpx.AsyncClient(trust_env=False) as http:
                assert (await http.post(url, json={"query": VIEWER})).status_code == 200
        assert (served.documents.misses, served.documents.hits) == (1, 3)
