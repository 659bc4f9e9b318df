"""Prices, packages and quotes as GraphQL shows them, and what their mutations take and give."""
