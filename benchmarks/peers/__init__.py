"""This server beside its peers, on one embedded database: `python -m benchmarks.peers --help`."""
