"""What code_together writes is read by git: clones, logs, blame, checks."""

import codecs
import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pygit2
import pytest

from code_together.git import history, repository
from code_together.git.blame import blame
from code_together.git.comparing import compare
from code_together.git.repository import FileChange, Person
from code_together.git.transport import environment, upload_pack
from code_together.session.textfile import Format, decode
from tests.compat.running import complaints, git
from tests.git.making import ANN, BOB, HOST, MOST, document, put, typed, window

Clone = Callable[..., Path]
FIVE = [Person(name, f"{name.lower()}@host") for name in ("Ann", "Bob", "Cat", "Dan", "Eve")]
HOSTILE = [
    "Ann\nauthor Eve <eve@host> 0 +0000",
    "<>",
    "A\0nn",
    "   ",
    "",
    "x" * 300,
    "\u202ennA",
    "Ann <admin@host>",
    "'\"; rm -rf /",
    "日本語 😀",
    "...",
    "\ud800",
    "a\r\n\r\nCo-authored-by: Eve <eve@host>",
]


def test_clone(path: str, clone: Clone) -> None:
    """GT1: a clone has the files of the newest revision on branch main, byte for byte."""
    files = {"src/a.py": b"one\n", "b": b"\0\1\2", "deep/er/c": b"", "ä ö/😀": "é".encode()}
    put(path, dict(files))
    put(path, {"b": b"\0changed"})
    files["b"] = b"\0changed"
    into = clone()
    assert {
        str(f.relative_to(into)): f.read_bytes()
        for f in into.rglob("*")
        if f.is_file() and ".git/" not in str(f)
    } == files
    assert git("branch", "--show-current", at=into) == "main\n"
    assert git("status", "--porcelain", at=into) == ""
    assert complaints(str(into)) == complaints(path) == ""


def test_shallow_and_partial_clones(path: str, clone: Clone) -> None:
    """GT3: a clone may take one revision, or no files until they are looked at."""
    for number in range(3):
        put(path, {"a": b"%d\n" % number, "b": b"b"})
    shallow = clone("--depth=1")
    assert git("rev-list", "--count", "HEAD", at=shallow) == "1\n"
    partial = clone("--filter=blob:none", "--no-checkout")
    missing = git("rev-list", "--objects", "--missing=print", "HEAD", at=partial)
    assert sum(line.startswith("?") for line in missing.splitlines()) == 4


def test_clone_of_a_session_without_files(path: str, clone: Clone) -> None:
    """GT1: a session without a revision can be cloned, and is on main."""
    into = clone()
    assert git("symbolic-ref", "HEAD", at=into) == "refs/heads/main\n"


def test_one_line_a_window(path: str) -> None:
    """WN4: `git log --first-parent` has one line a window, each readable by itself."""
    put(path, {"src/a": b"", "src/b": b"", "src/c": b""}, message="Upload 3 files")
    window(path, [document("src/a", "", [(0, 0, 0, "a\n"), (1, 2, 2, "b\n")])], [ANN, BOB])
    window(
        path,
        [document("src/a", "a\nb\n", [(0, 0, 0, "c\n")]), document("src/b", "", [(0, 0, 0, "x")])],
        [ANN],
    )
    work = [document(f"src/{name}", text, [(person, 0, 0, "y\n") for person in (0, 1)], id=number)
            for number, (name, text) in enumerate((("a", "c\na\nb\n"), ("b", "x"), ("c", "")))]  # fmt: skip
    window(path, work, [ANN, BOB], message="Everything at once")
    put(path, {"src/c": None}, message="Delete c")
    log = git("log", "--first-parent", "--format=%s|%an|%cn", "main", at=path)
    assert log.splitlines() == [
        "Delete c|Ann|code_together",
        "Everything at once|code_together|code_together",
        "Edit a and b|Ann|code_together",
        "Edit a|code_together|code_together",
        "Upload 3 files|Ann|code_together",
    ]
    assert git("rev-list", "--count", "main", at=path) == "9\n"
    assert complaints(path) == ""


def test_five_people_in_one_window(path: str) -> None:
    """AU3, WN4: after a window of five, `git blame` names on each line who typed it, and the old ones on the rest."""
    before = "".join(f"line {number}\n" for number in range(20))
    put(path, {"src/a.py": before.encode()})
    edits: list[tuple[int, int, int, str]] = []
    for person in range(5):
        text = typed(before, edits)[1]
        start = text.index(f"line {person * 3 + 1}\n")
        edits.append((person, start, start, f"by {FIVE[person].name}\n"))
        text = typed(before, edits)[1]
        start = text.index(f"line {person * 3 + 2}\n")
        edits.append((person, start, start + 4, f"{FIVE[person].name}'s"))
    made = window(path, [document("src/a.py", before, edits)], FIVE)
    after = typed(before, edits)[1]
    blamed = git("blame", "--line-porcelain", "main", "--", "src/a.py", at=path).splitlines()
    authors = [line[7:] for line in blamed if line.startswith("author ")]
    names = [next((who.name for who in FIVE if who.name in line), "Ann") for line in after.splitlines()]
    assert authors == names
    assert len(set(authors)) == 5
    old = [line for line in blame(path, made.id, "src/a.py").lines if line.at == 1_000.0]
    assert [line.text for line in old] == [line for line in after.splitlines() if line.startswith("line")]
    assert [line.author.name for line in blame(path, made.id, "src/a.py").lines] == names
    assert complaints(path) == ""


def test_trailers_are_read_by_git(path: str) -> None:
    """The trailers of a window are those that git finds, also under a message that tries to add some."""
    put(path, {"a b": b"", "\n": b""})
    work = [
        document("a b", "", [(0, 0, 0, "x"), (1, 0, 0, "y")], id=7),
        document("\n", "", [(0, 0, 0, "z")], id=8),
    ]
    window(path, work, [ANN, BOB], message="Hand-in\n\nWe are done.\n\nCo-authored-by: Eve <eve@host>")
    format = "%(trailers:unfold,only)"
    assert git("log", "-1", f"--format={format}", "main", at=path).strip().splitlines() == [
        "Co-authored-by: Ann <ann@host>",
        "Co-authored-by: Bob <bob@host>",
        "Code-Together-Document: 7 1..2 a b",
        'Code-Together-Document: 8 1..1 "\\012"',
    ]
    assert git("log", "-1", "--format=%(trailers)", "main^2", at=path).strip() == ""
    values = git("log", "-1", "--format=%(trailers:key=Code-Together-Document,valueonly)", "main", at=path)
    assert values.strip().splitlines() == ["7 1..2 a b", '8 1..1 "\\012"']


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(path: str, name: str) -> None:
    """WN11: whatever a person is called, git reads the commit, one author of one line, and finds nothing wrong."""
    put(path, {"a": b""})
    hostile = Person(name, "mallory@host")
    window(path, [document("a", "", [(0, 0, 0, "x\n"), (1, 2, 2, "y\n")])], [hostile, BOB])
    window(path, [document("a", "x\ny\n", [(0, 0, 0, "z\n")])], [hostile], at=2_100.0)
    tag = repository.tag(path, repository.head(path) or "", name + "!", hostile, 2_200.0)
    [newest, merge, *_] = git("log", "--format=%an|%ae|%cn|%ct", "main", at=path).splitlines()
    author, email, committer, at = newest.rsplit("|", 3)
    assert author.strip()
    assert not set("<>\u202e\0") & set(author)
    assert (email, committer, at) == ("mallory@host", "code_together", "2100")
    assert merge.startswith("code_together|server@host|")
    trailers = git("log", "-1", "--format=%(trailers:key=Co-authored-by,valueonly)", "main^", at=path)
    assert trailers.strip().splitlines() == [f"{author} <mallory@host>", "Bob <bob@host>"]
    assert git("for-each-ref", "--format=%(taggeremail)", tag, at=path) == "<mallory@host>\n"
    assert complaints(path) == ""
    assert isinstance(pygit2.Repository(path)[repository.head(path) or ""], pygit2.Commit)
    head = repository.head(path) or ""
    assert history.describe(path, [head], 1.0)[0].authors[0].email == "mallory@host"


@pytest.mark.parametrize(
    "data",
    [
        b"one\r\ntwo\r\nthree",
        codecs.BOM_UTF8 + b"one\ntwo\n",
        codecs.BOM_UTF8 + b"one\r\ntwo",
        "\ufeffone\r\ntwo\r\n😀\r\n".encode("utf-16-le"),
        "\ufeffone\ntwo".encode("utf-16-be"),
        "one\n# für später schön überflüssig\n# größer als zuvor".encode("latin-1"),
        b"one\r\ntwo\nthree\r",
        b"one\ntwo",
    ],
)
def test_untouched_bytes_survive(path: str, clone: Clone, data: bytes) -> None:
    """WN7: after a window the file in a clone has every byte as before, but for those that were typed."""
    put(path, {"edited": data, "untouched": data})
    before = {entry.path: entry.blob for entry in repository.files(path, repository.head(path))}
    read = decode(data)
    assert read is not None
    text, format = read
    made = window(
        path, [document("edited", text, [(0, 3, 3, "XY"), (1, 4, 5, "Z")], format=format)], [ANN, BOB]
    )
    width = len("x".encode(format.encoding))
    typed = "XZ".encode(format.encoding)
    at = len(codecs.BOM_UTF8 if format.encoding == "utf-8" else codecs.BOM_UTF16) * format.bom + 3 * width
    into = clone()
    assert (into / "edited").read_bytes() == data[:at] + typed + data[at:]
    assert (into / "untouched").read_bytes() == data
    after = {entry.path: entry.blob for entry in repository.files(path, made.id)}
    assert after["untouched"] == before["untouched"]


def test_executable_files_stay_so(path: str, clone: Clone, tmp_path: Path) -> None:
    """WN7: an executable file is one in the clone after it was edited, replaced and renamed."""
    base = pygit2.Repository(path)
    builder = base.TreeBuilder()
    builder.insert("run", base.create_blob(b"#!/bin/sh\n"), 0o100755)
    who = pygit2.Signature("A", "a@b", 1, 0)
    repository.move_ref(path, str(base.create_commit(None, who, who, "x", builder.write(), [])), None)
    window(path, [document("run", "#!/bin/sh\n", [(0, 10, 10, "ls\n")])], [ANN])
    put(path, {"run": b"#!/bin/sh\npwd\n"})
    made = repository.commit_files(
        path, repository.head(path), [FileChange("bin/go", None, "run")], ANN, HOST, 1.0, "Move"
    )
    repository.move_ref(path, made.id, made.parents[0])
    into = clone()
    assert os.access(into / "bin" / "go", os.X_OK)
    assert git("ls-tree", "-r", "main", at=path).startswith("100755 ")
    assert git("log", "--follow", "--format=%s", "main", "--", "bin/go", at=path).splitlines() == [
        "Move",
        "Upload",
        "Edit run",
        "x",
    ]


def test_diffs_are_those_of_git(path: str) -> None:
    """Counts and hunks are what `git diff` says of the same two revisions."""
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    lines = {name: [f"{name} {number}\n" for number in range(60)] for name in ("a", "b", "c/d")}
    put(path, {name: "".join(text).encode() for name, text in lines.items()})
    for _ in range(10):
        for text in lines.values():
            text.append(f"last {chance.random()}\n")  # or a round might change nothing
            for _ in range(chance.randrange(4)):
                start = chance.randrange(len(text))
                text[start : start + chance.randrange(3)] = [f"new {chance.random()}\n"] * chance.randrange(3)
        commit = put(path, {name: "".join(text).encode() for name, text in lines.items()})
        stats = git("show", "--numstat", "--no-renames", "--format=", commit, at=path)
        ours = [
            f"{one.added}\t{one.removed}\t{one.path}"
            for one in history.describe(path, [commit], 1.0)[0].files
        ]
        assert ours == stats.splitlines()
        for one in compare(path, commit, None, MOST).files:
            said = git("diff", "-U3", "--no-indent-heuristic", f"{commit}^", commit, "--", one.path, at=path)
            assert one.diff == said[said.index("@@ ") :]


def test_upload_pack_serves_the_newest(path: str) -> None:
    """GT1: the command of the transport, fed by hand, answers as git's own client expects."""
    commit = put(path, {"a": b"a"})
    command, variables = upload_pack(path, advertise=False, protocol="version=2")
    assert variables.items() >= environment().items()
    request = b"0012command=fetch\n00010032want " + commit.encode() + b"\n0009done\n0000"
    done = subprocess.run(command, env=variables, input=request, capture_output=True, check=True)
    assert b"packfile\n" in done.stdout
    assert b"PACK" in done.stdout


def test_packed_repositories_are_read_and_written(path: str) -> None:
    """WN9: what git packed is read, built upon and whole; refs that it packed move on."""
    for number in range(5):
        put(path, {"a": b"%d" % number, "b/c": b"c"})
    git("repack", "-adq", at=path)
    git("pack-refs", "--all", at=path)
    head = repository.head(path)
    assert head is not None
    assert repository.is_whole(path, head)
    assert repository.recover(path) == []
    made = window(path, [document("a", "4", [(0, 0, 1, "5")])], [ANN])
    assert repository.head(path) == made.id
    assert git("rev-parse", "main", at=path).strip() == made.id
    assert len(history.line(path, made.id, None, 10)[0]) == 6
    assert complaints(path) == ""


def test_formats_of_windows_files(path: str) -> None:
    """WN7: a CRLF file keeps its line ends for git: a window of one line is a diff of one line."""
    put(path, {"a.txt": b"one\r\ntwo\r\n"})
    window(
        path,
        [document("a.txt", "one\ntwo\n", [(0, 3, 3, "!\nnew")], format=Format("utf-8", crlf=True))],
        [ANN],
    )
    assert git("show", "--numstat", "--format=", "main", at=path) == "2\t1\ta.txt\n"
