"""Rows to begin with: the demo, the templates of the five articles, a network of any size."""
