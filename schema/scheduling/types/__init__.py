"""Availability and visits as GraphQL shows them, and what their mutations take and give."""
