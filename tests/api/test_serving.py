"""`python -m api serve` as a process: what it needs, says, starts and stops."""

import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import httpx
import pytest

from api.database import check_version
from api.errors import CannotProceed
from api.greeting import curl
from api.seed.demo import CALLERS
from api.serving import listening
from tests.database import Clone, Template, administering
from tests.serving import SECRETS, Served, dsn, run, serving, shell


def answers(served: Served) -> bool:
    answer = served.ask("{ viewer { __typename } }").json()
    return bool(answer == {"data": {"viewer": {"__typename": "Viewer"}}})


def who(served: Served, api_key: str) -> str:
    answer = served.ask("{ viewer { kind } }", Authorization=f"Bearer {api_key}").json()
    kind: str = answer["data"]["viewer"]["kind"]
    return kind


def refusal(**settings: str) -> str:
    """The one line that a start is refused with."""
    status, _, errors = run("serve", **settings)
    (line,) = errors.splitlines()
    assert status == 1
    return line


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder, which PostgreSQL's user can reach too; the first start loads the demo."""
    made = Path(mkdtemp(prefix="franchise-data-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_serves_a_given_database_until_a_signal(database: Clone, stop: signal.Signals) -> None:
    with serving(DATABASE_URL=dsn(database.admin), **SECRETS) as served:
        assert answers(served)
        served.process.send_signal(stop)
        assert "Stopped." in served.rest()
        assert served.process.returncode == 0
        with pytest.raises(httpx.ConnectError):
            answers(served)


def test_embedded_server_keeps_its_data_is_shared_and_stops_with_us(folder: Path) -> None:
    lock = folder / "postgres" / "postmaster.pid"
    _, earlier, _ = run("issue-api-key", "PORTAL", DATA_FOLDER=str(folder))
    assert not lock.exists()
    with serving(DATA_FOLDER=str(folder)) as served:
        _, meanwhile, _ = run("issue-api-key", "PORTAL", DATA_FOLDER=str(folder))
        assert [who(served, key.strip()) for key in (earlier, meanwhile)] == ["PARTNER"] * 2
        served.process.send_signal(signal.SIGINT)
        assert "Stopped." in served.rest()
        assert not lock.exists()


def test_every_printed_command_works(folder: Path) -> None:
    with serving(DATA_FOLDER=str(folder)) as served:
        for caller in CALLERS:
            command = curl(f"{served.url}/graphql", caller)
            answer = shell(command)
            assert answer.startswith('{"data":{'), (caller.label, answer)


def test_embedded_server_does_not_outlive_a_kill(folder: Path) -> None:
    lock = folder / "postgres" / "postmaster.pid"
    run("issue-api-key", "PORTAL", DATA_FOLDER=str(folder))  # no longer empty: no demo
    with serving(DATA_FOLDER=str(folder)) as served:
        postgres = int(lock.read_text().splitlines()[0])
        served.process.kill()
        with serving(DATA_FOLDER=str(folder)) as next_one:
            assert answers(next_one)
            assert int(lock.read_text().splitlines()[0]) != postgres
        assert not Path(f"/proc/{postgres}").exists()


def test_taken_port_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"PORT={port + 1}" in refusal(PORT=str(port))


def test_small_writes_are_not_held_back() -> None:
    """asyncio turns Nagle's algorithm off only where the socket says that it is TCP."""
    with listening("127.0.0.1", 0) as taken:
        assert taken.proto == socket.IPPROTO_TCP


def test_unreachable_database_is_said() -> None:
    url = "postgresql://somebody:secret@127.0.0.1:1/franchise"
    line = refusal(DATABASE_URL=url, **SECRETS)
    assert "DATABASE_URL cannot be reached" in line
    assert "secret" not in line


def test_missing_database_is_said_without_the_libraries_words(database: Clone) -> None:
    missing = database.admin.set(database="missing")
    line = refusal(DATABASE_URL=dsn(missing), **SECRETS)
    assert '"missing" does not exist. Is PostgreSQL up' in line
    assert not any(each in line for each in ("sqlalche", "asyncpg"))


def test_given_database_needs_given_secrets(database: Clone) -> None:
    assert "SIGNING_KEYS and MASTER_KEY" in refusal(DATABASE_URL=dsn(database.admin))


async def test_database_ahead_of_the_code_is_refused(template: Template) -> None:
    async with template.cloned("ahead") as ahead:
        async with administering(ahead.admin) as admin:
            await admin.execute("create table if not exists alembic_version (version_num text)")
            await admin.execute("delete from alembic_version")
            await admin.execute("insert into alembic_version values ('fffffffffff0')")
        line = refusal(DATABASE_URL=dsn(ahead.admin), **SECRETS)
    assert "ahead of this code (revision fffffffffff0" in line


def test_api_role_that_bypasses_the_policies_is_refused(database: Clone) -> None:
    url = dsn(database.admin)
    assert "bypasses row-level" in refusal(DATABASE_URL=url, API_DATABASE_URL=url, **SECRETS)


def test_old_server_is_refused() -> None:
    check_version(150_000)
    with pytest.raises(CannotProceed, match="PostgreSQL 14 is too old"):
        check_version(140_022)
