"""From nothing to a server that answers, and back."""

import asyncio
import gc
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
import uvicorn
from sqlalchemy.ext.asyncio import AsyncEngine
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from api.app import create_app
from api.database import check_api_role, disposing, opened
from api.errors import CannotProceed
from api.greeting import greeting
from api.messages import LARGEST_MESSAGE, CloseCode
from api.migrations import migrate
from api.progress import progress
from api.seed import demo
from api.settings import Settings
from api.trusted import trusted_documents
from schema.context import guard

SHUTDOWN_SECONDS = 10
PING_SECONDS = 30.0
GOODBYE_SECONDS = 1.0
YOUNG_OBJECTS = 50_000
LARGEST_HEAD = 64 * 1024  # beyond what the first read of a socket takes


async def serve(settings: Settings, *, with_demo: bool) -> None:
    """Serve until a signal comes. Raises: CannotProceed."""
    with listening(settings.host, settings.port) as taken:
        secrets, trusted = settings.secrets(), trusted_documents(settings)
        async with opened(settings) as database:
            if await migrate(database):
                typer.echo("Migrated the database.")
            async with (
                disposing(guard(database.api_engine())) as engine,
                disposing(guard(database.listening_engine())) as ear,
                disposing(database.asking_engine()) as asking,
            ):
                await check_api_role(engine)
                if with_demo or settings.embedded:
                    await load_demo_if_empty(engine, settings)
                callers = demo.CALLERS if await demo.is_demo(engine) else ()
                page = bool(callers) if settings.graphiql is None else settings.graphiql
                for line in greeting(url_of(taken), callers, page=page):
                    typer.echo(line)
                app = create_app(
                    engine,
                    secrets,
                    page=page,
                    listening=ear,
                    asking=asking,
                    trusted=trusted,
                    trusted_only=settings.trusted_only,
                    metrics_token=settings.shown_metrics_token(),
                )
                spare_the_collector()
                await Server(app).serve(sockets=[taken])
    typer.echo("Stopped.")


def spare_the_collector() -> None:
    """What is there when serving begins stays to the end, so that the collector need not look at it
    again; and it looks after more objects than one large answer is made of.

    Else it took more than half of what a catalogue of 8,200 leaves costs (benchmarks/peers).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 100)


class HttpProtocol(HttpToolsProtocol):
    """Ends whoever sends a head that does not end: the parser would keep all of it."""

    _in_head = False
    _head = 0

    def data_received(self, data: bytes) -> None:
        went_on = self._in_head
        super().data_received(data)
        if went_on and self._in_head:
            self._head += len(data)
            if self._head > LARGEST_HEAD:
                self.transport.abort()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head = True, 0

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """Ends what a peer does wrong quietly: the log is not for strangers to write in."""

    def keepalive_timeout(self) -> None:
        """Drop whoever answers no ping, with what it never read: closing would wait for that."""
        super().keepalive_timeout()
        self.transport.abort()

    def shutdown(self) -> None:
        """Let the application say goodbye, once what is under way is answered."""
        if self.handshake_complete and not self.close_sent:
            self.stop_keepalive()
            self.close_timeout = GOODBYE_SECONDS
            self.queue.put_nowait({"type": "websocket.disconnect", "code": CloseCode.STOPPING})
        else:
            super().shutdown()

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not _is_utf_8(b"".join(self.frames)):
            self.conn.fail(1007, "Text is UTF-8.")
            self.handle_parser_exception()
            return
        super().send_receive_event_to_app()


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


class Server(uvicorn.Server):
    """Ends quietly on a signal, once the requests under way are answered."""

    def __init__(self, app: Any) -> None:
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            http=HttpProtocol,
            ws=WebSocketProtocol,
            ws_max_size=4 * LARGEST_MESSAGE,  # what is above the limit and below this is told so
            ws_ping_interval=PING_SECONDS,
            ws_ping_timeout=PING_SECONDS,
            ws_per_message_deflate=False,  # small messages; a window for each socket is not
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
        super().__init__(config)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop, signals = asyncio.get_running_loop(), (signal.SIGINT, signal.SIGTERM)
        for each in signals:
            loop.add_signal_handler(each, self.handle_exit, each, None)
        yield
        for each in signals:
            loop.remove_signal_handler(each)


async def load_demo_if_empty(engine: AsyncEngine, settings: Settings) -> None:
    if await demo.is_empty(engine):
        with progress() as report:
            await demo.load_demo(engine, settings, report)
        typer.echo("Loaded the demo franchise.")


def url_of(taken: socket.socket) -> str:
    host, port = taken.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/graphql"


def listening(host: str, port: int) -> socket.socket:
    """The socket to serve on, taken before anything else is started. Raises: CannotProceed."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named by its protocol, or asyncio leaves Nagle's algorithm on: 40 ms for every second write.
    taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
        taken.listen(2048)
    except OSError as error:
        taken.close()
        raise CannotProceed(
            f"Port {port} on {host} cannot be had ({error.strerror}):"
            f" stop what uses it, or choose another with PORT={port + 1}."
        ) from None
    return taken
