"""What keeps a command from doing its work, said in one line."""


class CannotProceed(Exception):
    """The message says what is wrong and what to do; the command prints it and exits with 1."""
