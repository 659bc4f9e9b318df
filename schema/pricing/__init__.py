"""What things cost: prices of protocols and add-ons, packages, and quotes that sum them.

Each clinic sets its own, in its own currency. A *price* counts from a day on, until a later one of
the same kind supersedes it. A *package* is a number of sessions within a validity, at one price. A
*quote* says line by line what somebody would pay, and why.
"""
