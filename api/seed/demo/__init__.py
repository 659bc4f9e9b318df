"""The demo franchise: seven clinics on the real content of the five articles, made by actions."""

from api.seed.demo.loading import is_demo, is_empty, load_demo
from api.seed.words import CALLERS

__all__ = ["CALLERS", "is_demo", "is_empty", "load_demo"]
