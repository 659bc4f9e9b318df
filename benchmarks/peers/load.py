"""Eight connections that ask the same thing over and over: wrk, which takes little of a machine.

A generator in Python would take as long for an answer of 400 KB as some peers take to make it, on
a machine of two cores that they share. wrk is Debian's: `apt-get install wrk`.
"""

import asyncio
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.errors import CannotProceed

CONNECTIONS = 8
COUNTED = re.compile(r"(\d+) requests in ([\d.]+)(ms|s|m), ([\d.]+)(B|KB|MB|GB) read")
LATENCY = re.compile(r"^\s+Latency\s+([\d.]+)(us|ms|s)", re.MULTILINE)
WRONG = re.compile(r"Non-2xx.*|Socket errors:.*")
BYTES = {"B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}
SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


@dataclass(frozen=True, slots=True)
class Load:
    """What a peer did meanwhile. `latency` is the mean of a request, in seconds."""

    requests: int
    seconds: float
    latency: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def check_generator() -> None:
    """Raise CannotProceed where wrk is missing."""
    if shutil.which("wrk") is None:
        raise CannotProceed("wrk is missing: `apt-get install wrk`, then run this again.")


async def loaded(
    url: str, body: Mapping[str, Any], headers: Mapping[str, str], seconds: float, folder: Path,
    size: int,
) -> Load:  # fmt: skip
    """Load `url` for some seconds. Raises: CannotProceed where a request fails, or where answers
    are smaller than `size`: errors of GraphQL are."""
    script = folder / "wrk.lua"
    lines = [f"wrk.headers[{json.dumps(name)}] = {_lua(value)}" for name, value in headers.items()]
    lines += ['wrk.method = "POST"', f"wrk.body = {_lua(json.dumps(body))}"]
    script.write_text("\n".join(lines))
    process = await asyncio.create_subprocess_exec(
        "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--timeout", "30s",
        "-s", str(script), url, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said = (await process.communicate())[0].decode()
    return parsed(said, size)


def _lua(text: str) -> str:
    """`text` as a literal of Lua: escaped bytes are decimal there."""
    return '"' + "".join(_character(each) for each in text.encode()) + '"'


def _character(byte: int) -> str:
    return chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03}"


def parsed(said: str, size: int) -> Load:
    """What wrk's words say. Raises: CannotProceed."""
    counted, latency = COUNTED.search(said), LATENCY.search(said)
    if WRONG.search(said) or not counted or not latency:
        raise CannotProceed(f"Requests failed under load, or wrk did: {' '.join(said.split())}")
    requests, read = int(counted[1]), float(counted[4]) * BYTES[counted[5]]
    if read < 0.98 * size * requests:
        raise CannotProceed(
            f"Answers under load are smaller ({read / requests:,.0f} bytes) than without"
            f" ({size:,}): errors, most likely. Ask under load by hand to see them."
        )
    return Load(
        requests,
        float(counted[2]) * SECONDS[counted[3]],
        float(latency[1]) * SECONDS[latency[2]],
    )
