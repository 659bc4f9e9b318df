"""What happened: one append-only table that is the audit trail and the outbox at once."""
