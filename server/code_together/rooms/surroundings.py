"""What all rooms of a server share."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from code_together.config import Settings
from code_together.rooms.receiving import Receiving
from code_together.rooms.workers import Workers
from code_together.storage.accounts import Accounts
from code_together.storage.chat import Chat
from code_together.storage.clashes import Clashes
from code_together.storage.comments import Comments
from code_together.storage.journal import Journal
from code_together.storage.revisions import Revisions
from code_together.storage.seen import Seen
from code_together.storage.sessions import Sessions
from code_together.storage.summaries import Summaries


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`host` is the server's name in e-mail addresses of commits; `repositories` the folder of the bare repositories."""

    settings: Settings
    workers: Workers
    journal: Journal
    accounts: Accounts
    sessions: Sessions
    chat: Chat
    clashes: Clashes
    comments: Comments
    revisions: Revisions
    seen: Seen
    summaries: Summaries
    host: str
    repositories: Path
    receiving: Receiving = field(default_factory=Receiving)
