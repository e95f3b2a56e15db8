"""Short ways to make revisions and windows in tests."""

import json
import subprocess
from collections.abc import Mapping, Sequence

from code_together.git import repository
from code_together.git.repository import Committed, FileChange, Person, WindowDocument
from code_together.git.textfile import UTF8, Format
from code_together.git.transport import environment
from code_together.ot.change import ChangeSet
from code_together.ot.text import Text

ANN = Person("Ann", "ann@host")
BOB = Person("Bob", "bob@host")
HOST = "host"


def put(path: str, files: Mapping[str, bytes | None], at: float = 1_000.0, message: str = "Upload") -> str:
    """Makes the newest revision: each file's bytes, or None where one goes."""
    parent = repository.head(path)
    changes = [FileChange(file, data) for file, data in files.items()]
    made = repository.commit_files(path, parent, changes, ANN, HOST, at, message)
    repository.move_ref(path, made.id, parent)
    return made.id


def typed(before: str, edits: Sequence[tuple[int, int, int, str]]) -> tuple[list[tuple[int, bytes]], str]:
    """Edits, as (person, from, to, text), one after another: the updates and the text in the end."""
    text = Text(before)
    updates = []
    for person, start, end, inserted in edits:
        change = ChangeSet.replace(len(text), start, end, inserted)
        text.apply(change)
        updates.append((person, json.dumps(change.to_json()).encode()))
    return updates, str(text)


def document(
    file: str,
    before: str,
    edits: Sequence[tuple[int, int, int, str]],
    *,
    id: int = 1,
    format: Format = UTF8,
) -> WindowDocument:
    updates, after = typed(before, edits)
    return WindowDocument(id, file, str(format), updates, 1, len(updates), len(Text(after)))


def window(
    path: str,
    documents: Sequence[WindowDocument],
    people: Sequence[Person],
    *,
    at: float = 2_000.0,
    message: str | None = None,
) -> Committed:
    """Commits a window and makes it the newest revision."""
    parent = repository.head(path)
    made = repository.commit_window(path, parent, list(documents), list(people), HOST, at, message, 50_000)
    repository.move_ref(path, made.id, parent)
    return made


def git(path: str, *arguments: str) -> str:
    """What the git binary says about a repository."""
    command = ["git", "--git-dir", path, *arguments]
    done = subprocess.run(command, env=environment(), capture_output=True, check=True)
    return done.stdout.decode(errors="replace")
