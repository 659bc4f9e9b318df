"""The texts of a content in the languages that a reader wants, each text by itself.

A translation names the original that was translated: once that reads otherwise, because HQ, a
jurisdiction or a clinic changed it, the translation is stale and the original is shown.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Annotated, Any

from schema.protocols.rules.content import ProtocolContent, TranslatedText, Translation
from schema.protocols.rules.faults import Faults, fault, within
from schema.protocols.rules.languages import canonical, fallbacks, preferred
from schema.protocols.rules.meanings import asked, words
from schema.protocols.rules.paths import Shape, identity, shapes

MOST_LANGUAGES = 50


class GapKind(StrEnum):
    """Why readers of a language see an original."""

    MISSING = "MISSING"
    STALE = "STALE"
    OBSOLETE = "OBSOLETE"


@dataclass(frozen=True, slots=True)
class TranslationGap:
    """A text that readers of a language do not see in it."""

    path: Annotated[str, "Path of the text, for example `careInstructions.NO_SUN.text`."]
    kind: Annotated[GapKind, "Why."]
    text: Annotated[str | None, "The original as it is; null: there is no such text any more."]
    translated: Annotated[str | None, "The translation that is not used; null: there is none."] = (
        None
    )
    of: Annotated[str | None, "What the original was when it was translated."] = None


def texts(content: ProtocolContent) -> Iterator[tuple[str, str]]:
    """Every text that people read, with its path, in the order of the fields."""
    yield from _texts(content, "")


def _texts(holder: Any, prefix: str) -> Iterator[tuple[str, str]]:
    for name, shape in _readable_of(holder):
        value = getattr(holder, shape.attribute)
        if value is None:
            continue
        if shape.leaf:
            yield prefix + name, value
        elif shape.many:
            for each in value:
                yield from _texts(each, f"{prefix}{name}.{identity(each)}.")
        else:
            yield from _texts(value, f"{prefix}{name}.")


def _readable_of(holder: Any) -> tuple[tuple[str, Shape], ...]:
    kind: Any = type(holder)
    return _readable(kind)


@cache
def _readable(kind: Any) -> tuple[tuple[str, Shape], ...]:
    """The fields of a dataclass that are texts or hold some, by their names in paths."""
    return tuple(
        (name, shape)
        for name, shape in shapes(kind).items()
        if (is_text(shape) if shape.leaf else _readable(*shape.kinds))
    )


def is_text(shape: Shape) -> bool:
    """Whether people read it, so that it can be translated."""
    return shape.meaning in (words, asked)


def translated(content: ProtocolContent, languages: Sequence[str]) -> ProtocolContent:
    """`content` with each text in the first of the languages, or of their parents, that has it.

    Tags are compared without regard to case. Where a text has none of them it stays the original.
    """
    found: dict[str, list[TranslatedText]] = {}
    for translation in _in_order(content, languages):
        for each in translation.texts:
            found.setdefault(each.path, []).append(each)
    result: ProtocolContent = _with(content, "", found) if found else content
    return result


def _in_order(content: ProtocolContent, languages: Sequence[str]) -> Iterator[Translation]:
    """The translations that are wanted, up to where the original itself is what is wanted."""
    if not content.translations:
        return
    available: dict[str, Translation | None] = {
        each.language.lower(): each for each in content.translations
    }
    available[content.language.lower()] = None
    for each in preferred(available, languages):
        if each is None:
            return
        yield each


def _with(holder: Any, prefix: str, found: Mapping[str, Sequence[TranslatedText]]) -> Any:
    """`holder` with the texts in it that are translated; the same object where there are none."""
    changes: dict[str, Any] = {}
    for name, shape in _readable_of(holder):
        value = getattr(holder, shape.attribute)
        if not value:
            continue
        put: Any
        if shape.leaf:
            put = _text(value, found.get(prefix + name, ()))
        elif shape.many:
            items = [_with(each, f"{prefix}{name}.{identity(each)}.", found) for each in value]
            same = all(new is old for new, old in zip(items, value, strict=True))
            put = value if same else tuple(items)
        else:
            put = _with(value, f"{prefix}{name}.", found)
        if put is not value:
            changes[shape.attribute] = put
    return replace(holder, **changes) if changes else holder


def _text(original: str, candidates: Sequence[TranslatedText]) -> str:
    return next((each.text for each in candidates if each.of == original), original)


def gaps(content: ProtocolContent, language: str) -> tuple[TranslationGap, ...]:
    """Every text that readers of a language see in the original's, in the order of the fields.

    What the language falls back to fills a gap. Translations of what is no longer there come last.
    """
    originals = dict(texts(content))
    available: dict[str, list[TranslatedText]] = {}
    for translation in _in_order(content, [language]):
        for each in translation.texts:
            available.setdefault(each.path, []).append(each)
    understood = content.language.lower() in fallbacks(language)
    missing = () if understood else _gaps(originals, available)
    return (*missing, *_obsolete(originals, available))


def _gaps(
    originals: Mapping[str, str], available: Mapping[str, Sequence[TranslatedText]]
) -> Iterator[TranslationGap]:
    for path, original in originals.items():
        candidates = available.get(path, ())
        if not candidates:
            yield TranslationGap(path, GapKind.MISSING, original)
        elif all(each.of != original for each in candidates):
            closest = candidates[0]
            yield TranslationGap(path, GapKind.STALE, original, closest.text, closest.of)


def _obsolete(
    originals: Mapping[str, str], available: Mapping[str, Sequence[TranslatedText]]
) -> Iterator[TranslationGap]:
    for path, candidates in available.items():
        if path not in originals:
            closest = candidates[0]
            yield TranslationGap(path, GapKind.OBSOLETE, None, closest.text, closest.of)


def translation_faults(content: ProtocolContent) -> Faults:
    """What is wrong with the languages and the translations of a content."""
    yield from _tag("language", content.language)
    if len(content.translations) > MOST_LANGUAGES:
        yield fault("translations", f"more than {MOST_LANGUAGES} languages.")
    originals = dict(texts(content)) if content.translations else {}
    languages = Counter(each.language.lower() for each in content.translations)
    for each in content.translations:
        path = within("translations", each.language)
        yield from _tag(f"{path}.language" if each.language else path, each.language)
        if languages[each.language.lower()] > 1:
            yield fault(path, "is there more than once.")
        if each.language.lower() == content.language.lower():
            yield fault(path, "is the language of the originals.")
        yield from _translated_texts(path, each, originals)


def _tag(path: str, tag: str) -> Faults:
    written = canonical(tag)
    if written is None:
        yield fault(path, f"{tag!r} is not a language tag such as `es` or `de-CH`.")
    elif written != tag:
        yield fault(path, f"{tag!r} is written {written}.")


def _translated_texts(path: str, translation: Translation, originals: Mapping[str, str]) -> Faults:
    paths = Counter(each.path for each in translation.texts)
    for each in translation.texts:
        where = within(f"{path}.texts", each.path)
        if each.path not in originals:
            yield fault(where, "there is no such text.")
        if paths[each.path] > 1:
            yield fault(where, "is there more than once.")
        if each.path and not each.text.strip():
            yield fault(f"{where}.text", "say it in that language, or leave it out.")
