"""The demo's fixed words: passwords and one API key, which only a database seeded as demo accepts.

They are ordinary rows there, so every start prints the same.
"""

from api.greeting import Caller
from schema.access.api_keys import ApiKey

PARTNER = "GLOWFINDER"
API_KEY = ApiKey(key_id="DemoPartner1", secret="ThisWordOpensOnlyDemonstrations1")


def email(who: str) -> str:
    """`manager.raleigh` signs in as manager.raleigh@demo.example …"""
    return f"{who}@demo.example"


def password(who: str) -> str:
    """… with the password demo-manager-raleigh."""
    return f"demo-{who.replace('.', '-')}"


def person(label: str, who: str, query: str) -> Caller:
    return Caller(label, query, email=email(who), password=password(who))


#: One of each kind, with something to ask that shows what the kind is for.
CALLERS = (
    person(
        "HQ administrator",
        "administrator",
        "{ clinics(first: 3) { nodes { code name status } } }",
    ),
    person(
        "HQ clinical lead",
        "clinical.lead",
        "{ protocolTemplates(first: 10) { nodes { code name } } }",
    ),
    person(
        "HQ analyst",
        "hq.analyst",
        "{ viewer { __typename } clinics(first: 10) { nodes { code status } } }",
    ),
    person(
        "Clinic manager, Raleigh",
        "manager.raleigh",
        '{ clinic(by: {code: "RALEIGH"}) { name rooms { nodes { code name } } } }',
    ),
    person(
        "Practitioner, Raleigh",
        "practitioner.raleigh",
        "{ tasks(first: 5) { nodes { title dueOn } } }",
    ),
    person(
        "Front desk, London",
        "desk.london",
        '{ clinic(by: {code: "LONDON"}) { name timeZone } }',
    ),
    Caller(
        "Partner app",
        "{ viewer { __typename } clinics(first: 10) { nodes { code name } } }",
        api_key=API_KEY.text,
    ),
)
