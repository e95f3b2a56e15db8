"""Invites: links, and short codes to be read out loud, that let people into a session. The database has their SHA-256 only."""

# Only constant lists of columns are put into the text of SQL; every value is bound.
# ruff: noqa: S608

from __future__ import annotations

import math
import re
import secrets
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, NoReturn

from code_together.config import Settings
from code_together.errors import Conflict, NotFound, Unprocessable
from code_together.session.roles import Role, at_least
from code_together.storage.accounts import Account
from code_together.storage.database import Database
from code_together.storage.logins import hash_secret
from code_together.storage.sessions import role_of, role_of_member, set_member

State = Literal["open", "expired", "used_up", "ended"]

LONGEST_HOURS: Final = 8760.0
MOST_USES: Final = 100_000
CODE_LETTERS: Final = "BCDFGHJKMNPQRSTVWXYZ"
"""No vowels, so that no word comes out, and no L: with I, O and U the letters that look like others."""
_CODE: Final = re.compile(rf"[{CODE_LETTERS}]{{9}}")
_BETWEEN: Final = re.compile(r"[\s.\u2010-\u2015-]+")
_KEPT_SECONDS: Final = 30 * 86_400.0
"""For so long after its end an invite is known, and its holder told what became of it."""


@dataclass(frozen=True)
class Invite:
    """Times are seconds since the epoch. `expires_at` and `max_uses` None: no end by itself."""

    id: int
    session: str
    maker: Account
    role: str
    created_at: float
    code_expires_at: float
    expires_at: float | None
    max_uses: int | None
    uses: int
    state: State


@dataclass(frozen=True)
class NewInvite:
    """An invite with its secrets, which are shown this once."""

    invite: Invite
    token: str
    code: str


@dataclass(frozen=True)
class Accepted:
    session: str
    title: str
    role: str
    """The role that the account has now: a better one than the invite's stays."""
    new: bool
    """Whether the invite has let it in, or given it more, just now."""


# An invite speaks for who made it: when that is no owner any more, it has ended (IN5).
_FROM: Final = (
    f"SELECT {Account.COLUMNS}, invites.id, invites.session_id, invites.role, invites.created_at,"
    " code_expires_at, expires_at, max_uses,"
    " (SELECT count(*) FROM invite_uses WHERE invite_id = invites.id),"
    " ended_at IS NOT NULL OR accounts.disabled OR members.account_id IS NULL"
    " FROM invites JOIN accounts ON accounts.id = invites.account_id"
    " LEFT JOIN members ON members.session_id = invites.session_id"
    " AND members.account_id = invites.account_id AND members.role = 'owner'"
)


class Invites:
    def __init__(
        self, database: Database, settings: Settings, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock

    async def create(
        self,
        session: str,
        account: int,
        role: str,
        expires_hours: float | None = None,
        max_uses: int | None = None,
    ) -> NewInvite:
        """A new invite into the session by the account, with its token and its code.

        Raises `Unprocessable` (`bad_role`, `bad_expiry`, `bad_uses`), `Conflict` (`too_many_invites`).
        """
        _check(role, expires_hours, max_uses)
        token = secrets.token_urlsafe(16)
        code = "".join(secrets.choice(CODE_LETTERS) for _ in range(9))
        now = self._clock()
        expires_at = None if expires_hours is None else now + expires_hours * 3600
        code_expires_at = now + self._settings.invite_code_minutes * 60
        most = self._settings.invites_per_session

        def work(connection: sqlite3.Connection) -> Invite:
            connection.execute(
                "DELETE FROM invites WHERE ended_at < :then OR expires_at < :then",
                {"then": now - _KEPT_SECONDS},
            )
            (count,) = connection.execute(
                "SELECT count(*) FROM invites WHERE session_id = ? AND ended_at IS NULL"
                " AND (expires_at IS NULL OR expires_at > ?)",
                (session, now),
            ).fetchone()
            if count >= most:
                raise Conflict(
                    f"This session has {count} invite links already; end one first.", code="too_many_invites"
                )
            cursor = connection.execute(
                "INSERT INTO invites (session_id, account_id, role, token_hash, code_hash, code_expires_at,"
                " created_at, expires_at, max_uses) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(session, account, role, hash_secret(token), hash_secret(code)),
                    *(code_expires_at, now, expires_at, max_uses),
                ),
            )
            row = connection.execute(f"{_FROM} WHERE invites.id = ?", (cursor.lastrowid,)).fetchone()
            return _invite(row, now)

        return NewInvite(await self._database.write(work), token, "-".join((code[:3], code[3:6], code[6:])))

    async def list(self, session: str) -> list[Invite]:
        """The session's invites that nobody has ended, newest first, used up and expired ones included."""
        now = self._clock()

        def work(connection: sqlite3.Connection) -> list[Invite]:
            rows = connection.execute(
                f"{_FROM} WHERE invites.session_id = ? AND ended_at IS NULL ORDER BY invites.id DESC",
                (session,),
            )
            invites = [_invite(row, now) for row in rows]
            return [invite for invite in invites if invite.state != "ended"]

        return await self._database.read(work)

    async def end(self, session: str, id: int) -> bool:
        """End an invite of the session; False if it has none with this id that stands."""
        now = self._clock()
        return await self._database.write(
            lambda connection: (
                connection.execute(
                    "UPDATE invites SET ended_at = ? WHERE session_id = ? AND id = ? AND ended_at IS NULL",
                    (now, session, id),
                ).rowcount
                == 1
            )
        )

    async def look(self, secret: str) -> tuple[Invite, str]:
        """What an open invite's token or code is for: the invite, and the session's title.

        Raises `NotFound`: `no_such_invite`, or `invite_gone` with what became of it.
        """
        now = self._clock()

        def work(connection: sqlite3.Connection) -> tuple[Invite, str]:
            invite = _find(connection, secret, now)
            if invite.state != "open":
                _gone(invite)
            return invite, _title(connection, invite.session)

        return await self._database.read(work)

    async def accept(self, secret: str, account: int) -> Accepted:
        """Makes the account a member. Raises `NotFound` (`no_such_invite`, `invite_gone`)."""
        return await self._database.write(lambda connection: self.take(connection, secret, account))

    def take(self, connection: sqlite3.Connection, secret: str, account: int) -> Accepted:
        """`accept` as a part of a transaction: of several who want the last seat one gets it (IN3).

        An invite lets an account in once (IN4): used again it only says what is, so that an answer that was
        lost can be asked for again, and so that who was removed, or given a lower role, stays so.
        """
        now = self._clock()
        invite = _find(connection, secret, now)
        member = role_of_member(connection, invite.session, account)
        present = role_of(connection, invite.session, account)
        used = connection.execute(
            "SELECT 1 FROM invite_uses WHERE invite_id = ? AND account_id = ?", (invite.id, account)
        ).fetchone()
        # who is let in as everyone on the network is becomes a member even with the same role
        enough = present is not None and at_least(present, invite.role)
        enough = enough and (member is not None or present != invite.role)
        if invite.state in ("ended", "expired"):
            _gone(invite)
        if used and member is None:
            raise NotFound(
                "This invite has let you in before, and you are not in any more. An owner of the session"
                " can add you again.",
                code="invite_gone",
            )
        new = not used and not enough
        if new:
            if invite.state != "open":
                _gone(invite)
            connection.execute(
                "INSERT INTO invite_uses (invite_id, account_id, at) VALUES (?, ?, ?)",
                (invite.id, account, now),
            )
            set_member(connection, invite.session, account, invite.role)
            present = role_of(connection, invite.session, account)
        assert present is not None
        return Accepted(invite.session, _title(connection, invite.session), present, new)


def is_code(secret: str) -> bool:
    """Whether this is a short code, and not a token; blanks, dashes and the case of letters do not matter."""
    return _code(secret) is not None


def _code(secret: str) -> str | None:
    letters = _BETWEEN.sub("", secret).upper() if len(secret) <= 40 else ""
    return letters if _CODE.fullmatch(letters) else None


def _find(connection: sqlite3.Connection, secret: str, now: float) -> Invite:
    code = _code(secret)
    if code is None:
        row = connection.execute(f"{_FROM} WHERE token_hash = ?", (hash_secret(secret),)).fetchone()
    else:
        row = connection.execute(
            f"{_FROM} WHERE code_hash = ? AND code_expires_at > ?", (hash_secret(code), now)
        ).fetchone()
    if row is None:
        sentence = (
            "There is no such invite link. It may be cut short, or its session was deleted."
            if code is None
            else "There is no such code, or its time is over. Ask for a new one."
        )
        raise NotFound(sentence, code="no_such_invite")
    return _invite(row, now)


def _invite(row: tuple[Any, ...], now: float) -> Invite:
    maker = Account.from_row(row)
    id, session, role, created_at, code_expires_at, expires_at, max_uses, uses, ended = row[7:]
    state: State = "open"
    if ended:
        state = "ended"
    elif expires_at is not None and expires_at <= now:
        state = "expired"
    elif max_uses is not None and uses >= max_uses:
        state = "used_up"
    return Invite(id, session, maker, role, created_at, code_expires_at, expires_at, max_uses, uses, state)


def _gone(invite: Invite) -> NoReturn:
    what = {
        "expired": "The time of this invite is over.",
        "used_up": "This invite has been used as often as it can be.",
        "ended": "This invite has been ended by an owner of the session.",
    }[invite.state]
    raise NotFound(f"{what} Ask for a new one.", code="invite_gone")


def _title(connection: sqlite3.Connection, session: str) -> str:
    (title,) = connection.execute("SELECT title FROM sessions WHERE id = ?", (session,)).fetchone()
    return str(title)


def _check(role: str, expires_hours: float | None, max_uses: int | None) -> None:
    if role not in tuple(Role):
        raise Unprocessable(f"There is no role {role!r}; the roles are {', '.join(Role)}.", code="bad_role")
    if expires_hours is not None and not (
        math.isfinite(expires_hours) and 0 < expires_hours <= LONGEST_HOURS
    ):
        raise Unprocessable(
            f"An invite lasts for more than 0 and up to {LONGEST_HOURS:.0f} hours.", code="bad_expiry"
        )
    if max_uses is not None and not 0 < max_uses <= MOST_USES:
        raise Unprocessable(f"An invite has 1 to {MOST_USES} uses.", code="bad_uses")
