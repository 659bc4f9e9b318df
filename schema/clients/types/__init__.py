"""Clients as GraphQL shows them (`clients`, `holds`), and what their mutations take and give
(`changes`)."""
