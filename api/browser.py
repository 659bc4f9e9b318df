"""GraphiQL for a browser: strawberry's page, whose scripts come from unpkg.com by their hashes."""

from collections.abc import Mapping

from starlette.responses import HTMLResponse, Response
from strawberry.http.ides import get_graphql_ide_html

SCRIPTS = "https://unpkg.com"
POLICY = "; ".join(
    [
        "default-src 'none'",
        f"script-src 'unsafe-inline' {SCRIPTS}",
        f"style-src 'unsafe-inline' {SCRIPTS}",
        f"font-src data: {SCRIPTS}",
        "img-src data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
LOADING = ">Loading...<"
WITHOUT_NETWORK = (
    f">Loading GraphiQL from {SCRIPTS} … If this stays, that address is out of reach:"
    " ask by curl instead, as `make serve` shows.<"
)


def wants_page(headers: Mapping[str, str]) -> bool:
    """Whether the caller is a browser."""
    return "text/html" in headers.get("accept", "")


def graphiql() -> Response:
    page = get_graphql_ide_html("graphiql").replace(LOADING, WITHOUT_NETWORK)
    page = page.replace("{{ SUBSCRIPTION_ENABLED }}", "false")
    return HTMLResponse(
        page,
        headers={
            "Content-Security-Policy": POLICY,
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        },
    )
