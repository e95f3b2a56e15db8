"""Policy for what a push brings; tests/security has the hostile ones, over HTTP."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

import pygit2
import pytest

from code_together.errors import CodeTogetherError
from code_together.git import policy
from code_together.git.bare import opened
from code_together.git.policy import Limits
from tests.git.making import blob, git, made_tree, put, raw_tree

LIMITS = Limits(
    files=10, bytes=1_000, file_bytes=500, path_bytes=100, part_bytes=50, commits=5, trees=20, folders=20
)


def commit(path: str, *entries: str, parent: str | None = None) -> str:
    """A commit with these lines of `git ls-tree`, its blobs empty."""
    parents = ["-p", parent] if parent else []
    words = ("-c", "user.name=x", "-c", "user.email=x@x", "commit-tree", *parents, "-m", "x")
    return git(path, *words, made_tree(path, *entries)).strip()


def test_links_in_the_past_are_let_in(path: str) -> None:
    """PU7: an old commit may have a link; the newest may not."""
    put(path, {"a": b"a"})
    old = commit(path, f"100644 blob {blob(path)}\ta b", f"120000 blob {blob(path, b'/etc')}\tlink")
    new = commit(path, f"100644 blob {blob(path)}\tgood", parent=old)
    policy.check(path, None, [new], LIMITS)
    with pytest.raises(CodeTogetherError, match="symbolic link"):
        policy.check(path, None, [old], LIMITS)


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ({"files": 2}, "may have 2 files"),
        ({"bytes": 299}, "may have 299 bytes"),
        ({"file_bytes": 99}, "may have 99 bytes; .* has 100"),
        ({"folders": 0}, "may have 0 folders"),
        ({"path_bytes": 4}, "may have 4 bytes in a path"),
        ({"trees": 1}, "may bring 1 different folders"),
        ({"commits": 0}, "may bring 0 commits"),
    ],
)
def test_limits(path: str, limit: dict[str, int], message: str) -> None:
    """PU7: each limit refuses with a sentence that names it, and what keeps to all of them is taken."""
    tip = put(path, {"one": b"x" * 100, "two": b"y" * 100, "d/six": b"z" * 100})
    git(path, "update-ref", "-d", "refs/heads/main")
    policy.check(path, None, [tip], LIMITS)
    with pytest.raises(CodeTogetherError, match=message):
        policy.check(path, None, [tip], dataclasses.replace(LIMITS, **limit))


def test_what_main_has_is_not_looked_at(path: str) -> None:
    """PU7: only commits that are new count."""
    first = put(path, {"a": b"a"})
    for _ in range(8):
        first = put(path, {"a": str(_).encode()})
    policy.check(path, None, [commit(path, f"100644 blob {blob(path)}\tx", parent=first)], LIMITS)


def test_objects_that_lie_apart(path: str, tmp_path: Path) -> None:
    """PU7: what was pushed is looked at before it is in the repository."""
    put(path, {"a": b"a"})
    apart = tmp_path / "apart"
    other = tmp_path / "other.git"
    subprocess.run(["git", "init", "-q", "--bare", other], check=True)
    tip = commit(str(other), f"100644 blob {blob(str(other))}\taux")
    (other / "objects").rename(apart)
    with pytest.raises(CodeTogetherError, match="device"):
        policy.check(path, str(apart), [tip], LIMITS)
    with pytest.raises(CodeTogetherError, match="name commits"):
        policy.check(path, None, [tip], LIMITS)


def test_what_is_no_commit(path: str) -> None:
    """PU8: a tag of a file or a folder names no revision."""
    first = put(path, {"a": b"a"})
    git(path, "-c", "user.name=x", "-c", "user.email=x@x", "tag", "-m", "x", "good", first)
    git(path, "-c", "user.name=x", "-c", "user.email=x@x", "tag", "-m", "x", "bad", f"{first}^{{tree}}")
    with opened(path) as repository:
        assert policy.commit_of(repository, git(path, "rev-parse", "good").strip()) == first
        assert policy.commit_of(repository, git(path, "rev-parse", "bad").strip()) is None
        assert policy.commit_of(repository, "1" * 40) is None


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (["100644 blob {file}\t.git"], "d/e/.git belongs to Git"),
        (["100644 blob {file}\t.GIT . ::$DATA"], "belongs to Git"),
        (["100644 blob {file}\ta\\\\git~1"], "belongs to Git"),
        (["100644 blob {file}\t.g\u200cit"], "belongs to Git"),
        (["100644 blob {file}\t.."], "d/e/.. is no name that a file can have"),
        (["100644 blob {file}\tx", "100755 blob {file}\tx"], "d/e/x is there twice"),
        (["110644 blob {file}\tx"], "d/e/x has the mode 110644; folders have 40000"),
        (["100644 blob {large}\tx"], "d/e/x has 501"),
        (["100644 blob 1111111111111111111111111111111111111111\tx"], "object 1{40} in it is missing"),
    ],
)
def test_what_no_folder_may_hold(path: str, entries: list[str], said: str) -> None:
    """PU7: what git would find, in old commits too, is said with the path and the reason."""
    ids = {"file": blob(path), "large": blob(path, b"x" * 501)}
    tree = raw_tree(path, *(entry.format(**ids) for entry in entries))
    outer = made_tree(path, f"040000 tree {made_tree(path, f'040000 tree {tree}{chr(9)}e')}\td")
    words = ("-c", "user.name=x", "-c", "user.email=x@x", "commit-tree", "-m", "x")
    old = git(path, *words, outer).strip()
    new = commit(path, f"100644 blob {blob(path)}\tgood", parent=old)
    with pytest.raises(CodeTogetherError, match=said):
        policy.check(path, None, [new], LIMITS)


@pytest.mark.parametrize("line", [b"Eve 1 +0000", b"Eve <e@e> 1", b"Eve <e<e> 1 +0000", b"Eve <e@e> x +0000"])
def test_authors(path: str, line: bytes) -> None:
    """PU7: who made a commit is written as git does it; the sentence names the commit."""
    tree = made_tree(path, f"100644 blob {blob(path)}\tx")
    head = f"tree {tree}\n".encode()
    with opened(path) as repository:
        for people in (
            b"author " + line + b"\ncommitter x <x@x> 1 +0000",
            b"author x <x@x> 1 +0000\ncommitter " + line,
        ):
            bad = str(repository.odb.write(pygit2.enums.ObjectType.COMMIT, head + people + b"\n\nx\n"))
            with pytest.raises(CodeTogetherError, match=f"of the commit {bad[:10]} is not written"):
                policy.check(path, None, [bad], LIMITS)
            after = commit(path, f"100644 blob {blob(path)}\tx", parent=bad)
            with pytest.raises(CodeTogetherError, match=f"of the commit {bad[:10]} is not written"):
                policy.check(path, None, [after], LIMITS)
