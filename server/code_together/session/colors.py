"""The colours of code, as Pygments finds them.

What a lexer costs is in nobody's hands (that of makefiles takes seconds for one line of 50 kB): whoever calls this with a stranger's text
runs it where it can be stopped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_for_filename, guess_lexer
from pygments.token import Token, _TokenType
from pygments.util import ClassNotFound

ROLES = (
    "",
    "keyword",
    "string",
    "number",
    "function",
    "type",
    "comment",
    "punctuation",
    "heading",
    "strong",
    "emphasis",
)
_ROLE_OF = {
    Token.Keyword: "keyword",
    Token.Keyword.Constant: "number",
    Token.Keyword.Type: "type",
    Token.Name.Tag: "keyword",
    Token.Name.Builtin.Pseudo: "keyword",
    Token.Name.Function: "function",
    Token.Name.Decorator: "function",
    Token.Name.Label: "function",
    Token.Name.Class: "type",
    Token.Name.Exception: "type",
    Token.Name.Namespace: "type",
    Token.Name.Attribute: "type",
    Token.Name.Constant: "number",
    Token.Name.Entity: "number",
    Token.Literal.String: "string",
    Token.Literal.String.Escape: "number",
    Token.Literal.Number: "number",
    Token.Comment: "comment",
    Token.Comment.Preproc: "keyword",
    Token.Operator: "punctuation",
    Token.Operator.Word: "keyword",
    Token.Punctuation: "punctuation",
    Token.Generic.Heading: "heading",
    Token.Generic.Subheading: "heading",
    Token.Generic.Strong: "strong",
    Token.Generic.Emph: "emphasis",
}
_NUMBERS = {type: ROLES.index(role) for type, role in _ROLE_OF.items()}


@dataclass(frozen=True)
class Colored:
    """`lines` has for each line of the text pairs, one after the other: units of UTF-16, and the role that they have as an index of `ROLES`."""

    language: str
    lines: list[list[int]]


def colored(path: str, text: str) -> Colored | None:
    """The colours of a text that is called so; None where its language is not known."""
    lexer = _lexer(path, text)
    if lexer is None:
        return None
    lines: list[list[int]] = [[]]
    for type, value in _tokens(lexer, text):
        role = _role(type)
        for number, part in enumerate(value.split("\n")):
            if number:
                lines.append([])
            if part:
                _add(lines[-1], len(part) if part.isascii() else len(part.encode("utf-16-le")) // 2, role)
    return Colored(lexer.name, lines)


def _lexer(path: str, text: str) -> Lexer | None:
    name = path.rpartition("/")[2]
    try:
        lexer = get_lexer_for_filename(name, text[:10_000])
    except ClassNotFound:
        if not text.startswith("#!"):
            return None
        try:
            lexer = guess_lexer(text[: text.find("\n") + 1 or 200])
        except ClassNotFound:
            return None
    return None if lexer.name == "Text only" else lexer


def _tokens(lexer: Lexer, text: str) -> Iterator[tuple[_TokenType, str]]:
    """All of the text in stretches, in order, whatever a lexer leaves out or gives twice."""
    reached = 0
    # Many lexers count on a line end at the end of the text.
    for start, type, value in lexer.get_tokens_unprocessed(text if text.endswith("\n") else text + "\n"):
        end = min(start + len(value), len(text))
        if end <= reached:
            continue
        if start > reached:
            yield Token.Text, text[reached:start]
            reached = start
        yield type, text[reached:end]
        reached = end
    if reached < len(text):
        yield Token.Text, text[reached:]


def _role(type: _TokenType) -> int:
    """The role of a kind of token, or of the next wider kind that has one."""
    kind: _TokenType | None = type
    while kind is not None:
        if kind in _NUMBERS:
            return _NUMBERS[kind]
        kind = kind.parent
    return 0


def _add(line: list[int], units: int, role: int) -> None:
    if line and line[-1] == role:
        line[-2] += units
    else:
        line += (units, role)
