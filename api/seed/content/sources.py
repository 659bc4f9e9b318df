"""Evidence, written as what each path is known from."""

from collections.abc import Iterator, Mapping

from schema.protocols.rules import Evidence, EvidenceKind

LISTS = (
    "toldLength",
    "areas",
    "indications",
    "topics",
    "steps",
    "parameters",
    "addOns",
    "consumables",
    "screeningRules",
    "careInstructions",
    "sessionCounts",
    "intervalRules",
    "topUp",
    "outcomes",
)


def sources(
    number: str, *, says: Mapping[str, str], decided: Mapping[str, str]
) -> tuple[Evidence, ...]:
    """What article `number` says, in our words, and what headquarters decided, by path.

    Headquarters stands for every list of which the article does not speak, and for the minutes of
    the steps and add-ons that it names without figures.
    """
    silent = f"Article {number} gives no figure; headquarters' own."
    unsaid = [each for each in (*LISTS, *_minutes(says)) if each not in says]
    return (*article(number, says), *decisions(dict.fromkeys(unsaid, silent) | dict(decided)))


def _minutes(says: Mapping[str, str]) -> Iterator[str]:
    for path in says:
        match path.split("."):
            case ["steps", _]:
                yield f"{path}.minutes"
            case ["addOns", _]:
                yield f"{path}.steps"


def article(number: str, says: Mapping[str, str]) -> tuple[Evidence, ...]:
    """What an article says, by path."""
    return tuple(
        Evidence(path=path, kind=EvidenceKind.ARTICLE, article=number, note=note)
        for path, note in says.items()
    )


def decisions(decided: Mapping[str, str]) -> tuple[Evidence, ...]:
    """What headquarters decided where articles are silent or vague, by path."""
    return tuple(
        Evidence(path=path, kind=EvidenceKind.HQ_DECISION, note=note)
        for path, note in decided.items()
    )
