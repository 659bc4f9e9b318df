"""What /proc tells of processes: the CPU that they took, the memory that they have or had."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
#: Of a core, what a process that has nothing to do may take.
IDLE, PATIENCE_SECONDS = 0.03, 180


def family(root: int) -> list[int]:
    """A process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for each in PROC.iterdir():
        if each.name.isdecimal():
            children.setdefault(_parent(int(each.name)), []).append(int(each.name))
    found = [root]
    for process in found:  # grows meanwhile
        found += children.get(process, [])
    return found


def _fields(process: int) -> list[str]:
    """Those of /proc/…/stat behind the name, which may hold anything."""
    try:
        return (PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
    except OSError:  # it ended
        return []


def _parent(process: int) -> int:
    fields = _fields(process)
    return int(fields[1]) if fields else -1


def cpu_seconds(root: int) -> float:
    """What a process, its living descendants and its children that ended took so far."""
    ended = _fields(root)[13:15]
    living = [_fields(each)[11:13] for each in family(root)]
    return sum(int(ticks) for each in (ended, *living) for ticks in each) / TICKS


def peak_mib(process: int) -> float:
    """The most memory that the process ever had at once."""
    for line in (PROC / str(process) / "status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(process)


def postmaster(folder: Path) -> int:
    """The embedded PostgreSQL's first process."""
    return int((folder / "postgres" / "postmaster.pid").read_text().split()[0])


async def settled(processes: Sequence[int]) -> None:
    """Wait until they have done what they do by themselves after their start, if it ends at all."""
    busy = list(processes)
    for _ in range(PATIENCE_SECONDS // 2):
        before = {each: cpu_seconds(each) for each in busy}
        await asyncio.sleep(2)
        busy = [each for each in busy if cpu_seconds(each) - before[each] > 2 * IDLE]
        if not busy:
            return
