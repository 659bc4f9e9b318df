"""What all clinics share: jurisdictions, device models, how deep which credential may needle."""

from dataclasses import replace
from decimal import Decimal

from schema.access.rules import Actor
from schema.clinics import actions as clinics
from schema.clinics.rules import DeviceClass
from schema.context import Work
from schema.practitioners import actions as practitioners
from schema.practitioners.rules import CredentialType, Supervision

JURISDICTIONS = (
    ("US", "United States", None),
    ("US-AL", "Alabama", "US"),
    ("US-AZ", "Arizona", "US"),
    ("US-FL", "Florida", "US"),
    ("US-NC", "North Carolina", "US"),
    ("GB", "United Kingdom", None),
    ("GB-ENG", "England", "GB"),
)
MODELS = (
    ("PEN-LIGHT", "Feather", "Kestrel Devices", DeviceClass.NEEDLE_PEN, "2.5"),
    ("PEN-DEEP", "Falcon", "Kestrel Devices", DeviceClass.NEEDLE_PEN, "3.0"),
    ("ROLLER", "Hedgehog", "Bramble Tools", DeviceClass.NEEDLE_ROLLER, "2.0"),
    ("STAMP", "Nettle", "Bramble Tools", DeviceClass.NEEDLE_STAMP, "2.0"),
    ("MMP-PEN", "Tracer", "Kestrel Devices", DeviceClass.MMP_PEN, "2.5"),
    ("CENTRIFUGE", "Carousel", "Millrace Instruments", DeviceClass.CENTRIFUGE, None),
    ("LED-PANEL", "Daybreak", "Lumen Works", DeviceClass.LED_PANEL, None),
    ("LASER", "Meridian", "Lumen Works", DeviceClass.LASER, None),
)
SECONDARY = (
    "Secondary sources give it for estheticians; to be confirmed with the state's board of"
    " cosmetology before anybody relies on it."
)
DECIDED = "Headquarters' own limit for the demonstration; no law was read for it."

#: Jurisdiction, credential, greatest depth in millimetres, supervision, source.
SCOPE_RULES = (
    ("US-NC", CredentialType.AESTHETICIAN, "1.0", Supervision.REMOTE, SECONDARY),
    ("US-AZ", CredentialType.AESTHETICIAN, "0.5", Supervision.ON_SITE, SECONDARY),
    ("US", CredentialType.NURSE, "2.5", Supervision.REMOTE, DECIDED),
    ("US", CredentialType.PHYSICIAN, "3.0", Supervision.NONE, DECIDED),
    ("GB", CredentialType.AESTHETICIAN, "1.0", Supervision.REMOTE, DECIDED),
    ("GB", CredentialType.NURSE, "2.5", Supervision.REMOTE, DECIDED),
    ("GB", CredentialType.PHYSICIAN, "3.0", Supervision.NONE, DECIDED),
)


async def add_shared(work: Work) -> None:
    """The jurisdictions and the device models."""
    for code, name, parent in JURISDICTIONS:
        await clinics.add_jurisdiction(work, code=code, name=name, parent_code=parent)
    for code, name, maker, device_class, depth in MODELS:
        await clinics.add_device_model(
            work,
            code=code,
            name=name,
            maker=maker,
            device_class=device_class,
            greatest_depth_mm=Decimal(depth) if depth else None,
        )


async def state_scope_rules(work: Work, verifier: Actor) -> None:
    """How deep each credential may needle, in the verifier's own name."""
    for jurisdiction, credential, depth, supervision, source in SCOPE_RULES:
        await practitioners.verify_scope_rule(
            replace(work, actor=verifier),
            jurisdiction_code=jurisdiction,
            credential_type=credential,
            max_needle_depth_mm=Decimal(depth),
            supervision=supervision,
            source=source,
        )
