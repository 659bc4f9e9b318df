"""Visits without needles: the consultation of articles 000, 002 and 003, and the patch test."""

from dataclasses import replace

from api.seed.content.lists import FACE_AND_NECK, areas
from api.seed.content.sources import article, decisions
from api.seed.content.steps import OPERATOR, ROOM, minutes
from schema.protocols.rules import (
    Consumable,
    ConsumableKind,
    Evidence,
    EvidenceKind,
    ProtocolContent,
    Step,
    Topic,
)

CONSULTING = replace(ROOM, any_of=("CONSULTATION", "TREATMENT"), clean_up_minutes=0)


def consultation() -> ProtocolContent:
    return ProtocolContent(
        name="Consultation",
        summary="Whether needling is for you, how many sessions, and what goes with it.",
        topics=(
            Topic(key="SKIN", text="Skin type and condition."),
            Topic(key="MEDICAL_HISTORY", text="Medical history."),
            Topic(key="GOALS", text="Concerns and goals."),
            Topic(key="SESSION_COUNT", text="How many sessions are recommended."),
            Topic(key="ADD_ONS", text="Plasma and serums."),
            Topic(key="EXPECTATIONS", text="Results, risks and care to expect."),
        ),
        steps=(
            Step(
                key="CONSULT",
                name="Consultation",
                minutes=minutes(20, 30, 45),
                needs=(CONSULTING, OPERATOR),
            ),
            Step(key="FOLLOW_UP", name="Arranging the next visit", minutes=minutes(5)),
        ),
        evidence=(
            *article(
                "000",
                {
                    "topics.SKIN": "Skin type and condition are evaluated.",
                    "topics.MEDICAL_HISTORY": "The medical history is reviewed.",
                    "topics.GOALS": "Goals are discussed.",
                    "topics.SESSION_COUNT": "The number of sessions is recommended.",
                    "topics.ADD_ONS": "Plasma or serums may be discussed.",
                },
            ),
            *article("003", {"topics.EXPECTATIONS": "Ask about results, risks and care."}),
            Evidence(
                path="steps.CONSULT",
                kind=EvidenceKind.ARTICLE,
                article="002",
                note="A thorough consultation comes first.",
            ),
            *decisions(
                {
                    "steps": "Consultations are visits of their own, days before a treatment.",
                    "steps.CONSULT.minutes": "Half an hour, as a visit of its own.",
                }
            ),
        ),
    )


def patch_test() -> ProtocolContent:
    return ProtocolContent(
        name="Patch test",
        summary="A trace of the numbing and the serum on the skin, days before a treatment.",
        areas=areas(*FACE_AND_NECK),
        steps=(
            Step(
                key="PATCH",
                name="Patch test",
                minutes=minutes(10, 15, 15),
                needs=(CONSULTING, OPERATOR),
            ),
        ),
        consumables=(
            Consumable(
                key="ANAESTHETIC",
                kind=ConsumableKind.ANAESTHETIC,
                name="Numbing cream",
                step="PATCH",
                allergy_question="Did a numbing cream or a dentist's injection ever harm you?",
            ),
        ),
        evidence=decisions(
            {
                "steps": "No article has one; the anaesthetic can cause an allergy.",
                "areas": "Where treatments are done.",
                "consumables": "What a treatment uses on the skin.",
            }
        ),
    )
