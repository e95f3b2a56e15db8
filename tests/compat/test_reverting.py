"""What git says of a session in which revisions were undone and named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from code_together.git import repository, tags
from tests.compat.running import complaints, git
from tests.git.making import ANN, BOB, document, put, window
from tests.git.test_reverting import reverted, text

Clone = Callable[..., Path]


def test_log_and_blame_after_a_revert(path: str, clone: Clone) -> None:
    """RV1, NV4: a clone has a commit that names what was undone; blame gives lines back to no wrong person; tags come along; fsck finds nothing."""
    put(path, {"a.py": text(*range(6))})
    before = text(*range(6)).decode()
    at = before.index("line 3")
    old = window(path, [document("a.py", before, [(0, at + 5, at + 6, "three")])], [BOB]).id
    window(path, [document("a.py", before.replace("line 3", "line three"), [(0, 0, 0, "top\n")])], [ANN])
    undone = reverted(path, old)
    tags.name_revision(path, undone, "Without three", ANN, 6_000.0)
    into = clone()
    assert (into / "a.py").read_text() == "top\n" + before
    subjects = git("log", "--first-parent", "--format=%an: %s", at=into).splitlines()
    assert subjects == [
        f"Bob: Revert {old[:7]}: Edit a.py",
        "Ann: Edit a.py",
        "Bob: Edit a.py",
        "Ann: Upload",
    ]
    assert git("log", "-1", "--format=%b", at=into).strip() == f"This reverts {old}."
    blamed = [
        line.split(" ")[0] for line in git("blame", "-s", "-l", "--abbrev=40", "a.py", at=into).splitlines()
    ]
    assert blamed[4].lstrip("^") == undone
    assert (
        git("diff", old + "~", "HEAD", "--stat", at=into).strip().endswith("1 file changed, 1 insertion(+)")
    )
    assert git("describe", "--exact-match", at=into) == "Without-three\n"
    assert git("tag", "-n", at=into).split(maxsplit=1)[1].strip() == "Without three"
    tags.rename_version(path, "Without-three", "Two", BOB, 7_000.0)
    assert "refs/tags/Two" in git("ls-remote", "--tags", "origin", at=into)
    assert "Without" not in git("ls-remote", "--tags", "origin", at=into)
    assert complaints(str(into)) == complaints(path) == ""
    assert repository.head(path) == undone
