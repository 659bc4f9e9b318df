"""The process's figures, for whoever shows the token."""

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from schema.execution import METRICS
from tests.api.conftest import ClientOf

TOKEN = "a token of sixteen"


def figures(response: httpx.Response) -> dict[str, float]:
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        each.name + "".join(f" {value}" for value in each.labels.values()): each.value
        for family in text_string_to_metric_families(response.text)
        for each in family.samples
    }


async def test_figures_are_told_to_whoever_shows_the_token(
    client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(METRICS.fallbacks, "a test", 3)
    http = client_of(metrics_token=TOKEN)
    for _ in range(3):
        await http.post("/graphql", json={"query": "{ viewer { __typename } }"})
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    found = figures(await http.get("/metrics", headers=bearer))
    assert found["graphql_documents_total anew"] == 1
    assert found["graphql_documents_total known"] == 2
    assert found["graphql_documents_total trusted"] == 0
    assert found["graphql_documents_kept"] == 1
    assert found["graphql_documents_kept_characters"] == len("{ viewer { __typename } }")
    assert found["graphql_fallbacks_total a test"] == 3
    assert found["graphql_operations_total"] == METRICS.operations
    assert found["process_resident_memory_bytes"] > 0


@pytest.mark.parametrize("shown", [None, "Bearer", "Bearer another token", TOKEN, "Bearer \xe9"])
async def test_without_the_token_nothing_is_told(client_of: ClientOf, shown: str | None) -> None:
    headers = {} if shown is None else {"Authorization": shown.encode("latin-1")}
    response = await client_of(metrics_token=TOKEN).get("/metrics", headers=headers)
    assert response.status_code == 401
    assert "graphql" not in response.text


async def test_figures_are_off_where_no_token_is_set(http: httpx.AsyncClient) -> None:
    assert (await http.get("/metrics")).status_code == 404
