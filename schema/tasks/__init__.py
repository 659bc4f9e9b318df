"""Work for people: the one kind of work item that every later domain creates.

A task belongs to a clinic, or to HQ. It waits for a person, for whoever holds a role in that
clinic, or for anybody there; who oversees the clinic sees all of its tasks.
"""
