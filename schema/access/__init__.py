"""Who may do what in which clinic: people, roles, scopes, partner apps and their API keys."""
