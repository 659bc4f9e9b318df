"""Time and memory of the catalogue as it grows: whether both grow in proportion to it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from statistics import median
from time import perf_counter
from typing import Any

import httpx
import typer

from benchmarks.peers.asking import Asking
from benchmarks.peers.peers import Place, described, started
from benchmarks.peers.processes import peak_mib, settled
from benchmarks.peers.questions import document
from benchmarks.verdict import Verdict

PAGE = 100
SIZES = (20, 200, 2_000)
ROUNDS = 5
#: So many clinics at least are read before the clock is asked again.
ENOUGH = 200
#: How many times as long for each clinic, or as much memory in all, as with a tenth of them.
MOST_GROWTH = 1.25


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds in each round, and the most memory that the process had until then in the first one,
    beyond what it had before."""

    clinics: int
    seconds: list[float]
    gained_mib: float


async def grow(asking: Asking, place: Place, clinics: int, verdict: Verdict) -> None:
    """Measure this server, in each round the small sizes before the large ones."""
    typer.echo("\nthe catalogue in pages of 100:")
    async with (
        started("ours", place) as peer,
        httpx.AsyncClient(trust_env=False, timeout=60) as client,
    ):
        read = partial(_read, client, peer.address("catalogue"), asking)
        await read(1)  # what is compiled and kept once
        await settled([peer.process])
        before, found = peak_mib(peer.process), list[Taken]()
        for size in (each for each in SIZES if each <= clinics):
            seconds = await _seconds(read, size)
            found.append(Taken(size, [seconds], peak_mib(peer.process) - before))
        for _ in range(1, ROUNDS):
            for each in found:
                each.seconds.append(await _seconds(read, each.clinics))
    for each in found:
        seconds = median(each.seconds)
        typer.echo(
            f"  {each.clinics:5} clinics: {seconds:7.3f} s, {seconds / each.clinics * 1e3:6.2f} ms"
            f" a clinic; peak memory {before:.0f} MiB + {each.gained_mib:.1f}"
        )
    judge(found, verdict)


async def _seconds(read: Callable[[int], Awaitable[None]], size: int) -> float:
    """What reading so many takes, the mean of some times where that is little."""
    times, begun = max(1, ENOUGH // size), perf_counter()
    for _ in range(times):
        await read(size)
    return (perf_counter() - begun) / times


def judge(found: Sequence[Taken], verdict: Verdict) -> None:
    """Each size beside the one before in the same round, by the median, since the machine's speed
    changes. Pages keep memory from growing: linear is the most."""
    for small, large in pairwise(found):
        times = large.clinics / small.clinics
        rounds = zip(large.seconds, small.seconds, strict=True)
        slower = median([many / few for many, few in rounds]) / times
        verdict.judge(
            f"time with {large.clinics} clinics", slower, MOST_GROWTH,
            f"{large.clinics} against {small.clinics} clinics: {slower:.2f} times as long for each"
            f" (limit {MOST_GROWTH}).",
        )  # fmt: skip
        gained = large.gained_mib / max(small.gained_mib, 1.0)
        verdict.judge(
            f"memory with {large.clinics} clinics", gained, times * MOST_GROWTH,
            f"{large.clinics} against {small.clinics} clinics: {gained:.2f} times the memory gained"
            f" (linear: {times:.0f}; limit {times * MOST_GROWTH:.0f}).",
        )  # fmt: skip


async def _read(client: httpx.AsyncClient, address: str, asking: Asking, clinics: int) -> None:
    """Read the first clinics, page by page."""
    query, headers = document("catalogue", "ours"), asking.headers("hq")
    after, left = None, clinics
    while left:
        variables: dict[str, Any] = {"first": min(PAGE, left), "after": after}
        response = await client.post(
            address, json={"query": query, "variables": variables}, headers=headers
        )
        assert b'"errors"' not in response.content[:20], described(response.json())
        edges = response.json()["data"]["clinics"]["edges"]
        assert len(edges) == variables["first"], "fewer clinics than were seeded"
        after, left = edges[-1]["cursor"], left - len(edges)
