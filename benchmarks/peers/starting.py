"""Starts this server as `api serve` does, but with a pool of eight connections as its peers have.

`python -m benchmarks.peers.starting ours`, or `stock` for the same schema under the stock executor.
"""

import sys
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from api import database, operations, serving
from api.__main__ import serve
from api.app import create_app
from schema.execution import STOCK, under
from schema.root import schema

POOL = 8
#: Eight of the catalogue at once take the stock executor longer than a request may.
PATIENCE = 60.0
PATIENT: dict[str, float] = {}


def pooled(*args: Any, **kwargs: Any) -> AsyncEngine:
    """An engine with no more connections than the peers have."""
    return create_async_engine(*args, **{**kwargs, "pool_size": POOL, "max_overflow": 0, **PATIENT})


def main(peer: str) -> None:
    """Serve: everything is production's but the pool and, for `stock`, executor and patience."""
    database.create_async_engine = pooled  # type: ignore[attr-defined]  # imported there
    if peer == "stock":
        operations.REQUEST_SECONDS = PATIENCE
        PATIENT["pool_timeout"] = PATIENCE
        stock = partial(create_app, served=under(schema, STOCK))
        serving.create_app = stock  # type: ignore[attr-defined]  # imported there
    serve(demo=False)


if __name__ == "__main__":
    main(sys.argv[1])
