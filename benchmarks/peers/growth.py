"""Time and memory of the catalogue as it grows: whether both grow in proportion to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from time import perf_counter
from typing import Any

import httpx
import typer

from benchmarks.peers.asking import Asking
from benchmarks.peers.peers import Place, described, started
from benchmarks.peers.processes import peak_mib
from benchmarks.peers.questions import document
from benchmarks.verdict import Verdict

PAGE = 100
SIZES = (20, 200, 2_000)
TIMES = 3
#: How many times as long for each clinic, or as much memory in all, as with a tenth of them.
MOST_GROWTH = 1.25


@dataclass(frozen=True, slots=True)
class Taken:
    """By a process that did nothing else: seconds, the best of some; peaks before and after."""

    clinics: int
    seconds: float
    before_mib: float
    after_mib: float

    @property
    def gained_mib(self) -> float:
        return self.after_mib - self.before_mib


async def grow(asking: Asking, place: Place, clinics: int, verdict: Verdict) -> None:
    """Measure this server, a new process for each size."""
    found = [await _taken(asking, place, each) for each in SIZES if each <= clinics]
    typer.echo("\nthe catalogue in pages of 100:")
    for each in found:
        typer.echo(
            f"  {each.clinics:5} clinics: {each.seconds:7.3f} s,"
            f" {each.seconds / each.clinics * 1e3:6.2f} ms a clinic; peak memory"
            f" {each.before_mib:.0f} MiB before, {each.after_mib:.0f} MiB after"
        )
    judge(found, verdict)


def judge(found: Sequence[Taken], verdict: Verdict) -> None:
    """Each size beside the one before. Pages keep memory from growing: linear is the most."""
    for small, large in pairwise(found):
        times = large.clinics / small.clinics
        slower = large.seconds / small.seconds / times
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


async def _taken(asking: Asking, place: Place, clinics: int) -> Taken:
    async with (
        started("ours", place) as peer,
        httpx.AsyncClient(trust_env=False, timeout=60) as client,
    ):
        address = peer.address("catalogue")
        await _read(client, address, asking, 1)  # what is compiled and cached once
        before, seconds = peak_mib(peer.process), []
        for _ in range(TIMES):
            begun = perf_counter()
            await _read(client, address, asking, clinics)
            seconds.append(perf_counter() - begun)
        return Taken(clinics, min(seconds), before, peak_mib(peer.process))


async def _read(client: httpx.AsyncClient, address: str, asking: Asking, clinics: int) -> None:
    """Read the first clinics, page by page."""
    query, headers = document("catalogue", "ours"), asking.headers("hq")
    after, left = None, clinics
    while left:
        variables: dict[str, Any] = {"first": min(PAGE, left), "after": after}
        response = await client.post(
            address, json={"query": query, "variables": variables}, headers=headers
        )
        # Parsed as little as can be: what is measured is the server.
        assert b'"errors"' not in response.content[:20], described(response.json())
        edges = response.json()["data"]["clinics"]["edges"]
        assert len(edges) == variables["first"], "fewer clinics than were seeded"
        after, left = edges[-1]["cursor"], left - len(edges)
