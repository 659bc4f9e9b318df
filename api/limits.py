"""The one gate that every document passes before it is validated.

It counts tokens first, without parsing, so that nothing dear is done for a document that is too
large; then it measures the parsed document, each fragment once however often it is spread.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    Lexer,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Source,
    TokenKind,
    parse,
)

from api.errors import RequestRefused

CHARACTERS = 20_000
TOKENS = 2_000
BRACKETS = 60  # nested within each other: the parser recurses
DIGITS = 40
DEPTH = 14
INTROSPECTION_DEPTH = 20
FIELDS = 30  # aliases, and root fields, of an operation
DIRECTIVES = 50
REPEATS = 25  # of one field with fields below it: validation compares each with each
FRAGMENTS = 60  # likewise

OPENING = {TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L}
CLOSING = {TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R}
NUMBERS = {TokenKind.INT, TokenKind.FLOAT}
TEXTS = {TokenKind.STRING, TokenKind.BLOCK_STRING}
INTROSPECTION = {"__schema", "__type"}


@dataclass(frozen=True, slots=True)
class Measured:
    """An operation of a document, known to be within the limits."""

    kind: OperationType
    introspects: bool


def parsed(text: str, characters: int | None = CHARACTERS) -> DocumentNode:
    """The document, not too large to be looked at; `characters`: how long the text may be.

    Raises: RequestRefused.
    """
    if characters is not None and len(text) > characters:
        raise _over("characters", characters)
    try:
        check_tokens(text)
        return parse(text, max_lexical_tokens=TOKENS)
    except GraphQLSyntaxError as error:
        raise _refused("GRAPHQL_PARSE_FAILED", error.message) from None


def check_tokens(text: str) -> None:
    """Raise RequestRefused for a document that would be dear to parse, or holds what cannot be;
    GraphQLSyntaxError for one that holds no tokens."""
    lexer, nested, tokens, directives = Lexer(Source(text)), 0, 0, 0
    while (token := lexer.advance()).kind is not TokenKind.EOF:
        tokens += 1
        nested += (token.kind in OPENING) - (token.kind in CLOSING)
        directives += token.kind is TokenKind.AT
        if tokens > TOKENS:
            raise _over("tokens", TOKENS)
        if nested > BRACKETS:
            raise _over("brackets within brackets", BRACKETS)
        if directives > DIRECTIVES:
            raise _over("directives", DIRECTIVES)
        if token.kind in NUMBERS and len(token.value or "") > DIGITS:
            raise _over("digits in a number", DIGITS)
        if token.kind in TEXTS and "\0" in (token.value or ""):
            raise _refused("BAD_REQUEST", "A string must not hold the character NUL.")


def measured(document: DocumentNode) -> dict[str | None, Measured]:
    """The operations by what names them: None too, where there is one only.

    Raises: RequestRefused where any is beyond a limit: whichever is run, all are validated.
    """
    measuring = Measuring(document)
    operations = operations_in(document)
    found: dict[str | None, Measured] = {}
    for each in operations:
        of_each = Measured(each.operation, measuring.check(each))
        if each.name:
            found[each.name.value] = of_each
        if len(operations) == 1:
            found[None] = of_each
    return found


def operations_in(document: DocumentNode) -> list[OperationDefinitionNode]:
    return [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]


def unclear(document: DocumentNode, name: str | None) -> RequestRefused:
    """Why no operation is named by this, or by nothing."""
    if name is None and operations_in(document):
        said = "The document holds several operations: name one in `operationName`."
    else:
        wanted = "operation" if name is None else f"operation named {name}"
        said = f"The document holds no {wanted}."
    return _refused("OPERATION_RESOLUTION_FAILURE", said)


@dataclass(frozen=True, slots=True)
class Size:
    """Of a selection set: levels of fields, aliases in it all, fields at its top; whether one of
    these asks about the schema itself, and how often those with fields below them repeat."""

    depth: int = 0
    aliases: int = 0
    width: int = 0
    introspects: bool = False
    repeats: Counter[str] = field(default_factory=Counter)

    def check(self) -> "Size":
        """Itself. Raises: RequestRefused where a field is repeated too often."""
        if self.repeats and max(self.repeats.values()) > REPEATS:
            raise _over("repetitions of a field", REPEATS)
        return self


@dataclass
class Measuring:
    """Measures one document; a fragment is measured once, and a cycle counts as nothing.

    Raises: RequestRefused, when it is made, for fragments beyond a limit.
    """

    document: DocumentNode
    _fragments: dict[str, FragmentDefinitionNode] = field(init=False)
    _sizes: dict[str, Size] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._fragments = {
            each.name.value: each
            for each in self.document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        if len(self._fragments) > FRAGMENTS:
            raise _over("fragments", FRAGMENTS)
        for name in self._fragments:  # those that nobody spreads too: they are validated
            self._of_fragment(name).check()

    def check(self, operation: OperationDefinitionNode) -> bool:
        """Whether the operation asks about the schema itself. Raises: RequestRefused."""
        parts = operation.selection_set.selections
        sizes = [self._of_one(each) for each in parts]
        for part, size in zip(parts, sizes, strict=True):
            if size.depth > (most := INTROSPECTION_DEPTH if _introspects(part) else DEPTH):
                raise _over("levels of fields", most)
        whole = _together(sizes).check()
        if whole.aliases > FIELDS:
            raise _over("aliases", FIELDS)
        if whole.width > FIELDS:
            raise _over("fields at the root", FIELDS)
        return whole.introspects

    def _of_set(self, selections: SelectionSetNode | None) -> Size:
        if selections is None:
            return Size()
        return _together(self._of_one(each) for each in selections.selections)

    def _of_one(self, node: object) -> Size:
        if isinstance(node, FieldNode):
            below = self._of_set(node.selection_set).check()
            aliases = below.aliases + (node.alias is not None)
            name = (node.alias or node.name).value
            repeats = Counter([name] if node.selection_set else [])
            return Size(below.depth + 1, aliases, 1, _introspects(node), repeats)
        if isinstance(node, InlineFragmentNode):
            return self._of_set(node.selection_set)
        assert isinstance(node, FragmentSpreadNode)
        return self._of_fragment(node.name.value)

    def _of_fragment(self, name: str) -> Size:
        if name not in self._sizes:
            self._sizes[name] = Size()  # what a cycle, which validation refuses, finds
            fragment = self._fragments.get(name)
            self._sizes[name] = self._of_set(fragment.selection_set if fragment else None)
        return self._sizes[name]


def _introspects(node: object) -> bool:
    return isinstance(node, FieldNode) and node.name.value in INTROSPECTION


def _together(sizes: Iterable[Size]) -> Size:
    depth, aliases, width, introspects = 0, 0, 0, False
    repeats: Counter[str] = Counter()
    for each in sizes:
        depth = max(depth, each.depth)
        aliases += each.aliases
        width += each.width
        introspects = introspects or each.introspects
        repeats += each.repeats
    return Size(depth, aliases, width, introspects, repeats)


def _over(what: str, most: int) -> RequestRefused:
    return _refused("LIMIT_EXCEEDED", f"The document has too many {what}: at most {most}.")


def _refused(code: str, message: str) -> RequestRefused:
    return RequestRefused(code, message, of_document=True)
