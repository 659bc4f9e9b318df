"""How the franchise treats: protocols that HQ writes, and each clinic's adoption of them.

A *template* names a protocol; its *versions* are written as drafts, reviewed by another person,
published from a day on, and from then on never change. A version's content is one document: steps,
parameters, add-ons, screening, care, counts, intervals, each figure with the evidence for it.

A clinic *adopts* a template: it pins a published version, chooses the add-ons it offers, and keeps
its own values as sparse overrides of single fields. What applies in a clinic is computed from these
layers, never stored.
"""
