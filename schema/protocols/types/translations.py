"""The texts of a protocol in the languages that a reader wants."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from schema.errors import BadRequest
from schema.fields import described
from schema.protocols import rules
from schema.protocols.rules import GapKind
from schema.protocols.types.mirror import mirrors

Languages = Annotated[
    list[str] | None,
    strawberry.argument(
        description="BCP 47 tags, what you like best first, at most 10, for example `es-US`. Each"
        " text comes in the first that it is translated to, or in what that falls back to (`es-US`"
        " to `es`); where there is none, or the original was changed since, in the original's"
        " language. Null: the originals."
    ),
]
Language = Annotated[
    str, strawberry.argument(description="BCP 47 tag of the readers' language, for example `es`.")
]

described(
    GapKind,
    "Why readers of a language see an original.",
    {
        GapKind.MISSING: "It was never translated; translate it.",
        GapKind.STALE: "The original was changed since; look whether the translation still holds.",
        GapKind.OBSOLETE: "There is no such text any more; remove the translation.",
    },
)


@mirrors(rules.TranslationGap)
class TranslationGap: ...


def in_languages(
    content: rules.ProtocolContent, languages: Sequence[str] | None
) -> rules.ProtocolContent:
    """The content for a reader of these. Raises: BadRequest for too many, or malformed ones."""
    wanted = languages or ()
    if len(wanted) > rules.MOST_WANTED:
        raise BadRequest(f"At most {rules.MOST_WANTED} languages.")
    return rules.translated(content, [tag(each) for each in wanted])


def tag(language: str) -> str:
    """The tag as it is written. Raises: BadRequest unless it is well formed."""
    found = rules.canonical(language)
    if found is None:
        raise BadRequest(f"{language[:60]!r} is not a language tag such as `es` or `de-CH`.")
    return found
