"""What differs between two revisions."""

from time import process_time

from code_together.git import repository
from code_together.git.comparing import FileDiff, Most, compare
from code_together.git.repository import FileChange
from tests.git.making import ANN, HOST, MOST, put


def diffs_of(path: str, commit: str, base: str | None) -> list[FileDiff]:
    found = compare(path, commit, base, MOST)
    assert (found.total, found.next) == (len(found.files), None)
    return found.files


def test_diff(path: str) -> None:
    """A diff has each file's hunks without their header, three lines around, renames found."""
    lines = [b"line %d\n" % n for n in range(1, 21)]
    put(path, {"a": b"".join(lines), "old": b"some text\n" * 20, "gone": b"x\n", "bin": b"\0\1"})
    parent = repository.head(path)
    lines[9] = b"changed\n"
    changes = [
        FileChange("a", b"".join(lines)),
        FileChange("new", None, "old"),
        FileChange("gone", None),
        FileChange("come", b"no end"),
        FileChange("bin", b"\0\2"),
    ]
    commit = repository.commit_files(path, parent, changes, ANN, HOST, 2_000.0, "x").id
    diffs = {one.path: one for one in diffs_of(path, commit, None)}
    assert {name: one.status for name, one in diffs.items()} == {
        "a": "changed",
        "new": "renamed",
        "gone": "removed",
        "come": "added",
        "bin": "changed",
    }
    assert diffs["a"].diff == (
        "@@ -7,7 +7,7 @@ line 6\n line 7\n line 8\n line 9\n-line 10\n+changed\n line 11\n line 12\n line 13\n"
    )
    assert (diffs["new"].old_path, diffs["new"].diff) == ("old", "")
    assert diffs["gone"].diff == "@@ -1 +0,0 @@\n-x\n"
    assert diffs["come"].diff == "@@ -0,0 +1 @@\n+no end\n\\ No newline at end of file\n"
    assert (diffs["bin"].binary, diffs["bin"].diff) == (True, "")
    assert [one.binary for name, one in diffs.items() if name != "bin"] == [False] * 4
    assert diffs["a"].old_path is None


def test_diff_of_the_first_revision(path: str) -> None:
    """Against nothing, everything is added."""
    commit = put(path, {"a": b"1\n"})
    [one] = diffs_of(path, commit, None)
    assert (one.status, one.diff) == ("added", "@@ -0,0 +1 @@\n+1\n")


def test_diff_against_any_revision(path: str) -> None:
    """A base may be any revision, a later one too; against itself nothing differs."""
    first, _, last = (put(path, {"a": b"%d\n" % n}) for n in range(3))
    assert diffs_of(path, last, first)[0].diff == "@@ -1 +1 @@\n-0\n+2\n"
    assert diffs_of(path, first, last)[0].diff == "@@ -1 +1 @@\n-2\n+0\n"
    assert diffs_of(path, last, last) == []


def test_diff_reads_the_encoding(path: str) -> None:
    """TX1: lines of a file that is not UTF-8 are shown in its own encoding."""
    text = "# für später schön überflüssig\n# größer als zuvor\n"
    put(path, {"a": text.encode("cp1252")})
    commit = put(path, {"a": (text + "# süß\n").encode("cp1252")})
    assert "+# süß\n" in diffs_of(path, commit, None)[0].diff
    gone = put(path, {"a": None})
    assert "-# süß\n" in diffs_of(path, gone, None)[0].diff


def test_a_file_with_its_own_hunk_marks(path: str) -> None:
    """What looks like a hunk's head within a file is a line like any other."""
    put(path, {"a@@ -1 +1 @@": b"@@ -1 +1 @@\n"})
    commit = put(path, {"a@@ -1 +1 @@": b"@@ -2 +2 @@\n"})
    assert diffs_of(path, commit, None)[0].diff == "@@ -1 +1 @@\n-@@ -1 +1 @@\n+@@ -2 +2 @@\n"


def test_pieces(path: str) -> None:
    """LK3: pieces follow each other without gap or overlap, bounded in files, bytes and time; each has one file at least."""
    first = put(path, {"0": b"0\n"})
    names = [f"{number:02}" for number in range(20)]
    commit = put(path, {name: name.encode() * 50 + b"\n" for name in names})

    def pieces(most: Most) -> list[list[str]]:
        found, after = [], 0
        while True:
            piece = compare(path, commit, first, most, after)
            assert (piece.base, piece.total) == (first, 20)
            found.append([one.path for one in piece.files])
            if piece.next is None:
                return found
            after = piece.next

    assert pieces(Most(8, 10_000, 10_000, 60.0)) == [names[:8], names[8:16], names[16:]]
    by_bytes = pieces(Most(100, 300, 10_000, 60.0))
    assert [name for piece in by_bytes for name in piece] == names
    assert {len(piece) for piece in by_bytes} == {2}
    assert pieces(Most(100, 10_000, 10_000, 0.0)) == [[name] for name in names]
    assert compare(path, commit, first, MOST, after=99).files == []


def test_one_file(path: str) -> None:
    """A file can be asked for alone, by what it is called or was."""
    put(path, {"a": b"a\n" * 20, "b": b"b\n"})
    parent = repository.head(path)
    changes = [FileChange("c", None, "a"), FileChange("b", b"2\n")]
    commit = repository.commit_files(path, parent, changes, ANN, HOST, 2_000.0, "x").id
    for name in ("a", "c"):
        found = compare(path, commit, None, MOST, 0, name)
        assert [(one.path, one.old_path, one.status) for one in found.files] == [("c", "a", "renamed")]
    assert compare(path, commit, None, MOST, 0, "nothing").files == []


def test_what_is_too_large(path: str) -> None:
    """LK3: a large file, or a large difference of one, is left out and said to be, and what was not counted is not said to be none."""
    most = Most(100, 1_000, 1_000, 60.0)
    first = put(path, {"large": b"x\n" * 900, "small": b"1\n", "half": b"1\n" * 300})
    second = put(path, {"large": b"x\n" * 901, "small": b"2\n", "half": b"2\n" * 300})
    half, large, small = compare(path, second, first, most).files
    assert (large.too_large, large.diff, large.added, large.removed) == (True, "", None, None)
    assert (half.too_large, half.diff, half.added, half.removed) == (True, "", 300, 300)
    assert (small.too_large, small.added, small.removed) == (False, 1, 1)


def test_hostile_differences_end(path: str) -> None:
    """LK3: 50,000 lines that all changed, a line of 5 MB and 2,000 files are compared in seconds."""
    lines = "".join(f"line {number}\n" for number in range(50_000)).encode()
    files: dict[str, bytes | None] = {f"many/{number}": b"%d\n" % number for number in range(2_000)}
    first = put(path, {"lines": lines, "line": b"x" * 5_000_000, **files})
    gone = dict.fromkeys(files)
    moved: dict[str, bytes | None] = {
        f"other/{number}": b"%d %d\n" % (number, number) for number in range(2_000)
    }
    second = put(path, {"lines": lines.replace(b"line", b"rule"), "line": b"y" * 5_000_000, **gone, **moved})
    started = process_time()
    found = compare(path, second, first, Most(100, 1_000_000, 1_000_000, 60.0))
    line, whole = found.files[:2]
    assert (line.path, line.too_large) == ("line", True)
    assert (whole.path, whole.too_large, whole.added) == ("lines", True, 50_000)
    assert (found.total, found.next) == (4_002, 100)
    assert process_time() - started < 5  # of the processor, however busy it is with others
