"""Publishing and going back as values. A *finding* says what publishing would break, and which
risk whoever publishes all the same accepts; what is wrong with a version itself is no finding."""

from schema.governance.rules.findings import (
    ClinicValuesSetAside,
    Finding,
    InfeasiblePackage,
    LessStrictThanPresent,
    NoClinicForAll,
    PackageOnSale,
    PublicationRisk,
    UnsatisfiableNeed,
)
from schema.governance.rules.needs import Site, unfilled, unsatisfiable_needs
from schema.governance.rules.overlays import Reached, Replacement, given_up, values_set_aside
from schema.governance.rules.publication import (
    ApprovalsMissing,
    PublicationRefused,
    VersionSuperseded,
    check_accepted,
    check_approvals,
    check_order,
    infeasible_packages,
    overlay_review_title,
    review_title,
)
from schema.governance.rules.returning import AlreadySold, check_nothing_sold

__all__ = [
    "AlreadySold",
    "ApprovalsMissing",
    "ClinicValuesSetAside",
    "Finding",
    "InfeasiblePackage",
    "LessStrictThanPresent",
    "NoClinicForAll",
    "PackageOnSale",
    "PublicationRefused",
    "PublicationRisk",
    "Reached",
    "Replacement",
    "Site",
    "UnsatisfiableNeed",
    "VersionSuperseded",
    "check_accepted",
    "check_approvals",
    "check_nothing_sold",
    "check_order",
    "given_up",
    "infeasible_packages",
    "overlay_review_title",
    "review_title",
    "unfilled",
    "unsatisfiable_needs",
    "values_set_aside",
]
