"""Who a request is from: a browser's login cookie, a script's bearer token, or git's Basic credentials.

Each way has its place: cookies and bearer tokens under /api, Basic under /git alone, so that a page of another site
that makes a browser send its cookie never reaches a repository (GT2).
"""

from __future__ import annotations

import base64
import hmac
import logging
import secrets
import time
from dataclasses import dataclass
from typing import Literal

from aiohttp import web
from aiohttp_session import AbstractStorage, Session, SessionData, get_session, new_session

from code_together.config import Settings
from code_together.errors import NotLoggedIn, TooFast
from code_together.http.keys import ACCOUNTS, LOGINS, REGISTRY, TOKENS
from code_together.http.proxies import client
from code_together.http.throttle import LOGIN_THROTTLE, client_address
from code_together.storage.accounts import Account
from code_together.storage.logins import hash_secret

log = logging.getLogger(__name__)

PASSWORD_REMEMBERED = 300.0
"""Seconds for which a password that was right need not be hashed again: a clone makes several requests."""

Scope = Literal["read", "write"]
Way = Literal["login", "basic"]


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a request is from, and how far it may go."""

    account: Account
    scope: Scope
    login: bytes | None
    """The hash of the cookie's login, None for tokens and passwords; a log-out closes the sockets that carry it."""
    token: int | None = None
    """The access token's id, None for anything else; its end closes the sockets that carry it."""


class RememberedPasswords:
    """Passwords that were right a little while ago: a clone shall not cost a slow hash for each of its requests.

    Neither the passwords nor anything that they could be tried against outside this process is kept. The key holds
    the stamp of the account's password, so that none outlives a change.
    """

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._until: dict[bytes, float] = {}

    def add(self, name: str, password: str, stamp: bytes) -> None:
        now = time.monotonic()
        self._until = {key: until for key, until in self._until.items() if until > now}
        self._until[self._key(name, password, stamp)] = now + PASSWORD_REMEMBERED

    def has(self, name: str, password: str, stamp: bytes) -> bool:
        return self._until.get(self._key(name, password, stamp), 0.0) > time.monotonic()

    def _key(self, name: str, password: str, stamp: bytes) -> bytes:
        parts = (name.encode(), stamp, password.encode())
        return hmac.digest(self._secret, b"".join(len(p).to_bytes(4, "big") + p for p in parts), "sha256")


REMEMBERED = web.AppKey("remembered", RememberedPasswords)
IDENTITY = web.RequestKey("identity", Identity)
_ACCOUNT = web.RequestKey("account", Account)
"""Whose login the browser's cookie stands for, where it stands for one."""


class CookieStorage(AbstractStorage):
    """aiohttp-session's storage over the table of logins: the cookie is a random id, all else is here (AC3).

    A login is made by `log_in`; nothing is kept in the session but the account.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(max_age=int(settings.login_days * 86_400))

    async def load_session(self, request: web.Request) -> Session:
        secret = request.cookies.get(_cookie_name(request))
        login = await request.app[LOGINS].find(secret) if secret else None
        if secret is None or login is None:
            return Session(None, data=None, new=True, max_age=self.max_age)
        request.app[LOGINS].touch(login)
        request[_ACCOUNT] = login.account
        data = SessionData(created=int(login.created_at), session={"account": login.account.id})
        return Session(secret, data=data, new=False, max_age=self.max_age)

    async def save_session(
        self, request: web.Request, response: web.StreamResponse, session: Session
    ) -> None:
        secret = "" if session.empty else str(session.identity)
        # not del_cookie(), which leaves out what a __Host- cookie must have
        response.set_cookie(
            _cookie_name(request),
            secret,
            max_age=self.max_age if secret else 0,
            path="/",
            secure=client(request).encrypted or None,
            httponly=True,
            samesite="Lax",
        )


def _cookie_name(request: web.Request) -> str:
    """With the prefix that no page in the clear, and no other host, can give a cookie, where the browser came by TLS."""
    return "__Host-code_together" if client(request).encrypted else "code_together"


async def log_in(request: web.Request, account: Account) -> None:
    """Makes a login with a new id for the browser; the one that it had ends (session fixation)."""
    await end_login(request)
    session = await new_session(request)
    secret = await request.app[LOGINS].create(
        account.id, client(request).address, request.headers.get("User-Agent", "")[:200]
    )
    session.set_new_identity(secret)
    session["account"] = account.id


async def end_login(request: web.Request) -> None:
    """Ends the login that the browser's cookie stands for, if it has one, and closes its sockets (AC4)."""
    session = await get_session(request)
    secret = session.identity
    if session.new or secret is None:
        return
    await request.app[LOGINS].end(secret)
    session.invalidate()
    await request.app[REGISTRY].login_ended(hash_secret(secret))


async def end_other_logins(request: web.Request, account: Account) -> None:
    """Ends every login of the account but the one that asks, and closes their sockets (AC4)."""
    session = await get_session(request)
    for login in await request.app[LOGINS].end_all(account.id, except_secret=session.identity):
        await request.app[REGISTRY].login_ended(login)


async def identify(request: web.Request, way: Way) -> Identity:
    """Whom the request is from. Raises `NotLoggedIn`, or `TooFast` after too many wrong passwords."""
    header = request.headers.get("Authorization")
    if way == "basic":
        return await _by_basic(request, header)
    if header is not None:
        return await _by_token(request, header)
    return await _by_cookie(request)


async def _by_cookie(request: web.Request) -> Identity:
    session = await get_session(request)
    account = request.get(_ACCOUNT) if "account" in session else None
    if account is None or account.disabled:
        raise NotLoggedIn("You are not logged in.")
    return Identity(account, "write", hash_secret(str(session.identity)))


async def _by_token(request: web.Request, header: str) -> Identity:
    kind, _, secret = header.partition(" ")
    if kind.lower() != "bearer":
        raise NotLoggedIn("The API takes a login or an access token (Authorization: Bearer …).")
    if identity := await _token(request, secret.strip()):
        return identity
    raise NotLoggedIn("The access token is unknown or has expired.", code="bad_token")


async def _token(request: web.Request, secret: str) -> Identity | None:
    token = await request.app[TOKENS].find(secret)
    account = await request.app[ACCOUNTS].by_id(token.account) if token else None
    if token is None or account is None or account.disabled:
        return None
    return Identity(account, token.scope, None, token.id)


async def _by_basic(request: web.Request, header: str | None) -> Identity:
    if header is None:
        raise NotLoggedIn("Give your name, and an access token or your password.")
    name, password = _decode_basic(header)
    identity = await _token(request, password)
    if identity is not None and identity.account.name == name:
        return identity
    return Identity(await _by_remembered_password(request, name, password), "write", None)


async def _by_remembered_password(request: web.Request, name: str, password: str) -> Account:
    remembered, accounts = request.app[REMEMBERED], request.app[ACCOUNTS]
    stamp = await accounts.password_stamp(name)
    if stamp is not None and remembered.has(name, password, stamp):
        account = await accounts.by_name(name)
        if account is not None and not account.disabled:
            return account
    account = await check_password(request, name, password)
    if stamp is not None:
        remembered.add(name, password, stamp)
    return account


def _decode_basic(header: str) -> tuple[str, str]:
    """The name and password of RFC 7617, in UTF-8. Raises `NotLoggedIn`."""
    kind, _, encoded = header.partition(" ")
    try:
        if kind.lower() != "basic":
            raise ValueError
        name, _, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError:
        raise NotLoggedIn("Git logs in with a name, and an access token or a password.") from None
    return name, password


async def check_password(request: web.Request, name: str, password: str) -> Account:
    """The account, if the password is its own. Raises `NotLoggedIn` (`bad_login`), `TooFast`."""
    try:
        async with request.app[LOGIN_THROTTLE].attempt(name, client_address(request)):
            return await request.app[ACCOUNTS].authenticate(name, password)
    except (NotLoggedIn, TooFast) as error:
        # a name that nobody has may be a password in the wrong field
        known = await request.app[ACCOUNTS].by_name(name)
        fields = {"account": known.name if known else None, "address": client(request).address}
        event = "login failed" if isinstance(error, NotLoggedIn) else "login throttled"
        log.warning(event, extra={"fields": fields})
        raise
