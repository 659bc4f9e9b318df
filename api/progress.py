"""How long work shows that it goes on: a bar in a terminal, nothing elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

#: What is being done, how much of it is done, how much there is.
Report = Callable[[str, int, int], None]


@contextmanager
def progress() -> Iterator[Report]:
    """A bar per kind of work, for as long as the context lasts."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal
    ) as bars:
        tasks: dict[str, int] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = int(bars.add_task(what))
            bars.update(tasks[what], completed=done, total=total)  # type: ignore[arg-type]  # TaskID is int

        yield report
