"""Whatever comes from outside into the parser of messages, a change or a path is taken or refused with a sentence: nothing else happens.

`FUZZ_EXAMPLES` makes it longer. An input that once broke something stays as an `@example`.
"""

# What is refused may be refused; only what the refusal says is looked at.
# ruff: noqa: PT017

from __future__ import annotations

import json
import os
import subprocess
import unicodedata
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from code_together.errors import BadChanges, CodeTogetherError, Malformed, Unprocessable
from code_together.ot.change import ChangeSet
from code_together.ot.text import Text
from code_together.session import protocol
from code_together.session.paths import check_path

LONG = int(os.environ.get("FUZZ_EXAMPLES", "0"))
fuzz = settings(
    max_examples=LONG or 150,
    deadline=None,
    derandomize=not LONG,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)

odd_numbers = st.sampled_from(
    [
        -1,
        0,
        1,
        2**31,
        2**32,
        2**53,
        2**63,
        2**64,
        10**30,
        0.0,
        -0.0,
        0.5,
        1e308,
        float("inf"),
        float("nan"),
        True,
        False,
        None,
    ]
)
odd_texts = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", "\0", "\n", "\r", "\r\n", "a\nb", "\ud800", "\udc00", "😀", "__proto__", "\u2028", "x" * 70_000]
    ),
)
words = st.sampled_from(
    [
        "type",
        "protocol",
        "client",
        "path",
        "doc",
        "version",
        "seq",
        "changes",
        "ranges",
        "text",
        "key",
        "__proto__",
        "constructor",
    ]
)
types = st.sampled_from(
    ["hello", "open", "push", "select", "close", "chat", "ping", "presence", "view", "welcome", "x"]
)
anything = st.recursive(
    st.one_of(odd_numbers, st.integers(), st.floats(), odd_texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=6), st.dictionaries(st.one_of(words, odd_texts), inner, max_size=6)
    ),
    max_leaves=20,
)
parts = st.one_of(
    st.integers(-2, 12),
    st.lists(st.one_of(st.integers(-2, 12), odd_texts), max_size=4),
    anything,
)
changes = st.one_of(st.lists(parts, max_size=8), anything)
messages = st.fixed_dictionaries(
    {"type": types},
    optional={
        "protocol": anything,
        "client": anything,
        "path": st.one_of(odd_texts, anything),
        "doc": st.one_of(st.integers(-1, 3), anything),
        "version": st.one_of(st.integers(-1, 3), anything),
        "seq": st.one_of(st.integers(-1, 3), anything),
        "changes": st.one_of(st.lists(changes, max_size=3), anything),
        "ranges": st.one_of(st.lists(st.lists(st.integers(-1, 9), max_size=3), max_size=3), anything),
        "text": anything,
        "x": anything,
    },
)


def as_json(value: Any) -> str:
    return json.dumps(value)  # NaN, Infinity and lone surrogates included


@fuzz
@given(
    st.one_of(
        messages.map(as_json),
        anything.map(as_json),
        st.text(),
        st.binary(),
        messages.map(as_json).map(lambda t: t[:-1]),
    )
)
@example("[" * 100_000)
@example('{"type":"push","doc":1,"version":0,"seq":' + "9" * 5_000 + ',"changes":[[]]}')
@example('{"type":"chat","text":"\\ud800"}')
@example('{"type":"push","doc":1,"version":0,"seq":1,"changes":[[[0,"\\ud800"]]]}')
@example(b"\xff\xfe{}")
def test_messages(sent: str | bytes) -> None:
    """RM5, W8: what is sent is a message, or it is malformed; its changes are changes, or they are refused."""
    try:
        message = protocol.parse(sent)
    except (Malformed, BadChanges) as error:
        error.message.encode()
        return
    if isinstance(message, protocol.Push):
        assert 0 < message.seq < 2**53
        try:
            protocol.parse_changes(message, max_updates=10, max_parts=1_000)
        except BadChanges as error:
            error.message.encode()


@fuzz
@given(changes, st.text(st.sampled_from("ab\n\r😀é"), max_size=12))
@example([[0, "a\nb"]], "")
@example([[0, "\ud83d"], 1], "a")
@example([True], "a")
@example([1e18], "a")
@example([[2**63]], "a")
@example([1, [0, "x"]], "😀")
def test_changes(wire: Any, text: str) -> None:
    """OT2, OT3, W9 to W12: what passes is written as it was read, fits a text of its length alone, and leaves it text that can be saved."""
    try:
        change = ChangeSet.from_json(wire, max_parts=1_000)
    except BadChanges as error:
        error.message.encode()
        return
    assert ChangeSet.from_json(change.to_json()) == change
    assert change.length >= 0
    assert change.new_length >= 0
    before = Text(text)
    fits = change.length == len(before)
    try:
        before.apply(change)
    except CodeTogetherError as error:
        assert not fits or "😀" in text, error.message
        assert str(before) == text, "a change that was refused has changed the text"
        return
    assert fits
    assert len(before) == change.new_length
    str(before).encode()


NAMES = [
    "a",
    "A",
    "..",
    ".",
    "",
    ".git",
    ".GIT",
    "git~1",
    "con",
    "x ",
    "\u200c",
    "é",
    "e\u0301",
    "😀",
    "\ud800",
]
pieces = st.one_of(st.sampled_from([*NAMES, "\0", "\n", "\\", ":", "-rf"]), st.text(max_size=6))
path_texts = st.builds(str.join, st.sampled_from(["/", "", "//", "/./"]), st.lists(pieces, max_size=8))


@fuzz
@given(path_texts)
@example(".GIT/config")
@example(".g\u200cit")
@example("a/.git::$INDEX_ALLOCATION")
@example("\ufeff.git")
@example("x" * 1_025)
def test_paths(path: str) -> None:
    """WN8, T1, T3: a path that passes stays in its folder on every system, and no part of it is a spelling of `.git`."""
    try:
        assert check_path(path) == path
    except Unprocessable as error:
        assert error.code == "bad_path"
        error.message.encode()
        return
    assert os.path.normpath(path) == path
    assert not path.startswith("/")
    assert not set(path) & set('\\:*?"<>|\0\n')
    assert 0 < len(path.encode()) <= 1_024
    for part in path.split("/"):
        assert part not in ("", ".", "..")
        shown = "".join(
            c for c in unicodedata.normalize("NFKC", part) if unicodedata.category(c) != "Cf"
        ).casefold()
        assert shown.strip(" .") != "git" or not shown.startswith("."), part


def test_git_takes_what_passes(tmp_path: Path) -> None:
    """T3: git itself, at its strictest, finds no fault with a path that passes."""
    good = ["a", "src/x.py", ".gitignore", "-rf", "é/ü.txt", "git", "x.git", "😀.md"]
    git = ["git", "-C", str(tmp_path), "-c", "core.protectNTFS=true", "-c", "core.protectHFS=true"]
    subprocess.run([*git, "init", "-q"], check=True)
    blob = (
        subprocess.run([*git, "hash-object", "-w", "--stdin"], input=b"x", check=True, capture_output=True)
        .stdout.decode()
        .strip()
    )
    for path in good:
        assert check_path(path) == path
        subprocess.run([*git, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}"], check=True)
