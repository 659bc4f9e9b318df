"""Rounds in which the peers take turns, and what their ratios come to."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter

import httpx
import typer

from api.errors import CannotProceed
from benchmarks.peers.asking import Asking
from benchmarks.peers.load import CONNECTIONS, Load, loaded
from benchmarks.peers.peers import Peer, described
from benchmarks.peers.processes import cpu_seconds
from benchmarks.peers.questions import Question, facts, leaves
from benchmarks.verdict import Verdict

WARM_UP_SECONDS = 3.0
#: Who takes longer for one request is not measured by wrk; see `counted`.
SLOW_SECONDS = 0.1
#: By question and peer: how many times as fast as that peer we must be, and want to be.
BOUNDS: Mapping[tuple[str, str], tuple[float, float]] = {
    ("catalogue", "postgraphile"): (1.8, 3.0),
    ("catalogue", "statement"): (0.35, 0.6),
    ("catalogue", "stock"): (15.0, 30.0),
    ("day", "postgraphile"): (1.2, 2.0),
    ("node", "postgraphile"): (0.6, 1.0),
}


@dataclass
class Tally:
    """What one peer did in the rounds of one question; CPU in seconds a request."""

    rates: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    own_cpu: list[float] = field(default_factory=list)
    database_cpu: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rounds:
    """How long to measure, and what is needed for it; `database` is PostgreSQL's first process."""

    asking: Asking
    peers: Sequence[Peer]
    database: int
    folder: Path
    rounds: int
    seconds: float


async def measure(rounds: Rounds, question: Question, verdict: Verdict) -> None:
    """Compare the peers by one question, and judge."""
    asking, peers = rounds.asking, rounds.peers
    sizes, count = await check_facts(asking, peers, question)
    said = ", ".join(f"{name} {size / 1000:.1f} KB" for name, size in sizes.items())
    typer.echo(f"\n{question.title}: the same facts from each in {count:,} leaves; {said}.")
    slow = [each.name for each in peers if await one(asking, each, question) > SLOW_SECONDS]
    tallies = {each.name: Tally() for each in peers}
    for peer in peers:
        await _load(rounds, peer, question, WARM_UP_SECONDS, sizes, slow)
    for number in range(rounds.rounds):
        for peer in (*peers[number % len(peers) :], *peers[: number % len(peers)]):
            await _round(rounds, peer, question, sizes, slow, tallies[peer.name])
        typer.echo(f"  round {number + 1} of {rounds.rounds}", err=True)
    await check_facts(asking, peers, question)
    show(question, tallies)
    judge(question, tallies, verdict)


async def check_facts(
    asking: Asking, peers: Sequence[Peer], question: Question
) -> tuple[Mapping[str, int], int]:
    """The bytes of each peer's answer, and its leaves. Raises: CannotProceed unless all say the
    same."""
    answers = {each.name: await asking.ask(each, question) for each in peers}
    plain = {each.name: facts(each.kind, answers[each.name][0]) for each in peers}
    first = peers[0].name
    for name, said in plain.items():
        if said != plain[first]:
            path = difference(plain[first], said)
            raise CannotProceed(f"{name} and {first} differ about {question.name} at {path}.")
    return {name: size for name, (_, size) in answers.items()}, leaves(plain[first])


def difference(one: object, other: object, path: str = "data") -> str:
    """Where two answers first differ, and how."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for key in one:
            if one[key] != other[key]:
                return difference(one[key], other[key], f"{path}.{key}")
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (this, that) in enumerate(zip(one, other, strict=True)):
            if this != that:
                return difference(this, that, f"{path}[{index}]")
    return f"{path}: {described(one)} and {described(other)}"


async def one(asking: Asking, peer: Peer, question: Question) -> float:
    """The seconds of a request, alone."""
    begun = perf_counter()
    await asking.ask(peer, question)
    return perf_counter() - begun


async def _round(
    rounds: Rounds, peer: Peer, question: Question, sizes: Mapping[str, int],
    slow: Sequence[str], tally: Tally,
) -> None:  # fmt: skip
    before = cpu_seconds(peer.process), cpu_seconds(rounds.database)
    load = await _load(rounds, peer, question, rounds.seconds, sizes, slow)
    after = cpu_seconds(peer.process), cpu_seconds(rounds.database)
    tally.rates.append(load.rate)
    tally.latencies.append(load.latency)
    tally.own_cpu.append((after[0] - before[0]) / load.requests)
    tally.database_cpu.append((after[1] - before[1]) / load.requests)


async def _load(
    rounds: Rounds, peer: Peer, question: Question, seconds: float, sizes: Mapping[str, int],
    slow: Sequence[str],
) -> Load:  # fmt: skip
    headers = rounds.asking.headers(question.caller)
    address, body = peer.address(question.name), question.body(peer.kind)
    if peer.name in slow:
        return await counted(rounds.asking, peer, question, seconds)
    return await loaded(address, body, headers, seconds, rounds.folder, sizes[peer.name])


async def counted(asking: Asking, peer: Peer, question: Question, seconds: float) -> Load:
    """As `loaded`, for a slow peer: of its eight answers at a time wrk would count those that fall
    within the time, and none that falls just behind it; here the time lasts until all came."""
    body, headers = question.body(peer.kind), asking.headers(question.caller)
    begun, taken = perf_counter(), list[float]()

    async def ask_on() -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            while perf_counter() - begun < seconds:
                asked = perf_counter()
                response = await client.post(
                    peer.address(question.name), json=body, headers=headers
                )
                if response.status_code != 200 or b'"errors"' in response.content[:20]:
                    raise CannotProceed(f"{peer.name} fails under load: {response.text[:300]}")
                taken.append(perf_counter() - asked)

    await asyncio.gather(*(ask_on() for _ in range(CONNECTIONS)))
    return Load(len(taken), perf_counter() - begun, sum(taken) / len(taken))


def show(question: Question, tallies: Mapping[str, Tally]) -> None:
    """A line a peer: medians of the rounds."""
    typer.echo(
        f"  {'':14}{'requests/s':>12}{'min':>9}{'max':>9}{'latency ms':>12}"
        f"{'CPU ms':>9}{'PG CPU ms':>11}"
    )
    for name, tally in tallies.items():
        typer.echo(
            f"  {name:14}{median(tally.rates):12.1f}{min(tally.rates):9.1f}{max(tally.rates):9.1f}"
            f"{median(tally.latencies) * 1e3:12.1f}{median(tally.own_cpu) * 1e3:9.2f}"
            f"{median(tally.database_cpu) * 1e3:11.2f}"
        )


def judge(question: Question, tallies: Mapping[str, Tally], verdict: Verdict) -> None:
    """Ours beside each other peer, round by round."""
    for name in tallies:
        if name == "ours" or "ours" not in tallies:
            continue
        ours, theirs = tallies["ours"], tallies[name]
        ratios = [one / other for one, other in zip(ours.rates, theirs.rates, strict=True)]
        said = (
            f"{question.title}: {median(ratios):.2f} times {name}"
            f" (least {min(ratios):.2f}, most {max(ratios):.2f};"
            f" by CPU {median(theirs.own_cpu) / median(ours.own_cpu):.2f})"
        )
        if (question.name, name) not in BOUNDS:
            typer.echo(f"  {said}; no bound.")
            continue
        least, aim = BOUNDS[question.name, name]
        short = least / median(ratios)  # above 1: too slow
        said += f"; must be {least}, aim {aim}."
        verdict.judge(f"{question.name} beside {name}", short, 1.0, said)
