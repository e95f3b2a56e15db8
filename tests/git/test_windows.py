"""Windows become revisions."""

import codecs
import pickle
import random
from dataclasses import replace

import pygit2
import pytest

from code_together.errors import BadChanges, Conflict, NotFound
from code_together.git import repository
from code_together.git.repository import FileChange, Person
from code_together.session.textfile import UTF8, Format, decode, decode_as
from tests.git.making import ANN, BOB, HOST, document, put, typed, window

CAT = Person("Cat", "cat@host")


def _log(path: str, id: str) -> list[pygit2.Commit]:
    """A commit and those before it by first parent, without the first revision."""
    log = []
    commit = pygit2.Repository(path)[id].peel(pygit2.Commit)
    while commit.parents:
        log.append(commit)
        commit = commit.parents[0]
    return log


def test_one_person_is_one_commit(path: str) -> None:
    """WN4: a window of one person is one commit by that person, committed by the server, in UTC."""
    parent = put(path, {"src/a.py": b"one\n"})
    made = window(path, [document("src/a.py", "one\n", [(0, 0, 0, "zero\n"), (0, 5, 8, "1")])], [ANN])
    assert (made.people, made.parents, made.message) == ([0], [parent], "Edit a.py")
    [commit] = _log(path, made.id)
    assert (commit.author.name, commit.author.email) == ("Ann", "ann@host")
    assert (commit.committer.name, commit.committer.email) == ("code_together", "server@host")
    assert (commit.commit_time, commit.commit_time_offset, commit.author.time) == (2_000, 0, 2_000)
    assert commit.message == "Edit a.py\n\nCode-Together-Document: 1 1..2 src/a.py\n"
    assert repository.read(path, made.id, "src/a.py") == b"zero\n1\n"
    [end] = made.documents
    assert (end.document, end.format, end.size) == (1, "utf-8", 7)
    assert end.blob == str(pygit2.hash(b"zero\n1\n"))


def test_several_people_are_a_chain_and_a_merge(path: str) -> None:
    """WN4: a commit each with just what that person did, in their order, closed by the server's merge."""
    parent = put(path, {"a": b"a\n", "b": b"b\n", "c": b"c\n"})
    made = window(
        path,
        [
            document("a", "a\n", [(1, 0, 0, "Bob "), (0, 4, 4, "Ann ")], id=4),
            document("b", "b\n", [(1, 0, 0, "Bob ")], id=5),
        ],
        [ANN, BOB, CAT],
    )
    merge = pygit2.Repository(path)[made.id].peel(pygit2.Commit)
    last = merge.parents[1]
    [second, first] = _log(path, str(last.id))
    assert made.people == [0, 1]
    assert [str(id) for id in merge.parent_ids] == made.parents == [parent, str(second.id)]
    assert [str(id) for id in first.parent_ids] == [parent]
    assert (first.author.name, first.message) == ("Ann", "Edit a\n")
    assert (second.author.name, second.message) == ("Bob", "Edit a and b\n")
    assert repository.read(path, str(first.id), "a") == b"Ann a\n"
    assert repository.read(path, str(first.id), "b") == b"b\n"
    assert repository.read(path, str(second.id), "a") == b"Bob Ann a\n"
    assert merge.tree_id == second.tree_id
    assert (merge.author.name, merge.committer.name) == ("code_together", "code_together")
    assert merge.message == (
        "Edit a and b\n\nCo-authored-by: Ann <ann@host>\nCo-authored-by: Bob <bob@host>\n"
        "Code-Together-Document: 4 1..2 a\nCode-Together-Document: 5 1..1 b\n"
    )
    assert made.message == "Edit a and b"


def test_a_message_replaces_the_closing_one(path: str) -> None:
    """A message of a person stands on the closing commit; its trailers are ours alone."""
    put(path, {"a": b""})
    message = "Milestone\r\n\r\nCo-authored-by: Eve <eve@host>\0"
    made = window(path, [document("a", "", [(0, 0, 0, "x"), (1, 1, 1, "y")])], [ANN, BOB], message=message)
    assert made.message == "Milestone\n\nCo-authored-by: Eve <eve@host>"
    [merge, *_] = _log(path, made.id)
    assert merge.message.startswith("Milestone\n\nCo-authored-by: Eve <eve@host>\n\nCo-authored-by: Ann")
    assert _log(path, made.parents[1])[0].message == "Edit a\n"
    assert window(path, [document("a", "xy", [(0, 0, 1, "")])], [ANN], message=" \n").message == "Edit a"


def test_no_effect_is_no_commit(path: str) -> None:
    """WN6: a window whose text is the base again makes no commit; its documents are told all the same."""
    parent = put(path, {"a": b"abc", "b": b"b"})
    before = set(pygit2.Repository(path))
    for edits in ([(0, 1, 1, "x"), (1, 1, 2, "")], [(0, 1, 2, ""), (1, 1, 1, "b")]):
        made = window(path, [document("a", "abc", edits)], [ANN, BOB])
        assert (made.id, made.parents, made.people, made.message) == (parent, [], [], "")
        [end] = made.documents
        assert (end.document, end.format, end.blob, end.size) == (1, "utf-8", str(pygit2.hash(b"abc")), 3)
    assert window(path, [], []).id == parent
    assert set(pygit2.Repository(path)) == before


def test_who_did_nothing_in_the_end_has_no_commit(path: str) -> None:
    """AU5: with one person left whose work stands, the window is that person's commit."""
    parent = put(path, {"a": b"a"})
    made = window(path, [document("a", "a", [(0, 1, 1, "x"), (1, 1, 2, "y")])], [ANN, BOB])
    assert (made.people, made.parents) == ([1], [parent])
    [commit] = _log(path, made.id)
    assert (commit.author.name, commit.message.splitlines()[0]) == ("Bob", "Edit a")
    assert "Co-authored-by" not in commit.message


def test_untouched_documents_keep_their_blob(path: str) -> None:
    """WN7: a document whose text is as it was, is not written again, whatever else the window holds."""
    put(path, {"a": b"\xef\xbb\xbfa\r\nb", "b": b"b"})
    made = window(
        path,
        [
            document("a", "a\nb", [(0, 0, 0, "x"), (0, 0, 1, "")], id=1, format=Format("utf-8", True, True)),
            document("b", "b", [(0, 0, 0, "x")], id=2),
        ],
        [ANN],
    )
    assert [end.blob for end in made.documents] == [
        str(pygit2.hash(b"\xef\xbb\xbfa\r\nb")),
        str(pygit2.hash(b"xb")),
    ]
    assert made.documents[0].format == "utf-8 bom crlf"
    assert made.message == "Edit b"


@pytest.mark.parametrize(
    "data",
    [
        b"one\r\ntwo\r\nthree",
        codecs.BOM_UTF8 + "één\nzwei".encode(),
        "\ufeffone\r\ntwo\r\n😀\r\n".encode("utf-16-le"),
        "\ufeffone\ntwo".encode("utf-16-be"),
        "# für später schön überflüssig\r\n# größer als zuvor\r\n".encode("cp1252"),
        b"one\r\ntwo\nthree\r",
    ],
)
def test_bytes_of_a_file_survive(path: str, data: bytes) -> None:
    """WN7: an edited file keeps encoding, mark, line ends and missing last newline: only what was typed differs."""
    put(path, {"a": data})
    read = decode(data)
    assert read is not None
    before, format = read
    made = window(
        path, [document("a", before, [(0, 3, 3, "X"), (1, 0, 0, "new\n")], format=format)], [ANN, BOB]
    )
    after = repository.read(path, made.id, "a")
    assert decode_as(after, format) == "new\n" + before[:3] + "X" + before[3:]
    assert made.documents[0].format == str(format)
    back = window(
        path,
        [
            document(
                "a", "new\n" + before[:3] + "X" + before[3:], [(0, 7, 8, ""), (0, 0, 4, "")], format=format
            )
        ],
        [ANN],
    )
    assert repository.read(path, back.id, "a") == data


def test_what_the_encoding_lacks_makes_it_utf8(path: str) -> None:
    """WN7: text that cannot be written as the file was makes it UTF-8 with `\\n`, and that is told."""
    put(path, {"a": b"caf\xe9\r\n"})
    format = Format("cp1252", crlf=True)
    made = window(path, [document("a", "café\n", [(0, 4, 4, " 😀")], format=format)], [ANN])
    assert made.documents[0].format == str(UTF8)
    assert repository.read(path, made.id, "a") == "café 😀\n".encode()


def test_mode_is_kept(path: str) -> None:
    """An edited script stays executable."""
    base = pygit2.Repository(path)
    builder = base.TreeBuilder()
    builder.insert("run", base.create_blob(b"#!/bin/sh\n"), 0o100755)
    who = pygit2.Signature("A", "a@b", 1, 0)
    first = str(base.create_commit(None, who, who, "x", builder.write(), []))
    repository.move_ref(path, first, None)
    made = window(
        path, [document("run", "#!/bin/sh\n", [(0, 10, 10, "ls\n"), (1, 10, 10, "pwd\n")])], [ANN, BOB]
    )
    tree = pygit2.Repository(path)[made.id].peel(pygit2.Tree)
    assert tree["run"].filemode == 0o100755


def test_only_what_changed_is_written(path: str) -> None:
    """WN7: a window writes the changed file, the folders on its path and the commit, nothing else."""
    put(path, {f"folder{n}/deep/file{m}": b"%d %d" % (n, m) for n in range(20) for m in range(5)})
    before = set(pygit2.Repository(path))
    window(path, [document("folder7/deep/file3", "7 3", [(0, 0, 0, "x")])], [ANN])
    assert len(set(pygit2.Repository(path)) - before) == 5


def test_random_windows(path: str) -> None:
    """WN3, WN4: over random windows the last text is the one typed, and each chain adds one person after another."""
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    texts = {"a": "one\ntwo\n", "b/c": "😀é\n"}
    put(path, {file: text.encode() for file, text in texts.items()})
    for _ in range(25):
        parent = repository.head(path)
        documents = []
        for number, (file, text) in enumerate(sorted(texts.items())):
            edits: list[tuple[int, int, int, str]] = []
            for _ in range(chance.randrange(6)):
                end = len(typed(text, edits)[1].encode("utf-16-le")) // 2
                edits.append((chance.randrange(3), end, end, chance.choice(["x", "😀\n", "word "])))
            if text.isascii() and chance.random() < 0.5:
                edits.insert(0, (chance.randrange(3), 0, min(2, len(text)), ""))
                edits[1:] = []
            documents.append(document(file, text, edits, id=number))
            texts[file] = typed(text, edits)[1]
        made = window(path, documents, [ANN, BOB, CAT], at=3_000.0)
        for file, text in texts.items():
            assert repository.read(path, made.id, file).decode() == text
        assert repository.is_whole(path, made.id)
        if len(made.people) > 1:
            authors = [commit.author.name for commit in _log(path, made.parents[1])]
            count = len(made.people)
            assert authors[:count] == [["Ann", "Bob", "Cat"][person] for person in reversed(made.people)]
            assert made.parents[0] == parent


def test_another_text_is_refused(path: str) -> None:
    """WN3: if what comes out is not the text that the room has, nothing is committed."""
    parent = put(path, {"a": b"abc"})
    good = document("a", "abc", [(0, 0, 0, "x")])
    for bad in (
        replace(good, length=5),
        replace(good, format="utf-8 bom"),
        replace(good, format="utf-16-le"),
    ):
        with pytest.raises(Conflict) as error:
            repository.commit_window(path, parent, [bad], [ANN], HOST, 1.0, None, 100)
        assert error.value.code == "text_mismatch"
    with pytest.raises(BadChanges):
        repository.commit_window(
            path, parent, [replace(good, updates=[(0, b'[7,[0,"x"]]')])], [ANN], HOST, 1.0, None, 100
        )
    with pytest.raises(BadChanges):
        repository.commit_window(path, parent, [good], [ANN], HOST, 1.0, None, 1)
    assert repository.head(path) == parent


def test_a_file_must_be_there(path: str) -> None:
    """A window on a file or a revision that is not there is refused."""
    work = document("b", "", [(0, 0, 0, "x")])
    with pytest.raises(Conflict) as error:
        repository.commit_window(path, None, [work], [ANN], HOST, 1.0, None, 100)
    assert error.value.code == "no_revision"
    parent = put(path, {"a": b"abc"})
    with pytest.raises(NotFound):
        repository.commit_window(path, parent, [work], [ANN], HOST, 1.0, None, 100)
    with pytest.raises(NotFound):
        repository.commit_window(path, "0" * 40, [work], [ANN], HOST, 1.0, None, 100)


def test_windows_cross_processes() -> None:
    """WN9: what goes to the worker and what comes back can be pickled, errors included."""
    work = document("b", "", [(0, 0, 0, "x")])
    assert pickle.loads(pickle.dumps(work)) == work  # noqa: S301
    assert pickle.loads(pickle.dumps(FileChange("a", b"x", "b"))) == FileChange("a", b"x", "b")  # noqa: S301
    error = pickle.loads(pickle.dumps(Conflict("No.", code="x")))  # noqa: S301
    assert isinstance(error, Conflict)
    assert (error.message, error.status) == ("No.", 409)
