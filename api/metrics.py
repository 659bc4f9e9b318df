"""What a process has counted, for whoever watches it: `GET /metrics`, as Prometheus reads it.

Nothing is counted here while requests are answered; the figures are read where they are kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from secrets import compare_digest

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from api.documents import Documents
from schema.execution import METRICS

#: The format of the text: its version is part of its name.
TEXT = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class GraphQLFigures(Collector):
    """How operations were executed, and how their documents were found."""

    documents: Documents

    def collect(self) -> Iterator[Metric]:
        yield CounterMetricFamily(
            "graphql_operations", "Operations executed breadth-first.", METRICS.operations
        )
        yield CounterMetricFamily("graphql_plans", "Plans compiled anew for these.", METRICS.plans)
        fallbacks = CounterMetricFamily(
            "graphql_fallbacks",
            "Operations left to the stock executor, by the reason.",
            labels=["reason"],
        )
        for reason, count in METRICS.fallbacks.items():
            fallbacks.add_metric([reason], count)
        yield fallbacks
        yield from self._of_documents()

    def _of_documents(self) -> Iterator[Metric]:
        found = CounterMetricFamily(
            "graphql_documents",
            "Documents that came: known by their text, read anew, or trusted and named by a hash.",
            labels=["found"],
        )
        found.add_metric(["known"], self.documents.hits)
        found.add_metric(["anew"], self.documents.misses)
        found.add_metric(["trusted"], self.documents.trusted_hits)
        yield found
        yield GaugeMetricFamily(
            "graphql_documents_kept", "Documents kept, without trusted ones.", len(self.documents)
        )
        yield GaugeMetricFamily(
            "graphql_documents_kept_characters", "Their length.", self.documents.characters
        )


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """Answers `GET /metrics` with all figures, to whoever shows the token as a bearer."""

    documents: Documents
    token: str
    _registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        self._registry.register(GraphQLFigures(self.documents))
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer(Headers(scope=scope))(scope, receive, send)

    def _answer(self, headers: Headers) -> Response:
        given = headers.get("authorization", "")
        if not compare_digest(given.encode(), f"Bearer {self.token}".encode()):
            needed = "Send the process's METRICS_TOKEN: Authorization: Bearer …"
            return PlainTextResponse(needed, 401, {"WWW-Authenticate": "Bearer"})
        return Response(generate_latest(self._registry), media_type=TEXT)
