"""The generated function of a level: all its dictionaries from all its objects, in one go."""

from collections.abc import Callable, Sequence
from typing import Any

#: Takes a level's objects, and of each column a value for each of them.
Build = Callable[..., list[dict[str, Any]]]


#: A loop, not a comprehension: `v` is a local variable there, which is read quicker.
BUILD = """def build(sources{columns}):
    made = []
    add = made.append
    for s{columns} in {each}:
        add({code})
    return made
"""


def column(position: int) -> str:
    """The code of a column's value for the object `s`."""
    return f"x{position}"


def literal(entries: Sequence[tuple[str, str]]) -> str:
    """The code of a dictionary: `entries` are its keys in their order, each with the code of its
    value for the object `s`."""
    return "{" + ", ".join(f"{key!r}: {code}" for key, code in entries) + "}"


def generate(code: str, constants: dict[str, Any], columns: int) -> Build:
    """The function that makes of each of its objects `s` what `code` says.

    `constants` are the names that the code uses; so many `columns` it is given with the objects.
    """
    names = "".join(f", {column(each)}" for each in range(columns))
    each = f"zip(sources{names})" if columns else "sources"
    source = BUILD.format(code=code, columns=names, each=each)
    scope: dict[str, Any] = dict(constants)
    exec(compile(source, "<level>", "exec"), scope)
    build: Build = scope["build"]
    return build
