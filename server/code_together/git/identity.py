"""People in commits: names that every Git can read again, whatever the database says (rule WN11)."""

from __future__ import annotations

import re
import unicodedata

import pygit2

from code_together.session.authors import Person

__all__ = ["Person", "clean", "one_line", "seconds", "server", "signature"]

_NAME_LENGTH = 100
_MAIL_LENGTH = 254
_JOINERS = "\u200c\u200d"  # the only format characters that spell names and emoji
_CRUD = " .,:;\"'\\"  # what Git itself trims from the ends of names
_LATEST = 253402300799  # the last second of the year 9999, beyond which dates have no RFC 3339 form


def server(host: str) -> Person:
    """The committer of everything, and the author of a window's merge."""
    return Person("code_together", f"server@{host}")


def clean(person: Person) -> Person:
    """The same person without line breaks, controls, direction overrides, `<` and `>`, and never nameless."""
    email = re.sub(r"[\s<>]", "", one_line(person.email))[:_MAIL_LENGTH].strip(_CRUD) or "nobody@invalid"
    name = one_line(re.sub(r"[<>]", " ", person.name))[:_NAME_LENGTH].strip(_CRUD)
    name = name or email.partition("@")[0] or "nobody"
    return Person(name, email)


def one_line(text: str) -> str:
    """The text as one line of printable characters with single spaces between words."""
    return " ".join("".join(map(_shown, text)).split())


def signature(person: Person, at: float) -> pygit2.Signature:
    """At whole seconds, UTC."""
    person = clean(person)
    return pygit2.Signature(person.name, person.email, seconds(at), 0, "utf-8")


def seconds(at: float) -> int:
    """Seconds since the epoch as Git keeps them, within the years that have a date."""
    return int(min(max(at, 0), _LATEST))


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Cs", "Zl", "Zp"):
        return " "
    return "" if category == "Cf" and character not in _JOINERS else character
