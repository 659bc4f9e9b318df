"""Where this server's time goes under load, by py-spy."""

import asyncio
import shutil
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import typer

from api.errors import CannotProceed
from benchmarks.peers.asking import Asking
from benchmarks.peers.load import loaded
from benchmarks.peers.peers import Peer
from benchmarks.peers.questions import Question

LINES = 30


async def profile(
    asking: Asking, peer: Peer, question: Question, seconds: float, folder: Path
) -> None:
    """Load the peer, sample it meanwhile, and say in which functions it was."""
    stacks = folder / f"{peer.name}-{question.name}.stacks"
    _, size = await asking.ask(peer, question)
    load, _ = await asyncio.gather(
        loaded(
            peer.address(question.name), question.body(peer.kind),
            asking.headers(question.caller), seconds + 2, folder, size,
        ),
        _sample(peer.process, seconds, stacks),
    )  # fmt: skip
    show(stacks.read_text().splitlines())
    typer.echo(f"\n{load.rate:.1f} requests/s while sampled. All stacks: {stacks}")
    typer.echo("Next: drop that file on https://www.speedscope.app, or grep it.")


async def _sample(process: int, seconds: float, stacks: Path) -> None:
    await asyncio.sleep(1)  # warm
    sampler = await asyncio.create_subprocess_exec(
        *_py_spy(), "record", "--pid", str(process), "--duration", str(round(seconds)),
        "--rate", "200", "--format", "raw", "--output", str(stacks),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await sampler.communicate()
    if sampler.returncode:
        raise CannotProceed(f"py-spy failed; does it need root here? {said.decode().strip()}")


def _py_spy() -> list[str]:
    """How to run py-spy; uv fetches it where it is not installed. Raises: CannotProceed."""
    if found := shutil.which("py-spy"):
        return [found]
    uv = Path(sys.executable).with_name("uv")
    if uv.exists():
        return [str(uv), "tool", "run", "py-spy"]
    raise CannotProceed("py-spy is missing: `pip install py-spy`, then run this again.")


def show(stacks: Iterable[str]) -> None:
    """The functions that most samples were in: at the top of the stack, and anywhere in it."""
    top, within = Counter[str](), Counter[str]()
    for line in stacks:
        frames, _, count = line.rpartition(" ")
        functions = [_function(each) for each in frames.split(";")]
        top[functions[-1]] += int(count)
        for each in set(functions):
            within[each] += int(count)
    total = max(1, sum(top.values()))
    for title, counted in (("in the function itself", top), ("in it or below it", within)):
        typer.echo(f"\n% of the samples {title}:")
        for name, samples in counted.most_common(LINES):
            typer.echo(f"  {100 * samples / total:5.1f}  {name}")


def _function(frame: str) -> str:
    """A frame without its line."""
    return frame.rpartition(":")[0] + ")" if frame.endswith(")") and ":" in frame else frame
