"""Texts in the languages that readers want: what is shown, what is missing, what is a language."""

import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.protocols.rules import (
    GapKind,
    ProtocolContent,
    ProtocolKind,
    TranslatedText,
    Translation,
    at,
    canonical,
    content_faults,
    gaps,
    texts,
    translated,
)
from schema.protocols.rules.languages import fallbacks
from tests.asking import Asking
from tests.protocols.adopting import adopt, override
from tests.protocols.written import BY_CODE, publish, template_input

FIRST = BY_CODE["MN-FIRST"].content
PLAIN = replace(FIRST, translations=())
SUN, RED = "careInstructions.NO_SUN.text", "outcomes.REDNESS.text"
DRAW = "addOns.PRP.steps.PRP_DRAW.name"


def in_language(language: str, said: dict[str, str], of: str | None = None) -> Translation:
    """These texts in another language, translated from what they are, or from `of`."""
    return Translation(
        language=language,
        texts=tuple(
            TranslatedText(path=path, of=at(PLAIN, path) if of is None else of, text=text)
            for path, text in said.items()
        ),
    )


def with_translations(*translations: Translation) -> ProtocolContent:
    return replace(PLAIN, translations=translations)


SWISS = with_translations(
    in_language("de", {SUN: "Keine Sonne.", RED: "Rötung."}),
    in_language("de-CH", {RED: "Röti."}),
    in_language("fr", {RED: "Rougeur.", DRAW: "Prise de sang."}),
)
ENGLISH_SUN, ENGLISH_RED = at(PLAIN, SUN), at(PLAIN, RED)
SHOWN = [
    (["de"], "Keine Sonne.", "Rötung."),
    (["de-CH"], "Keine Sonne.", "Röti."),
    (["DE-ch"], "Keine Sonne.", "Röti."),
    (["de-CH-1996"], "Keine Sonne.", "Röti."),
    (["de-CH-x-phonebk"], "Keine Sonne.", "Röti."),
    (["de-Latn-AT"], "Keine Sonne.", "Rötung."),
    (["it", "fr-CA"], ENGLISH_SUN, "Rougeur."),
    (["fr", "de"], "Keine Sonne.", "Rougeur."),
    (["en-GB", "de"], ENGLISH_SUN, ENGLISH_RED),
    (["fr", "en", "de"], ENGLISH_SUN, "Rougeur."),
    (["it"], ENGLISH_SUN, ENGLISH_RED),
    ([], ENGLISH_SUN, ENGLISH_RED),
]


@pytest.mark.parametrize(("languages", "sun", "red"), SHOWN)
def test_each_text_comes_in_the_first_language_that_has_it(languages, sun, red):
    shown = translated(SWISS, languages)
    assert (at(shown, SUN), at(shown, RED)) == (sun, red)


def test_texts_of_add_ons_are_translated_and_nothing_else_changes():
    shown = translated(SWISS, ["fr"])
    assert at(shown, DRAW) == "Prise de sang."
    changed = {path for path, text in texts(SWISS) if at(shown, path) != text}
    assert changed == {RED, DRAW}
    assert (shown.translations, shown.language) == (SWISS.translations, "en")
    assert shown.steps is SWISS.steps


def test_a_translation_of_another_original_is_not_shown():
    stale = with_translations(
        in_language("de", {SUN: "Keine Sonne."}),
        in_language("de-CH", {SUN: "Käi Sunne."}, of="Wear a hat."),
    )
    assert at(translated(stale, ["de-CH"]), SUN) == "Keine Sonne."
    (instruction, *_) = [each for each in PLAIN.care_instructions if each.key == "NO_SUN"]
    own = replace(SWISS, care_instructions=(replace(instruction, text="Shade only."),))
    assert at(translated(own, ["de"]), SUN) == "Shade only."


@given(st.lists(st.sampled_from(["es", "es-US", "de-CH", "fr", "en", "EN-gb", "it"]), max_size=5))
def test_translating_is_total_and_repeatable(languages):
    content = replace(FIRST, translations=(*FIRST.translations, *SWISS.translations))
    shown = translated(content, languages)
    assert translated(content, languages) == shown
    assert [path for path, _ in texts(shown)] == [path for path, _ in texts(content)]


def test_every_text_that_clients_read_is_there_in_spanish():
    missing = [each.path for each in gaps(FIRST, "es-US")]
    assert missing
    assert all(path.startswith("evidence.") for path in missing)
    assert at(translated(FIRST, ["es-PR"]), "summary").startswith("Una sesión")


def test_gaps_say_what_is_missing_stale_or_obsolete():
    content = with_translations(
        in_language("de", {SUN: "Keine Sonne."}),
        in_language("de-AT", {RED: "Rot."}, of="Reddish."),
        Translation(
            language="de-CH",
            texts=(TranslatedText(path="outcomes.ITCH.text", of="It itches.", text="Es juckt."),),
        ),
    )
    austrian = {each.path: each for each in gaps(content, "de-AT")}
    assert SUN not in austrian
    stale = austrian[RED]
    assert (stale.kind, stale.text) == (GapKind.STALE, ENGLISH_RED)
    assert (stale.translated, stale.of) == ("Rot.", "Reddish.")
    assert (austrian["name"].kind, austrian["name"].translated) == (GapKind.MISSING, None)
    *_, swiss = gaps(content, "de-CH")
    assert (swiss.path, swiss.kind, swiss.text) == ("outcomes.ITCH.text", GapKind.OBSOLETE, None)
    assert len(gaps(content, "it")) == len(list(texts(content)))


def test_readers_of_the_originals_language_miss_nothing():
    assert gaps(SWISS, "en") == gaps(SWISS, "en-GB") == ()


# RFC 5646, appendix A, and what it calls malformed.
WELL_FORMED = [
    "de", "fr", "ja", "zh-Hant", "zh-Hans", "sr-Cyrl", "zh-cmn-Hans-CN", "cmn-Hans-CN",
    "zh-yue-HK", "sr-Latn-RS", "sl-rozaj", "sl-rozaj-biske", "sl-nedis", "de-CH-1901",
    "sl-IT-nedis", "hy-Latn-IT-arevela", "de-DE", "en-US", "es-419", "de-CH-x-phonebk",
    "az-Arab-x-aze-derbend", "qaa-Qaaa-QM-x-southern", "en-US-u-islamcal",
    "zh-CN-a-myext-x-private", "en-a-myext-b-another",
]  # fmt: skip
MALFORMED = [
    "", "x", "e", "de-419-DE", "a-DE", "ar-a-aaa-b-bbb-a-ccc", "de-1901-1901", "en_US", "en-",
    "-en", "en--US", "en-x", "en-u", "x-private", "i-klingon", "verylonglanguage", "español",
    "en US", "*", "en-US\n", "e" * 61, "ENGLİSH",
]  # fmt: skip


@pytest.mark.parametrize("tag", WELL_FORMED)
def test_well_formed_tags_are_written_in_one_way(tag):
    assert canonical(tag) == canonical(tag.upper()) == canonical(tag.lower()) == tag


@pytest.mark.parametrize("tag", MALFORMED)
def test_malformed_tags_are_told(tag):
    assert canonical(tag) is None


def test_a_tag_falls_back_to_what_is_less_special():
    found = list(fallbacks("zh-Hant-CN-x-private1-private2"))
    assert found == [
        "zh-hant-cn-x-private1-private2",
        "zh-hant-cn-x-private1",
        "zh-hant-cn",
        "zh-hant",
        "zh",
    ]  # RFC 4647, 3.4
    assert list(fallbacks("en-u-ca-x-a-b")) == ["en-u-ca-x-a-b", "en-u-ca", "en"]


BLANK = replace(in_language("de", {SUN: "x"}), texts=(TranslatedText(path=SUN, of="", text=" "),))
TWICE = replace(SWISS.translations[0], texts=SWISS.translations[0].texts * 2)
BROKEN = [
    ("language", replace(PLAIN, language="english language")),
    ("language", replace(PLAIN, language="EN-us")),
    ("translations.d.language", with_translations(in_language("d", {}))),
    ("translations.de-ch.language", with_translations(in_language("de-ch", {}))),
    ("translations.de", with_translations(in_language("de", {}), in_language("de", {}))),
    ("translations.en", with_translations(in_language("en", {}))),
    (
        "translations.de.texts.outcomes.ITCH.text",
        with_translations(
            Translation(
                language="de",
                texts=(TranslatedText(path="outcomes.ITCH.text", of="Itch.", text="Juckt."),),
            )
        ),
    ),
    (
        "translations.de.texts.areas.FACE.key",
        with_translations(in_language("de", {"areas.FACE.key": "GESICHT"})),
    ),
    (f"translations.de.texts.{SUN}", with_translations(TWICE)),
    (f"translations.de.texts.{SUN}.text", with_translations(BLANK)),
    (
        "translations",
        with_translations(*(in_language(f"{a}{b}", {}) for a in "abdgklmnst" for b in "acefgi")),
    ),
]


@pytest.mark.parametrize(("field", "content"), BROKEN)
def test_broken_translations_are_told_where(field, content):
    found = [each.field for each in content_faults(content, ProtocolKind.TREATMENT)]
    assert field in found


def test_a_stale_translation_is_no_fault():
    content = with_translations(in_language("de", {SUN: "Keine Sonne."}, of="Wear a hat."))
    assert content_faults(content, ProtocolKind.TREATMENT) == []


def test_translating_the_largest_template_takes_under_two_milliseconds():
    largest = max(
        (each.content for each in BY_CODE.values()), key=lambda each: len(list(texts(each)))
    )
    said = {path: text.upper() for path, text in texts(largest)}
    shouted = Translation(
        language="es",
        texts=tuple(TranslatedText(path=p, of=at(largest, p), text=t) for p, t in said.items()),
    )
    content = replace(largest, translations=(shouted,))
    assert dict(texts(translated(content, ["es"]))) == said
    assert min(_seconds(content) for _ in range(20)) < 0.002


def _seconds(content: ProtocolContent) -> float:
    began = time.perf_counter()
    translated(content, ["fr", "es-US"])
    return time.perf_counter() - began


READ = """
query ($languages: [String!], $language: String!) {
  protocolTemplate(by: {code: "MN-FIRST"}) { currentVersion {
    content(languages: $languages) { summary language careInstructions { key text } }
    translationGaps(language: $language) { path kind text translated of }
  } }
}
"""
RESOLVED = """
query ($languages: [String!]) { clinics { edges { node { protocols { edges { node {
  resolved { content(languages: $languages) { name summary } } } } } } } } }
"""


async def read(ask: Asking, languages: list[str] | None, language: str = "es") -> Any:
    hq = await publish(ask, "MN-FIRST")
    return await ask(hq.manager, READ, languages=languages, language=language)


async def test_a_version_is_read_in_spanish(ask: Asking) -> None:
    answer = await read(ask, ["pt-BR", "es-US"])
    assert answer.errors == []
    version = answer.data["protocolTemplate"]["currentVersion"]
    assert version["content"]["summary"].startswith("Una sesión")
    assert "No use maquillaje." in [each["text"] for each in version["content"]["careInstructions"]]
    gap = version["translationGaps"][0]
    assert gap["path"].startswith("evidence.")
    assert (gap["kind"], gap["translated"]) == ("MISSING", None)


async def test_without_languages_the_originals_are_read(ask: Asking) -> None:
    answer = await read(ask, None)
    assert answer.data["protocolTemplate"]["currentVersion"]["content"]["summary"] == FIRST.summary


@pytest.mark.parametrize(
    ("languages", "language"), [(["en_US"], "es"), (["es"] * 11, "es"), ([], "español")]
)
async def test_malformed_languages_are_refused(ask: Asking, languages, language) -> None:
    answer = await read(ask, languages, language)
    assert [each["extensions"]["code"] for each in answer.errors] == ["BAD_REQUEST"]


async def test_a_clinics_own_words_are_never_shown_in_a_stale_translation(ask: Asking) -> None:
    hq = await publish(ask, "MN-FIRST")
    adopted = await adopt(ask, hq.manager, template={"code": "MN-FIRST"}, addOns=[])
    changed = await override(ask, hq.manager, adopted, "summary", text="With tea.")
    assert changed["__typename"] == "ClinicProtocol"
    data = await ask.data(hq.manager, RESOLVED, languages=["es"])
    clinic = data["clinics"]["edges"][0]["node"]
    content = clinic["protocols"]["edges"][0]["node"]["resolved"]["content"]
    assert content == {"name": "Primera sesión de microagujas", "summary": "With tea."}


async def test_translations_are_written_through_the_api(ask: Asking) -> None:
    hq = await publish(ask, "CONSULT")
    template = BY_CODE["MN-FIRST"]
    create = """mutation ($input: CreateProtocolTemplateInput!) {
      createProtocolTemplate(input: $input) { __typename
        ... on ValidationProblem { problems { field message } }
        ... on ProtocolTemplate { drafts { edges { node {
          content(languages: ["es"]) { name } } } } } } }"""
    wrong = replace(template, content=replace(template.content, translations=(TWICE,)))
    refused = await ask.change(hq.author, create, input=template_input(wrong))
    assert f"translations.de.texts.{SUN}" in [each["field"] for each in refused["problems"]]
    written = await ask.change(hq.author, create, input=template_input(template, "MN-TWO"))
    (edge,) = written["drafts"]["edges"]
    assert edge["node"]["content"]["name"] == "Primera sesión de microagujas"
