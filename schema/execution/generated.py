"""The generated function of a level: all its dictionaries from all its objects, in one go."""

from collections.abc import Callable, Sequence
from typing import Any

Build = Callable[[Sequence[Any]], list[dict[str, Any]]]


#: A loop, not a comprehension: `v` is a local variable there, which is read quicker.
BUILD = """def build(sources):
    made = []
    add = made.append
    for s in sources:
        add({code})
    return made
"""


def literal(entries: Sequence[tuple[str, str]]) -> str:
    """The code of a dictionary: `entries` are its keys in their order, each with the code of its
    value for the object `s`."""
    return "{" + ", ".join(f"{key!r}: {code}" for key, code in entries) + "}"


def generate(code: str, constants: dict[str, Any]) -> Build:
    """The function that makes of each of its objects `s` what `code` says.

    `constants` are the names that the code uses.
    """
    source = BUILD.format(code=code)
    scope: dict[str, Any] = dict(constants)
    exec(compile(source, "<level>", "exec"), scope)
    build: Build = scope["build"]
    return build
