"""`python -m api serve` as a process: what it needs, says, starts and stops."""

import shutil
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import httpx
import pytest

from api.database import check_version
from api.errors import CannotProceed
from tests.database import Clone, Template, administering
from tests.serving import SECRETS, Served, dsn, run, serving

SECOND_START = 10.0  # seconds, beside other tests; alone it takes four
VIEWER = {"query": "{ viewer { __typename } }"}


def answers(served: Served) -> bool:
    response = httpx.post(f"{served.url}/graphql", json=VIEWER)
    return bool(response.json() == {"data": {"viewer": {"__typename": "Viewer"}}})


def refusal(**settings: str) -> str:
    """The one line that a start is refused with."""
    status, _, errors = run("serve", **settings)
    (line,) = errors.splitlines()
    assert status == 1
    return line


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder which PostgreSQL's user can reach too."""
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


def test_embedded_server_keeps_its_data_and_stops_with_us(folder: Path) -> None:
    lock, secrets = folder / "postgres" / "postmaster.pid", folder / "secrets.json"
    with serving(DATA_FOLDER=str(folder)) as served:
        assert answers(served)
        assert lock.exists()
        made = secrets.read_text()
        assert secrets.stat().st_mode & 0o777 == 0o600
    assert not lock.exists()
    began = time.monotonic()
    with serving(DATA_FOLDER=str(folder)) as served:
        assert time.monotonic() - began < SECOND_START
        assert answers(served)
        assert secrets.read_text() == made


def test_embedded_server_does_not_outlive_a_kill(folder: Path) -> None:
    lock = folder / "postgres" / "postmaster.pid"
    with serving(DATA_FOLDER=str(folder)) as served:
        postgres = int(lock.read_text().splitlines()[0])
        served.process.kill()
        with serving(DATA_FOLDER=str(folder)) as next_one:
            assert answers(next_one)
            assert int(lock.read_text().splitlines()[0]) != postgres
        assert not Path(f"/proc/{postgres}").exists()


def test_commands_share_the_embedded_server_with_serve(folder: Path) -> None:
    with serving(DATA_FOLDER=str(folder)) as served:
        status, key, _ = run("issue-api-key", "PORTAL", DATA_FOLDER=str(folder))
        assert status == 0
        response = httpx.post(
            f"{served.url}/graphql",
            json={"query": "{ viewer { kind } }"},
            headers={"Authorization": f"Bearer {key.strip()}"},
        )
        assert response.json() == {"data": {"viewer": {"kind": "PARTNER"}}}


def test_taken_port_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"PORT={port + 1}" in refusal(PORT=str(port))


def test_unreachable_database_is_said() -> None:
    url = "postgresql://somebody:secret@127.0.0.1:1/franchise"
    line = refusal(DATABASE_URL=url, **SECRETS)
    assert "DATABASE_URL cannot be reached" in line
    assert "secret" not in line


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
