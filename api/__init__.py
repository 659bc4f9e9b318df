"""The process: everything that knows about requests, sockets and the environment."""
