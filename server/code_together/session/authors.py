"""Who made something, as the API and commits say it: an account, or somebody who came with a git push."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, TypedDict

from msgspec import Meta

Moment = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
"""A moment in UTC, as `rfc3339` writes it."""

_ACCOUNT_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


@dataclass(frozen=True)
class Person:
    """A name and an address, as commits carry them. People are told apart by their address."""

    name: str
    email: str


class Author(TypedDict):
    """`name` is the account's, null for who has none here; `email` that of the commits."""

    name: str | None
    display_name: str
    email: str


def distinct(people: Iterable[Person]) -> list[Person]:
    """Each once, by address, in the order in which they come first."""
    found: dict[str, Person] = {}
    for person in people:
        found.setdefault(person.email, person)
    return [*found.values()]


def email_of(name: str, host: str) -> str:
    """The e-mail address that an account has in commits; `host` is the server's name without a port."""
    return f"{name}@{host}"


def author_body(name: str | None, display_name: str, email: str) -> Author:
    """An *author* of the contract."""
    return {"name": name, "display_name": display_name, "email": email}


def account_name(email: str, host: str) -> str | None:
    """The account that an e-mail address in a commit stands for, None if it is not one of this server's."""
    name, at, domain = email.rpartition("@")
    return name if at and domain == host and _ACCOUNT_NAME.fullmatch(name) else None


def rfc3339(seconds: float) -> Moment:
    """A moment in UTC, as the API writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
