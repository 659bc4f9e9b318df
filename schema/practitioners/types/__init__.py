"""Practitioners as GraphQL shows them (`people`), and what their mutations take and give
(`changes`)."""
