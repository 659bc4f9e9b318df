"""What the process refuses.

* CannotProceed    a command cannot do its work; the message says what to do
* RequestRefused   a request is not run; becomes an error of GraphQL's shape
"""

from collections.abc import Mapping


class CannotProceed(Exception):
    """The command prints the message, one line, and exits with 1."""


class RequestRefused(Exception):
    """`status` is the HTTP status; `code` goes into the error's extensions.

    `of_document` tells refusals of the GraphQL document, which clients of `application/json` get
    with status 200, from those of the HTTP request.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 400,
        headers: Mapping[str, str] | None = None,
        of_document: bool = False,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.headers = headers or {}
        self.of_document = of_document
