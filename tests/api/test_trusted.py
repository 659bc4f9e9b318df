"""Documents that an operator lists by their hash: `TRUSTED_DOCUMENTS`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from graphql.execution import Executor
from sqlalchemy.ext.asyncio import AsyncEngine

from api.documents import Document, hash_of
from api.errors import CannotProceed
from api.limits import CHARACTERS
from api.settings import Settings
from api.trusted import check_texts, trusted_documents
from schema.access.rules import ActorKind
from schema.root import schema
from tests.api.conftest import ClientOf, asked_of
from tests.api.sockets import serving as socket_serving
from tests.database import Clone
from tests.serving import SECRETS, dsn, run, serving

VIEWER = "query Viewer { viewer { kind } }"
LONG = f"{VIEWER} #" + "x" * CHARACTERS
HQ = "{ people(first: 1) { edges { node { id } } } }"
INTROSPECTION = "{ __schema { queryType { name } } }"
NOBODY = {"data": {"viewer": {"kind": "NOBODY"}}}
UNKNOWN = "0" * 64


def listed(*texts: str) -> Mapping[str, Document]:
    return check_texts({hash_of(each): each for each in texts}, schema, Path("trusted.json"))


def by_id(text: str, **more: Any) -> dict[str, Any]:
    return {"documentId": f"sha256:{hash_of(text)}", **more}


def by_apollo(digest: str, **more: Any) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}, **more}


def code(answer: Any) -> str:
    (error,) = answer["errors"]
    assert "data" not in answer
    found: str = error["extensions"]["code"]
    return found


async def test_trusted_document_is_asked_by_its_hash(client_of: ClientOf) -> None:
    ask = asked_of(client_of(trusted=listed(VIEWER, LONG)))
    assert await ask(**by_id(VIEWER)) == NOBODY
    assert await ask(**by_id(VIEWER, operationName="Viewer", variables={})) == NOBODY
    assert await ask(**by_apollo(hash_of(VIEWER))) == NOBODY
    assert await ask(**by_apollo(hash_of(VIEWER), query=VIEWER)) == NOBODY
    assert code(await ask(**by_id(VIEWER, operationName="B"))) == "OPERATION_RESOLUTION_FAILURE"


async def test_only_trusted_documents_may_be_long(client_of: ClientOf) -> None:
    assert await asked_of(client_of(trusted=listed(LONG)))(**by_id(LONG)) == NOBODY
    for trusted in ({}, listed(VIEWER)):
        answer = await asked_of(client_of(trusted=trusted))(query=LONG)
        assert code(answer) == "LIMIT_EXCEEDED"


async def test_trust_is_no_permission(client_of: ClientOf) -> None:
    ask = asked_of(client_of(trusted=listed(HQ, INTROSPECTION)))
    refused = await ask(**by_id(HQ))
    assert refused == await ask(query=HQ)
    assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert code(await ask(**by_id(INTROSPECTION))) == "UNAUTHENTICATED"


async def test_unknown_hash_changes_nothing(client_of: ClientOf) -> None:
    ask = asked_of(client_of(trusted=listed(VIEWER)))
    for asked in (by_apollo(UNKNOWN), {"documentId": f"sha256:{UNKNOWN}"}):
        assert code(await ask(**asked)) == "PERSISTED_QUERY_NOT_FOUND"
    other = "{ viewer { kind } }"
    # Apollo's clients then send both; that is answered, and not remembered by its hash.
    assert await ask(**by_apollo(hash_of(other), query=other)) == NOBODY
    assert code(await ask(**by_apollo(hash_of(other)))) == "PERSISTED_QUERY_NOT_FOUND"


async def test_hash_of_another_text_is_refused(client_of: ClientOf) -> None:
    ask = asked_of(client_of(trusted=listed(VIEWER)))
    assert code(await ask(**by_id(VIEWER, query=INTROSPECTION))) == "BAD_REQUEST"


@pytest.mark.parametrize(
    "named",
    [
        {"documentId": UNKNOWN},
        {"documentId": "sha256:ABC"},
        {"documentId": f"md5:{UNKNOWN}"},
        {"documentId": 7},
        {"documentId": f"sha256:{UNKNOWN}\n"},
        {"extensions": {"persistedQuery": "x"}},
        {"extensions": {"persistedQuery": {}}},
        by_apollo("A" * 64),
        {"extensions": {}},
        {"documentId": None},
    ],
    ids=str,
)
async def test_what_is_no_hash_is_refused(client_of: ClientOf, named: dict[str, Any]) -> None:
    response = await client_of().post("/graphql", json=named)
    assert (response.status_code, code(response.json())) == (400, "BAD_REQUEST")


async def test_callers_may_be_held_to_trusted_documents(client_of: ClientOf) -> None:
    ask = asked_of(client_of(trusted=listed(VIEWER), trusted_only=frozenset({ActorKind.NOBODY})))
    assert await ask(**by_id(VIEWER)) == NOBODY
    assert await ask(query=VIEWER) == NOBODY
    assert code(await ask(query=VIEWER + " ")) == "PERSISTED_QUERY_ID_REQUIRED"
    assert code(await ask(query="{")) == "PERSISTED_QUERY_ID_REQUIRED"
    other = VIEWER + " "
    assert (
        code(await ask(**by_apollo(hash_of(other), query=other))) == "PERSISTED_QUERY_ID_REQUIRED"
    )
    free = asked_of(client_of(trusted=listed(VIEWER), trusted_only=frozenset({ActorKind.PARTNER})))
    assert await free(query=other) == NOBODY


async def test_websocket_knows_trusted_documents_too(
    api_engine: AsyncEngine, executor: type[Executor]
) -> None:
    async with (
        socket_serving(api_engine, executor, trusted=listed(VIEWER)) as served,
        served.connected(init={}) as socket,
    ):
        await socket.send(id="1", type="subscribe", payload=by_id(VIEWER))
        assert await socket.data("1") == NOBODY["data"]
        assert await socket.next() == {"id": "1", "type": "complete"}
        await socket.send(id="2", type="subscribe", payload={"documentId": f"sha256:{UNKNOWN}"})
        assert await socket.code("2") == "PERSISTED_QUERY_NOT_FOUND"


def refusal(folder: Path, content: bytes) -> str:
    (folder / "trusted.json").write_bytes(content)
    with pytest.raises(CannotProceed) as refused:
        trusted_documents(Settings(trusted_documents=folder / "trusted.json"))
    return str(refused.value)


def test_wrong_list_is_said_at_the_start(tmp_path: Path) -> None:
    path = str(tmp_path / "trusted.json")
    unknown = "{ nothing }"
    invalid = refusal(tmp_path, orjson.dumps({hash_of(unknown): unknown}))
    assert path in invalid
    assert hash_of(unknown) in invalid
    assert "Cannot query field 'nothing'" in invalid
    unparsed = refusal(tmp_path, orjson.dumps({hash_of("{"): "{"}))
    assert hash_of("{") in unparsed
    assert "another SHA-256" in refusal(tmp_path, orjson.dumps({UNKNOWN: VIEWER}))
    assert "cannot be read as JSON" in refusal(tmp_path, b"{")
    assert "must hold one object" in refusal(tmp_path, b"[]")
    with pytest.raises(CannotProceed, match=r"there is no .*missing.json"):
        trusted_documents(Settings(trusted_documents=tmp_path / "missing.json"))
    with pytest.raises(CannotProceed, match="needs TRUSTED_DOCUMENTS"):
        trusted_documents(Settings(trusted_only=frozenset({ActorKind.PERSON})))


def test_command_makes_what_serve_takes(tmp_path: Path, database: Clone) -> None:
    (tmp_path / "app" / "screens").mkdir(parents=True)
    (tmp_path / "app" / "screens" / "viewer.graphql").write_text(VIEWER)
    made = str(tmp_path / "trusted.json")
    status, output, errors = run("trust-documents", str(tmp_path / "app"), "--to", made)
    assert (status, errors) == (0, "")
    assert f"sha256:{hash_of(VIEWER)}" in output
    assert "TRUSTED_DOCUMENTS=" in output
    (tmp_path / "app" / "screens" / "viewer.graphql").write_text("{ viewer { name } }")
    assert run("trust-documents", str(tmp_path / "app"), "--to", made)[0] == 0
    assert len(orjson.loads(Path(made).read_bytes())) == 2  # older apps send the older hash
    (tmp_path / "wrong.gql").write_text("{ nothing }")
    status, _, errors = run("trust-documents", str(tmp_path / "wrong.gql"), "--to", made)
    assert status == 1
    assert "Cannot query field 'nothing'" in errors
    given = {"DATABASE_URL": dsn(database.admin), **SECRETS}
    held = {"TRUSTED_DOCUMENTS": made, "TRUSTED_ONLY": "nobody, partner"}
    with serving(**given, **held) as served:
        answer = httpx.post(f"{served.url}/graphql", json=by_id(VIEWER), trust_env=False)
        assert answer.json() == NOBODY
        assert code(served.ask("{ viewer { id } }").json()) == "PERSISTED_QUERY_ID_REQUIRED"


def test_folder_without_documents_is_said(tmp_path: Path) -> None:
    status, _, errors = run("trust-documents", str(tmp_path), "--to", str(tmp_path / "t.json"))
    assert (status, "no file of .graphql" in errors) == (1, True)
