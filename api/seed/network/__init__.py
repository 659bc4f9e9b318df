"""A franchise of any size, repeatable by a random seed, by COPY."""

from api.seed.network.seeding import seed_network

__all__ = ["seed_network"]
