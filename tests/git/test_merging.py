"""What a push does, planned and written, in a repository without a room."""

from __future__ import annotations

import subprocess

import pytest

from code_together.errors import CodeTogetherError
from code_together.git import merging, repository
from code_together.git.changes import Landing
from code_together.git.merging import Plan
from tests.compat.running import complaints
from tests.git.making import ANN, HOST, blob, git, made_tree, put

NOW = 2_000_000_000.0


def pushed(path: str, base: str, files: dict[str, bytes | None], at: int = 1_500_000_000) -> str:
    """A commit on `base` that no ref names."""
    at_base = repository.commit_files(
        path,
        base,
        [repository.FileChange(file, data) for file, data in files.items()],
        ANN,
        HOST,
        at,
        "Pushed",
    )
    return at_base.id


def plan(path: str, commit: str, formats: dict[str, str] | None = None, most: int = 100) -> Plan:
    head = repository.head(path)
    return merging.plan(path, head, commit, formats or {}, "ann", units=10_000, most=most)


def write(path: str, commit: str, made: Plan) -> str:
    """Writes what was planned where nobody types: as the room does for files that are no documents."""
    head = repository.head(path)
    files = []
    for change in made.changes:
        text = None
        if change.merged and change.edit is not None and change.path is not None and head is not None:
            text = change.edit.apply(repository.read(path, head, change.path).decode())
        blob = None if text is not None else change.blob
        files.append(Landing(change.path, change.to, change.mode, blob, text, change.format))
    done, _ = merging.write(path, head, commit, files, made.straight, ANN, HOST, NOW, merging.message(made))
    repository.move_ref(path, done.id, head)
    return done.id


def shown(path: str, commit: str) -> dict[str, bytes]:
    return {entry.path: repository.read(path, commit, entry.path) for entry in repository.files(path, commit)}


def test_as_pushed(path: str) -> None:
    """PU3: with nothing to join the pushed commit is the revision."""
    base = put(path, {"a": b"a\n", "gone": b"x\n"})
    commit = pushed(path, base, {"a": b"b\n", "new/file": b"n\n", "gone": None})
    made = plan(path, commit)
    assert (made.straight, made.commits, made.subject, made.joined) == (True, 1, "Pushed", [])
    assert write(path, commit, made) == commit
    assert plan(path, commit).known
    assert plan(path, base).known


@pytest.mark.parametrize("at", [NOW + 100_000, NOW + 1_000, 5])
def test_clocks(path: str, at: int) -> None:
    """PU3: a commit of a clock that is ahead, or older than what it is made on, is the revision as well; the next one has its own time."""
    base = put(path, {"a": b"a\n"}, at=1_000.0)
    tree = git(path, "rev-parse", "main^{tree}").strip()
    commit = subprocess.run(
        ["git", "--git-dir", path, "hash-object", "-t", "commit", "-w", "--stdin"],
        input=f"tree {tree}\nparent {base}\nauthor x <x@x> {int(at)} +0000\ncommitter x <x@x> {int(at)} +0000\n\nx\n".encode(),
        capture_output=True,
        check=True,
    )
    id = commit.stdout.decode().strip()
    made = plan(path, id)
    assert (made.straight, made.commits, made.joined) == (True, 1, [])
    assert write(path, id, made) == id
    put(path, {"a": b"b\n"}, at=NOW)
    date = at if at == NOW + 1_000 else NOW
    assert git(path, "log", "-1", "--format=%ct", "main").strip() == str(int(date))


def test_a_merge_made_at_home(path: str) -> None:
    """PU3: a pushed merge whose first parent is not the newest revision is joined, so that the line of first parents keeps it."""
    base = put(path, {"a": b"a\n"})
    head = put(path, {"b": b"b\n"})
    own = pushed(path, base, {"c": b"c\n"})
    tree = pushed(path, head, {"c": b"c\n"})
    merge = git(
        path,
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@x",
        "commit-tree",
        "-p",
        own,
        "-p",
        head,
        "-m",
        "Merge",
        f"{tree}^{{tree}}",
    ).strip()
    made = plan(path, merge)
    assert (made.straight, made.changes != []) == (False, True)
    joined = write(path, merge, made)
    assert git(path, "rev-list", "--first-parent", joined).split() == [joined, head, base]
    assert shown(path, joined) == {"a": b"a\n", "b": b"b\n", "c": b"c\n"}


def test_both_sides(path: str) -> None:
    """PU2, PU4, PU5: renames of both sides, deletions that lose against edits, files that both made, and binary ones."""
    text = b"".join(b"line %d\n" % n for n in range(20))
    base = put(
        path, {"moved": text, "theirs": text, "edited": b"e\n", "back": b"b\n", "pic": b"\0", "same": b"s\n"}
    )
    put(path, {"moved": None, "here": text.replace(b"line 3", b"line three"), "back": None, "pic": b"\0ours"})
    put(path, {"edited": b"e\nmore\n", "made": b"ours\n", "both": b"alike\n"})
    commit = pushed(
        path,
        base,
        {
            "moved": text.replace(b"line 9", b"line nine"),
            "theirs": None,
            "there": text,
            "edited": None,
            "back": b"b\nchanged\n",
            "pic": b"\0theirs",
            "made": b"theirs\n",
            "both": b"alike\n",
        },
    )
    made = plan(path, commit)
    joined = write(path, commit, made)
    assert shown(path, joined) == {
        "here": text.replace(b"line 3", b"line three").replace(b"line 9", b"line nine"),
        "there": text,
        "edited": b"e\nmore\n",
        "back": b"b\nchanged\n",
        "pic": b"\0ours",
        "pic (pushed by ann)": b"\0theirs",
        "made": b"ours\n",
        "made (pushed by ann)": b"theirs\n",
        "both": b"alike\n",
        "same": b"s\n",
    }
    assert len(made.notes) == 4
    assert complaints(path) == ""


@pytest.mark.parametrize(
    ("old", "new", "renamed"),
    [
        (b"a\nb\nc\n", b"a", False),
        (b"#!/bin/sh\necho a\n", b"#!/bin/sh\nls -l /tmp\n", False),
        (b"#!/bin/sh\necho a\n", b"#!/bin/sh\nls /tmp\n", True),
        (b"a\nb\nc\n", b"a\r\nb\r\nc\r\n", True),
        (b"x" * 200, b"x" * 60, False),
    ],
)
def test_small_files_are_renamed_as_git_says(path: str, old: bytes, new: bytes, renamed: bool) -> None:
    """PU2: what was typed into a small file that a push deletes does not land in another one that it brings, unless git calls that a rename."""
    base = put(path, {"old": old, "z": b"z\n"})
    commit = pushed(path, base, {"old": None, "new": new})
    assert ("R0" in git(path, "diff", "-M", "--raw", base, commit)) == renamed
    typed = old.replace(b"\n", b"<typed>\n", 1) if b"\n" in old else old + b"\n<typed>"
    put(path, {"old": typed})
    changes = {(change.path, change.to) for change in plan(path, commit).changes}
    assert changes == ({("old", "new")} if renamed else {(None, "new")})


@pytest.mark.parametrize("pushed_to", ["by-ann", "by-bob", None])
def test_renamed_here_meanwhile(path: str, pushed_to: str | None) -> None:
    """PU2: a push that renames what was renamed here, or deletes it under its old name, decides, and it is said which file that was."""
    base = put(path, {"old": b"text\n" * 9, "z": b"z\n"})
    put(path, {"old": None, "by-bob": b"text\n" * 9})
    files: dict[str, bytes | None] = {"old": None}
    if pushed_to is not None:
        files[pushed_to] = b"text\n" * 9
    made = plan(path, pushed(path, base, files))
    said = {
        "by-ann": "old was renamed to by-bob here, and by you to by-ann: it is by-ann now.",
        "by-bob": None,
        None: "by-bob was old, which you deleted: it is removed.",
    }[pushed_to]
    assert [note.to_pusher() for note in made.notes] == ([said] if said else [])
    assert [note.to_others("Ann") for note in made.notes] == ([said.replace("you", "Ann")] if said else [])
    assert [(change.path, change.to) for change in made.changes] == (
        [] if pushed_to == "by-bob" else [("by-bob", pushed_to)]
    )


def test_without_a_common_commit(path: str) -> None:
    """PU4: a history that has nothing to do with the session's is joined too."""
    put(path, {"a": b"a\n"})
    commit = pushed(path, None, {"b": b"b\n"})  # type: ignore[arg-type]
    joined = write(path, commit, plan(path, commit))
    assert shown(path, joined) == {"a": b"a\n", "b": b"b\n"}


def test_what_has_no_place(path: str) -> None:
    """PU2: too many files are refused with a sentence."""
    base = put(path, {"a": b"a\n"})
    put(path, {"d": b"d\n"})
    with pytest.raises(CodeTogetherError, match="may hold 2 files"):
        plan(path, pushed(path, base, {"x": b"x", "y": b"y"}), most=2)


def test_formats(path: str) -> None:
    """WN7: a document keeps how it is written, unless the push writes it in another way."""
    base = put(path, {"a": b"one\r\ntwo\r\n"})
    put(path, {"a": b"zero\r\none\r\ntwo\r\n"})
    for data, format in ((b"one\r\nTWO\r\n", "utf-8 crlf"), (b"one\nTWO\n", "utf-8")):
        (change,) = plan(path, pushed(path, base, {"a": data}), {"a": "utf-8 crlf"}).changes
        assert change.edit is not None
        assert (change.edit.apply("zero\none\ntwo\n"), change.format) == ("zero\none\nTWO\n", format)


def test_modes_that_git_once_wrote(path: str) -> None:
    """PU2: a file of the mode 100664 is a plain file: it is changed, and comes, as any other, and no revision of ours has that mode."""
    base = put(path, {"a": b"a\n", "b": b"b\n"})
    files = {"a": blob(path, b"a\nmore\n"), "b": blob(path, b"b\n"), "new": blob(path, b"n\n")}
    tree = made_tree(path, *(f"100664 blob {id}\t{name}" for name, id in files.items()))
    commit = git(
        path, "-c", "user.name=x", "-c", "user.email=x@x", "commit-tree", "-p", base, "-m", "Modes", tree
    ).strip()
    made = plan(path, commit)
    assert {(change.path, change.to) for change in made.changes} == {("a", "a"), (None, "new")}
    done = write(path, commit, made)
    assert shown(path, done) == {"a": b"a\nmore\n", "b": b"b\n", "new": b"n\n"}
    assert {line.split()[0] for line in git(path, "ls-tree", "-r", done).splitlines()} == {"100644"}


def test_a_folder_in_the_place_of_a_file(path: str) -> None:
    """PU2: a file that was edited here stays, and what was pushed below its name comes beside it, all of it into one folder."""
    base = put(path, {"foo": b"x\n", "z": b"z\n"})
    commit = pushed(path, base, {"foo": None, "foo/bar.txt": b"b\n", "foo/deep/c": b"c\n"})
    put(path, {"foo": b"typed x\n"})
    made = plan(path, commit)
    said = [note.to_pusher() for note in made.notes]
    assert "foo stays: it has been edited here since, and you deleted it." in said
    assert "There is another foo here; yours is beside it as foo (pushed by ann)/bar.txt." in said
    assert shown(path, write(path, commit, made)) == {
        "foo": b"typed x\n",
        "foo (pushed by ann)/bar.txt": b"b\n",
        "foo (pushed by ann)/deep/c": b"c\n",
        "z": b"z\n",
    }


def test_a_folder_of_another_case(path: str) -> None:
    """PU2: what was pushed into a folder that looks like one that is here comes beside it."""
    base = put(path, {"z": b"z\n"})
    commit = pushed(path, base, {"Lib/a": b"a\n"})
    put(path, {"lib/b": b"b\n"})
    assert set(shown(path, write(path, commit, plan(path, commit)))) == {
        "z",
        "lib/b",
        "Lib (pushed by ann)/a",
    }


def test_a_new_text_on_both_sides(path: str) -> None:
    """PU5: a new file that is here in another form, as after an amended commit, is one with both versions; what has little in common lies beside."""
    lines = b"".join(b"line %d\n" % n for n in range(20))
    base = put(path, {"z": b"z\n"})
    first = pushed(path, base, {"new": lines, "other": b"quite\nanother\n"})
    write(path, first, plan(path, first))
    amended = pushed(
        path, base, {"new": lines.replace(b"line 7\n", b"line seven\n"), "other": b"0123456789\n"}
    )
    made = plan(path, amended)
    assert [note.to_pusher() for note in made.notes] == [
        "There is another other here; yours is beside it as other (pushed by ann)."
    ]
    done = shown(path, write(path, amended, made))
    assert done["new"] == lines.replace(b"line 7\n", b"line 7\nline seven\n")
    assert sorted(done) == ["new", "other", "other (pushed by ann)", "z"]
