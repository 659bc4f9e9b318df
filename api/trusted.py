"""Trusted documents: those that an operator lists by the hash of their text.

They are kept in one file of JSON, `{"<SHA-256 in hexadecimal digits>": "<text>"}`, which
`python -m api trust-documents` writes and TRUSTED_DOCUMENTS names.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import orjson

from api.documents import Document, hash_of, look_at
from api.errors import CannotProceed, RequestRefused
from api.settings import Settings
from schema.root import Schema, schema

SUFFIXES = (".graphql", ".gql")


def trusted_documents(settings: Settings) -> Mapping[str, Document]:
    """Those of TRUSTED_DOCUMENTS by their hashes, read and valid. Raises: CannotProceed."""
    path = settings.trusted_documents
    if path is None:
        if settings.trusted_only:
            raise CannotProceed("TRUSTED_ONLY needs TRUSTED_DOCUMENTS beside it.")
        return {}
    if not path.exists():
        raise CannotProceed(
            f"TRUSTED_DOCUMENTS: there is no {path}; `python -m api trust-documents` makes it."
        )
    return check_texts(kept_texts(path), schema, path)


def kept_texts(path: Path) -> dict[str, str]:
    """The texts by their hashes; none where there is no file. Raises: CannotProceed."""
    try:
        found = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, orjson.JSONDecodeError) as error:
        raise CannotProceed(f"{path} cannot be read as JSON: {error}.") from None
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        raise CannotProceed(f"{path} must hold one object of JSON, texts by their hashes.")
    for digest, text in found.items():
        if hash_of(text) != digest:
            raise CannotProceed(
                f"{path}: the text of {digest} has another SHA-256, {hash_of(text)}."
                " `python -m api trust-documents` writes both."
            )
    return found


def check_texts(texts: Mapping[str, str], schema: Schema, path: Path) -> dict[str, Document]:
    """The documents by their hashes. Raises: CannotProceed, naming the first that is not valid."""
    return {digest: _checked(digest, text, schema, path) for digest, text in texts.items()}


def _checked(digest: str, text: str, schema: Schema, path: Path) -> Document:
    try:
        document = look_at(text, schema, characters=None)
        reasons = [each.message for each in document.errors]
    except RequestRefused as refusal:
        reasons = [refusal.message]
    if reasons:
        raise CannotProceed(
            f"{path}: the document sha256:{digest} ({text.strip()[:60]} …) is not one of this"
            f" schema: {reasons[0]} Correct it where it comes from, or take its hash out."
        )
    return document


def texts_in(sources: Iterable[Path]) -> dict[str, str]:
    """The text of each file, and of each file of GraphQL in a folder, by its hash."""
    return {hash_of(text): text for text in map(_text, files_in(sources))}


def hashes_of(sources: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Each of these files, and the hash that names it."""
    return ((path, hash_of(_text(path))) for path in files_in(sources))


def files_in(sources: Iterable[Path]) -> list[Path]:
    """Raises: CannotProceed where there is none."""
    found = [
        path
        for source in sources
        for path in (sorted(source.rglob("*")) if source.is_dir() else [source])
        if path.suffix in SUFFIXES or path == source
        if path.is_file()
    ]
    if not found:
        raise CannotProceed(f"There is no file of {' or '.join(SUFFIXES)} in what was named.")
    return found


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotProceed(f"{path} cannot be read as UTF-8: {error}.") from None


def write_texts(path: Path, texts: Mapping[str, str]) -> None:
    """Write the file anew, at once: whoever reads it meanwhile has the old one."""
    beside = path.with_suffix(f"{path.suffix}.new")
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    try:
        beside.write_bytes(orjson.dumps(texts, option=options))
        beside.replace(path)
    except OSError as error:
        raise CannotProceed(f"{path} cannot be written: {error}.") from None
