"""Courses and their sessions as GraphQL shows them, and what mutations take and give."""
