"""Short ways to make revisions and windows in tests."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from itertools import islice, product

from code_together.git import repository
from code_together.git.comparing import Most
from code_together.git.repository import Committed, FileChange, Person, WindowDocument
from code_together.git.transport import environment
from code_together.ot.change import ChangeSet
from code_together.ot.text import Text
from code_together.session.textfile import UTF8, Format

ANN = Person("Ann", "ann@host")
BOB = Person("Bob", "bob@host")
HOST = "host"
MOST = Most(100, 1_000_000, 1_000_000, 60.0)


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


def blob(path: str, data: bytes = b"") -> str:
    """Puts a file's content into the repository; gives its id."""
    return _fed(path, data, "hash-object", "-w", "--stdin")


def made_tree(path: str, *entries: str) -> str:
    """A folder of these lines of `git ls-tree`, whatever is in them; gives its id."""
    return _fed(path, "\n".join(entries).encode(), "mktree", "--missing")


def raw_tree(path: str, *entries: str) -> str:
    """The same, also of what git would not make."""
    data = b""
    for entry in entries:
        head, _, name = entry.partition("\t")
        mode, _, id = head.split(" ")
        data += f"{mode} {name}".encode() + b"\0" + bytes.fromhex(id)
    return _fed(path, data, "hash-object", "-t", "tree", "-w", "--literally", "--stdin")


def _fed(path: str, data: bytes, *arguments: str) -> str:
    command = ["git", "--git-dir", path, *arguments]
    done = subprocess.run(command, env=environment(), input=data, capture_output=True, check=True)
    return done.stdout.decode().strip()


def colliding(count: int) -> list[str]:
    """Different lines that git's way of comparing takes for candidates of each other, for they have one hash: it needs their square in time."""
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    state = 5381
    steps: list[tuple[str, str]] = []
    while 2 ** len(steps) < count:
        seen: dict[int, str] = {}
        for one, two in product(letters, repeat=2):
            new = ((((state * 33) ^ ord(one)) * 33) ^ ord(two)) % 2**64
            if new in seen:
                steps.append((seen[new], one + two))
                state = new
                break
            seen[new] = one + two
    return ["".join(parts) for parts in islice(product(*steps), count)]
