"""What all rooms of a server share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from code_together.config import Settings
from code_together.rooms.workers import Workers
from code_together.storage.accounts import Accounts
from code_together.storage.chat import Chat
from code_together.storage.journal import Journal
from code_together.storage.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`host` is the server's name in e-mail addresses of commits; `repositories` the folder of the bare repositories."""

    settings: Settings
    workers: Workers
    journal: Journal
    accounts: Accounts
    sessions: Sessions
    chat: Chat
    host: str
    repositories: Path
