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
        "{ clinics { edges { node { code name status owner { name } } } } }",
    ),
    person(
        "HQ clinical lead",
        "clinical.lead",
        "{ protocolTemplates { edges { node { code name currentVersion { number } } } } }",
    ),
    person(
        "HQ analyst",
        "hq.analyst",
        "{ courses { edges { node { code state total { display } clinic { code } } } } }",
    ),
    person(
        "Country lead, United States",
        "country.lead.us",
        "{ jurisdictionOverlays(ledByMe: true) { edges { node { jurisdiction { name }"
        " inForce { edits { path source } differences { summary class } }"
        " drafts { edges { node { state edits { path } } } } } } } }",
    ),
    person(
        "Clinic manager, Raleigh",
        "manager.raleigh",
        "{ clinics { edges { node { code protocols { edges { node { template { name }"
        " addOns { key price { amount { display } } } } } } } } } }",
    ),
    person(
        "Practitioner, Raleigh",
        "practitioner.raleigh",
        "{ clients { edges { node { code holds { edges { node { finding { reason } } } } } } } }",
    ),
    person(
        "Front desk, London",
        "desk.london",
        "{ clinics { edges { node { code appointments { edges { node { startsAt state"
        " client { code } } } } } } } }",
    ),
    Caller(
        "Partner app",
        "{ clinics { edges { node { code city: address { city } protocols { edges { node {"
        " template { code } price { amount { display } } } } } } } } }",
        api_key=API_KEY.text,
    ),
)
