"""Names of revisions."""

from __future__ import annotations

import pygit2
import pytest

from code_together.errors import CodeTogetherError, Conflict, NotFound, Unprocessable
from code_together.git import repository, tagnames, tags
from code_together.git.history import names
from code_together.git.repository import FileChange, tag
from tests.git.making import ANN, BOB, HOST, git, put


def test_all_kinds_of_tags(path: str) -> None:
    """NV1: names are listed by when they were given; a tag that came with a push counts by its message or its ref; of what is no commit none."""
    one, two = put(path, {"a": b"1"}, at=50.0), put(path, {"a": b"2"}, at=60.0)
    repository.tag(path, two, "Zulu", ANN, 100.0)
    repository.tag(path, one, "Über 1", BOB, 90.0)
    base = pygit2.Repository(path)
    base.references.create("refs/tags/plain", two)
    base.references.create("refs/tags/tree", base[one].peel(pygit2.Tree).id)
    tagger = pygit2.Signature("Cat", "cat@far", 80, 60)
    base.create_tag("v1/rc", one, pygit2.enums.ObjectType.COMMIT, tagger, "A long story\n\nof a release\n")
    assert [(v.tag, v.name, v.revision, v.by and v.by.name, v.at) for v in tags.versions(path)] == [
        ("plain", "plain", two, None, 60.0),
        ("v1/rc", "v1/rc", one, "Cat", 80.0),
        ("Über-1", "Über 1", one, "Bob", 90.0),
        ("Zulu", "Zulu", two, "Ann", 100.0),
    ]


def test_refs_beside_each_other(path: str) -> None:
    """NV1: a ref that is taken, in either case, or that is a folder of another, gets a number."""
    one = put(path, {"a": b"1"})
    pygit2.Repository(path).references.create("refs/tags/v1/rc", one)
    refs = [repository.tag(path, one, name, ANN, 5.0) for name in ("v1", "Beta", "beta!", "BETA", "V1")]
    assert refs == [f"refs/tags/{short}" for short in ("v1-2", "Beta", "beta-2", "BETA-3", "V1-3")]
    git(path, "fsck", "--strict")


def test_renaming(path: str) -> None:
    """NV2: another name is another tag by who gave it; a name of the same form takes the old one's ref."""
    one = put(path, {"a": b"1"})
    tags.name_revision(path, one, "Alpha 1", ANN, 5.0)
    assert tags.rename_version(path, "Alpha-1", "Alpha: 1", BOB, 6.0).tag == "Alpha-1"
    [version] = tags.versions(path)
    assert (version.name, version.by) == ("Alpha: 1", BOB)
    assert tags.rename_version(path, "Alpha-1", "Omega", BOB, 7.0).tag == "Omega"
    assert tags.rename_version(path, "Omega", "Omega", ANN, 8.0).by == BOB
    assert tags.rename_version(path, "Omega", "omega", ANN, 8.0).tag == "omega"
    assert git(path, "for-each-ref", "--format=%(refname)", "refs/tags") == "refs/tags/omega\n"
    assert tags.remove_version(path, "omega").revision == one
    assert tags.versions(path) == []
    with pytest.raises(NotFound):
        tags.remove_version(path, "omega")


def test_what_is_refused(path: str) -> None:
    """NV3: a name that another revision has, a name that says nothing, and a revision that is not of main."""
    one, two = put(path, {"a": b"1"}), put(path, {"a": b"2"})
    foreign = repository.commit_files(path, one, [FileChange("x", b"x")], ANN, HOST, 1.0, "Elsewhere").id
    tags.name_revision(path, one, "Alpha", ANN, 5.0)
    tags.check_free(path, one, "Alpha")
    for refused in (
        lambda: tags.name_revision(path, two, "ALPHA", ANN, 5.0),
        lambda: tags.name_revision(path, one, "ALPHA", ANN, 5.0),
        lambda: tags.check_free(path, two, "alpha"),
    ):
        with pytest.raises(Conflict) as error:
            refused()
        assert error.value.code == "name_taken"
    for name in ("\u200b", "…", "!?", "🎉", "👍\u200d", "\u3164", "\u0301"):
        with pytest.raises(Unprocessable):
            tags.name_revision(path, two, name, ANN, 5.0)
    for id in (foreign, "0" * 40, one[:7], "main", ""):
        with pytest.raises(NotFound):
            tags.name_revision(path, id, "Beta", ANN, 5.0)
    assert [version.name for version in tags.versions(path)] == ["Alpha"]


def test_names_that_look_the_same(path: str) -> None:
    """NV3: what nobody can tell apart is one name: accents that are encoded otherwise, joiners, forms of a character; emoji are, beside letters."""
    one, two = put(path, {"a": b"1"}), put(path, {"a": b"2"})
    tags.name_revision(path, one, "Größe 1", ANN, 5.0)
    for same in (
        "Gro\u0308ße 1",
        "Größe\u200d 1",
        "GRÖSSE 1",
        "Größe 1\ufe0e",
        "Größe\u3164 1",
        "Größe\u00a0 1",
    ):
        with pytest.raises(Conflict):
            tags.name_revision(path, two, same, ANN, 5.0)
    for name in ("Große 1", "🎉 Größe 1", "初版", "7"):
        assert tags.name_revision(path, two, name, ANN, 5.0).name == name


@pytest.mark.parametrize("name", ["v1.0", "release/1.0", "größer", "a_b+c-d"])
def test_good_names(name: str) -> None:
    """PU8: what a version may be called, folders included."""
    tagnames.check_name(f"refs/tags/{name}")


@pytest.mark.parametrize("name", ["-v", "a b", "a..b", "x.lock", "a//b", "/a", "", "a\nb", "a~1", "@{x}"])
def test_bad_names(name: str) -> None:
    """PU8, G1: what could be taken for an option or another ref is no name."""
    with pytest.raises(CodeTogetherError, match="letters, digits"):
        tagnames.check_name(f"refs/tags/{name}")


def test_take(path: str) -> None:
    """PU8: a tag of a revision is made once; it does not move, nor come in another spelling, nor speak of what is not on main."""
    first = put(path, {"a": b"a"})
    second = put(path, {"a": b"b"})
    tags.take(path, "refs/tags/one", first)
    tags.take(path, "refs/tags/one", first)
    git(path, "-c", "user.name=x", "-c", "user.email=x@x", "tag", "-m", "x", "annotated", second)
    object = git(path, "rev-parse", "annotated").strip()
    git(path, "tag", "-d", "annotated")
    tags.take(path, "refs/tags/two", object)
    assert git(path, "rev-parse", "two^{}").strip() == second
    for ref, id, message in (
        ("refs/tags/one", second, "versions do not move"),
        ("refs/tags/ONE", first, "versions do not move"),
        ("refs/tags/one/more", first, "collides"),
        ("refs/tags/tree", git(path, "rev-parse", "main^{tree}").strip(), "no revision of main"),
        ("refs/tags/gone", "1" * 40, "no revision of main"),
    ):
        with pytest.raises(CodeTogetherError, match=message):
            tags.take(path, ref, id)
    assert names(path).own == {first: ["one"], second: ["x"]}


def test_names_of_ours_and_of_others(path: str) -> None:
    """PU8: a version is shown by its tag's message; one that tells a story, or the same as another, by its ref."""
    first = put(path, {"a": b"a"})
    tag(path, first, "Before the exam!", ANN, 1_000.0)
    git(path, "-c", "user.name=x", "-c", "user.email=x@x", "tag", "-m", "Release notes\n\nlong", "v1", first)
    assert sorted(names(path).own[first]) == ["Before the exam!", "v1"]


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("Named é ünï\n", "Named é ünï"),
        ("Signed\n-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n", "Signed"),
        ("Signed\n-----BEGIN SSH SIGNATURE-----\nabc\n-----END SSH SIGNATURE-----\n", "Signed"),
        ("Notes\n\nof a release", "v1"),
        ("", "v1"),
        ("x" * 201, "v1"),
        ("a \u202e b", "a b"),
    ],
)
def test_what_a_message_says(message: str, name: str) -> None:
    """PU8: one line is a name; a signature, and what would turn the text around, is no part of it."""
    assert tagnames.called("v1", message) == name


def test_messages_that_say_the_same(path: str) -> None:
    """PU8: what two tags say tells neither from the other: then their refs do."""
    one, two = put(path, {"a": b"1"}), put(path, {"a": b"2"})
    for ref, revision in (("v1", one), ("v2", two)):
        git(path, "-c", "user.name=x", "-c", "user.email=x@x", "tag", "-m", "A release", ref, revision)
    assert names(path).own == {one: ["v1"], two: ["v2"]}


AMBIGUOUS = [
    "main", "HEAD", "head", "FETCH_HEAD", "origin/main", "origin", "refs/heads/main", "heads/x",
    "stash", "together/main", "x/HEAD", "a" * 40,
]  # fmt: skip


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_names_that_git_takes_for_others(path: str, name: str) -> None:
    """PU8, NV1: no tag has a name that git, in a clone, could take for a branch or HEAD; a version that is called so has another ref."""
    with pytest.raises(CodeTogetherError, match="git would take this name for"):
        tagnames.check_name(f"refs/tags/{name}")
    one = put(path, {"a": b"1"})
    version = tags.name_revision(path, one, name, ANN, 5.0)
    tagnames.check_name(f"refs/tags/{version.tag}")
    assert tags.versions(path) == [version]
    assert version.name == name


@pytest.mark.parametrize("name", ["main-1", "headline", "v1/x", "ahead", "2024", "domain", "a" * 39])
def test_names_that_are_clear(name: str) -> None:
    """PU8: what only looks like such a name is one like any other."""
    tagnames.check_name(f"refs/tags/{name}")


def test_judging(path: str) -> None:
    """PU8: before anything is taken in it is known of each tag why it cannot be, those of the same push and of main to be included."""
    first = put(path, {"a": b"a"})
    new = repository.commit_files(path, first, [FileChange("x", b"x")], ANN, HOST, 1.0, "New").id
    tags.take(path, "refs/tags/v1", first)
    tree = git(path, "rev-parse", "main^{tree}").strip()
    pushed = [
        ("refs/tags/v1", first), ("refs/tags/v1", new), ("refs/tags/v2", new), ("refs/tags/V2", first),
        ("refs/tags/v2/x", first), ("refs/tags/tree", tree), ("refs/tags/gone", "1" * 40),
    ]  # fmt: skip
    moved, foreign = "there is a version v1 already", "no revision of main"
    said = [None, moved, None, "there is a version v2 already", "collides", foreign, foreign]
    for reason, expected in zip(tags.judge(path, None, pushed, [new]), said, strict=True):
        assert (reason is None) == (expected is None)
        assert reason is None or (expected is not None and expected in reason)
    assert foreign in str(tags.judge(path, None, [("refs/tags/v2", new)], [])[0])


def test_names_that_came_with_a_merge(path: str) -> None:
    """PU8: what is named off the line of first parents is shown on the revision that brought it in, the oldest that did."""
    base = put(path, {"a": b"a"})
    side = repository.commit_files(path, base, [FileChange("x", b"x")], ANN, HOST, 1.0, "Side").id
    tree = git(path, "rev-parse", f"{side}^{{tree}}").strip()
    words = ("-c", "user.name=x", "-c", "user.email=x@x", "commit-tree", "-m", "Merge")
    merge = git(path, *words, "-p", base, "-p", side, tree).strip()
    repository.move_ref(path, merge, base)
    put(path, {"a": b"b"})
    tags.take(path, "refs/tags/v1.0", side)
    tags.take(path, "refs/tags/base", base)
    found = names(path)
    assert found.own == {side: ["v1.0"], base: ["base"]}
    assert found.brought == {merge: [("v1.0", side)]}
    assert found.of(merge) == ["v1.0"]
