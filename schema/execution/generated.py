"""The generated function of a level: all its dictionaries from all its objects, in one go."""

from collections.abc import Callable, Sequence
from typing import Any

Build = Callable[[Sequence[Any]], list[dict[str, Any]]]


def generate(entries: Sequence[tuple[str, str]], constants: dict[str, Any]) -> Build:
    """The function that makes a dictionary of each of its objects.

    `entries` are the keys in their order, each with the code of its value for the object `s`;
    `constants` are the names that the code uses.
    """
    pairs = ", ".join(f"{key!r}: {code}" for key, code in entries)
    source = f"def build(sources):\n    return [{{{pairs}}} for s in sources]\n"
    scope: dict[str, Any] = dict(constants)
    exec(compile(source, "<level>", "exec"), scope)
    build: Build = scope["build"]
    return build
