"""Whether what was measured is within its limits: said figure by figure, and by how it ends."""

import sys

import typer


class Verdict:
    """What was beyond its limit so far."""

    def __init__(self) -> None:
        self.beyond: list[str] = []

    def judge(self, name: str, figure: float, limit: float | None, said: str) -> None:
        """Say what was found of `name`; note it where the figure is beyond the limit, if any."""
        kept = limit is None or figure <= limit
        if not kept:
            self.beyond.append(name)
        typer.echo(f"  {said}{'' if kept else '  BEYOND ITS LIMIT'}")

    def end(self) -> None:
        """End the script: with 1 where anything was beyond its limit."""
        if self.beyond:
            typer.echo(f"Beyond its limit: {', '.join(self.beyond)}.")
        sys.exit(1 if self.beyond else 0)
