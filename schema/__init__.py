"""The franchise: rules, tables, and the GraphQL schema over them.

`DOMAINS` and `LAYERS` are the two orders of the code. An import may point to a lower layer of any
domain, or within one layer to an earlier domain; `tests/test_architecture.py` reads these tuples.
"""

DOMAINS = (
    "access",
    "events",
    "clinics",
    "tasks",
    "practitioners",
    "protocols",
    "pricing",
    "clients",
    "courses",
    "scheduling",
    "governance",
    "insights",
)

LAYERS = (
    "rules",
    "models",
    "store",
    "actions",
    "types",
    "queries",
    "subscriptions",
    "mutations",
    "root",
)
