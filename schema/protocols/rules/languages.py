"""Language tags: which are well formed, how they are written, and what a wanted one falls back to.

Source: BCP 47, that is RFC 5646 (tags) and RFC 4647 (matching).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")

MOST_WANTED = 10
LONGEST = 60
# The ABNF of RFC 5646 2.1, but for what is private as a whole (`x-…`) and the 26 grandfathered
# tags: nobody can be given a text in a language that only its author knows, and each of the
# grandfathered has a regular tag by now.
LANGTAG = re.compile(
    r"""
    (?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})     # language, with what extends it
    (?:-[a-z]{4})?                                  # script
    (?:-(?:[a-z]{2}|[0-9]{3}))?                     # region
    (?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)
    (?P<extensions>(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*)
    (?:-x(?:-[a-z0-9]{1,8})+)?
    """,
    re.VERBOSE,
)


def canonical(tag: str) -> str | None:
    """The tag as it is written, `zh-hant-hk` as `zh-Hant-HK`; None unless it is well formed."""
    lowered = tag.lower()
    found = LANGTAG.fullmatch(lowered) if tag.isascii() and len(tag) <= LONGEST else None
    if found is None or _repeats(found["variants"], found["extensions"]):
        return None
    first, *rest = lowered.split("-")
    private = next((at for at, each in enumerate(rest) if len(each) == 1), len(rest))
    return "-".join([first, *map(_written, rest[:private]), *rest[private:]])


def _repeats(variants: str, extensions: str) -> bool:
    """Whether a variant, or the letter of an extension, is there twice."""
    names = variants.split("-")[1:]
    letters = [each for each in extensions.split("-") if len(each) == 1]
    return len(set(names)) < len(names) or len(set(letters)) < len(letters)


def _written(subtag: str) -> str:
    """Regions in capitals, scripts with one: RFC 5646 2.1.1."""
    if len(subtag) == 4 and subtag.isalpha():
        return subtag.title()
    return subtag.upper() if len(subtag) == 2 else subtag


def fallbacks(tag: str) -> Iterator[str]:
    """The tag and what is wanted if that is not there, in small letters: RFC 4647 3.4.

    `zh-Hant-CN-x-private` is followed by `zh-hant-cn`, `zh-hant` and `zh`.
    """
    subtags = tag.lower().split("-")
    while subtags:
        yield "-".join(subtags)
        subtags.pop()
        while subtags and len(subtags[-1]) == 1:
            subtags.pop()


def preferred(available: Mapping[str, T], wanted: Sequence[str]) -> Iterator[T]:
    """Of what is `available` by tags in small letters, what fits `wanted`, the best first.

    Each of the wanted tags with all that it falls back to comes before the next one.
    """
    seen: set[str] = set()
    for tag in (each for want in wanted for each in fallbacks(want)):
        if tag in available and tag not in seen:
            seen.add(tag)
            yield available[tag]
