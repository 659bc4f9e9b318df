"""Documents of GraphQL, each looked at once: parsed, measured and validated.

What comes again is found by its text, whoever sends it: nothing here depends on the caller. What is
kept is bounded, in documents and in characters, and the least lately used goes first; what an
operator trusts is kept beside that, for good.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from graphql import DocumentNode, GraphQLError, OperationType, specified_rules
from strawberry.schema.schema import validate_document

from api.errors import RequestRefused
from api.limits import CHARACTERS, measured, parsed, unclear
from schema.root import Schema

#: What is kept takes about 150 bytes a character, at worst 600: some 30 MB, at worst 120.
MOST_DOCUMENTS, MOST_CHARACTERS = 1_000, 200_000


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """The operation that a request names, within the limits; `errors` say why it is not valid.

    `document` is the same object each time: who executes it may keep what it learns of it.
    """

    kind: OperationType
    introspects: bool
    document: DocumentNode
    errors: tuple[GraphQLError, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A text that was read; `operations` by their names."""

    node: DocumentNode
    operations: Mapping[str | None, Operation]
    errors: tuple[GraphQLError, ...]

    def operation(self, name: str | None) -> Operation:
        """The one with this name, or the only one. Raises: RequestRefused."""
        found = self.operations.get(name)
        if found is None:
            raise unclear(self.node, name)
        return found


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a text is not one."""

    code: str
    message: str

    def refusal(self) -> RequestRefused:
        return RequestRefused(self.code, self.message, of_document=True)


def look_at(text: str, schema: Schema, characters: int | None = CHARACTERS) -> Document:
    """The document in `text`, of at most so many characters. Raises: RequestRefused."""
    node = parsed(text, characters)
    found = measured(node)
    errors = tuple(validate_document(schema._schema, node, tuple(specified_rules)))
    operations = {
        name: Operation(each.kind, each.introspects, node, errors) for name, each in found.items()
    }
    return Document(node, operations, errors)


def hash_of(text: str) -> str:
    """What names a trusted document: the SHA-256 of its text, in hexadecimal digits."""
    return sha256(text.encode()).hexdigest()


@dataclass(eq=False, slots=True)
class Documents:
    """Those that a process knows; one for a schema.

    `trusted` are by their hashes. `hits` and `misses` count the other texts that came.
    """

    schema: Schema
    trusted: Mapping[str, Document] = field(default_factory=dict)
    hits: int = 0
    misses: int = 0
    trusted_hits: int = 0
    characters: int = 0
    _kept: OrderedDict[str, Document | Unreadable] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, text: str) -> Document:
        """The document in `text`. Raises: RequestRefused."""
        found = self._kept.get(text)
        if found is None:
            found = self._read(text)
        else:
            self.hits += 1
            self._kept.move_to_end(text)
        if isinstance(found, Unreadable):
            raise found.refusal()
        return found

    def by_hash(self, digest: str) -> Document | None:
        """The trusted document of this hash."""
        found = self.trusted.get(digest)
        self.trusted_hits += found is not None
        return found

    def _read(self, text: str) -> Document | Unreadable:
        self.misses += 1
        found: Document | Unreadable
        if self.trusted and (trusted := self.trusted.get(hash_of(text))):
            found = trusted
        else:
            try:
                found = look_at(text, self.schema)
            except RequestRefused as refusal:
                found = Unreadable(refusal.code, refusal.message)
        self._keep(text, found)
        return found

    def _keep(self, text: str, found: Document | Unreadable) -> None:
        if len(text) > CHARACTERS:  # refused, or trusted: both are known at once
            return
        self._kept[text] = found
        self.characters += len(text)
        while len(self._kept) > MOST_DOCUMENTS or self.characters > MOST_CHARACTERS:
            forgotten, _ = self._kept.popitem(last=False)
            self.characters -= len(forgotten)
