"""An independent reader of git-appraise's notes, written from its schema and from what Go's `encoding/json` does; nothing of the server is used.

It computes ids, checks locations against the repository as that tool does before it shows them, and builds threads.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from tests.compat.running import git

ORDER = ["timestamp", "author", "original", "parent", "location", "description", "resolved", "v", "signature"]
PLACE = ["commit", "path", "range"]
RANGE = ["startLine", "startColumn", "endLine", "endColumn"]


def quote(text: str) -> str:
    """A string as Go writes it."""
    short = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
    out = []
    for character in text:
        if character in short:
            out.append(short[character])
        elif ord(character) < 0x20 or character in "<>&\u2028\u2029":
            out.append("\\u" + format(ord(character), "04x"))
        else:
            out.append(character)
    return '"' + "".join(out) + '"'


def write(value: object, order: list[str] | None = None) -> str:
    if isinstance(value, dict):
        names = order or ORDER
        inner = {"location": PLACE, "range": RANGE}
        kept = [name for name in names if name in value]
        return "{" + ",".join(f"{quote(name)}:{write(value[name], inner.get(name))}" for name in kept) + "}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else quote(str(value))


def id_of(line: str) -> str:
    """The id that the tool computes of a line: the SHA-1 of what it would write."""
    return hashlib.sha1(write(json.loads(line)).encode(), usedforsecurity=False).hexdigest()


def check_line(line: str) -> dict[str, Any]:
    """Asserts that a line is one that the tool itself would have written, byte for byte, and by its schema."""
    value: dict[str, Any] = json.loads(line)
    assert set(value) <= set(ORDER)
    assert write(value) == line
    assert len(value["timestamp"]) == 10
    assert value["timestamp"].isdigit()
    assert value["author"]
    assert "" not in value.values()
    assert isinstance(value.get("resolved", True), bool)
    assert "v" not in value
    return value


def check_location(repository: str | Path, place: dict[str, Any]) -> str:
    """Asserts what the tool checks before it shows a comment; gives the text that the range covers, as it counts."""
    shown = git("show", f"{place['commit']}:{place['path']}", at=str(repository)).encode()
    lines = shown.split(b"\n")
    span = place["range"]
    first, last = span["startLine"], span.get("endLine", 0)
    start, end = span.get("startColumn", 0), span.get("endColumn", 0)
    assert 1 <= first <= len(lines)
    assert start <= len(lines[first - 1])
    assert last <= len(lines)
    assert not last or first <= last
    assert not end or (last and end <= len(lines[last - 1]))
    covered = lines[first - 1 : (last or first)]
    if end:
        covered[-1] = covered[-1][:end]
    if start:
        covered[0] = covered[0][start - 1 :]
    return b"\n".join(covered).decode()


def threads(lines: list[str]) -> dict[str, dict[str, Any]]:
    """The first comments of the threads by id, each as its newest edit says, with `answers` and the thread's `state`."""
    comments = {id_of(line): json.loads(line) for line in lines}
    newest = dict(comments)
    for edit in sorted(comments.values(), key=lambda one: str(one["timestamp"])):
        if "original" in edit and edit["original"] in comments:
            newest[edit["original"]] = edit
    built: dict[str, dict[str, Any]] = {
        id: {**newest[id], "answers": []} for id, one in comments.items() if "original" not in one
    }
    for id, one in comments.items():
        if "original" not in one and one.get("parent") in built:
            built[one["parent"]]["answers"].append(built[id])
    roots = {id: one for id, one in built.items() if "parent" not in comments[id]}
    for one in roots.values():
        one["state"] = state(one)
    return roots


def state(thread: dict[str, Any]) -> bool | None:
    """What the tool says of a thread: None remark, True settled, False to be seen to."""
    below = [verdict for verdict in map(state, thread["answers"]) if verdict is not None]
    if not below:
        return thread.get("resolved")
    if not all(below):
        return False
    return True if thread.get("resolved") else None
