"""What the handlers find on `request.app` and on the request."""

from __future__ import annotations

from aiohttp import web

from code_together.config import Settings
from code_together.rooms.registry import Registry
from code_together.storage.accounts import Accounts
from code_together.storage.audit import Audit
from code_together.storage.chat import Chat
from code_together.storage.database import Database
from code_together.storage.invites import Invites
from code_together.storage.logins import Logins
from code_together.storage.options import Options
from code_together.storage.playback import Playback
from code_together.storage.resets import Resets
from code_together.storage.sessions import Sessions
from code_together.storage.tokens import Tokens

SETTINGS = web.AppKey("settings", Settings)
DATABASE = web.AppKey("database", Database)
HOST = web.AppKey("host", str)
"""The server's name without a port, as it stands in the e-mail addresses of commits."""
NAMES = web.AppKey("names", set[str])
"""The host names under which browsers may reach this server, beside addresses and localhost."""
ACCOUNTS = web.AppKey("accounts", Accounts)
LOGINS = web.AppKey("logins", Logins)
TOKENS = web.AppKey("tokens", Tokens)
SESSIONS = web.AppKey("sessions", Sessions)
INVITES = web.AppKey("invites", Invites)
CHAT = web.AppKey("chat", Chat)
AUDIT = web.AppKey("audit", Audit)
OPTIONS = web.AppKey("options", Options)
RESETS = web.AppKey("resets", Resets)
PLAYBACK = web.AppKey("playback", Playback)
REGISTRY = web.AppKey("registry", Registry)
