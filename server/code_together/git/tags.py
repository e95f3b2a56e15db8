"""Named versions: annotated tags whose message is the name, made here; and whatever tags come with a push."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import pygit2
from pygit2.enums import ObjectType

from code_together.errors import Conflict, NotFound, Unprocessable
from code_together.git import tagnames
from code_together.git.bare import MAIN, opened
from code_together.git.commits import parse_identity, read_commit
from code_together.git.identity import Person, one_line
from code_together.git.policy import check_identities, commit_of
from code_together.git.repository import tag
from code_together.git.tagnames import alike, called, is_form, says_something

_PREFIX = tagnames.PREFIX
_NO_REVISION = "what it names is no revision of main"


@dataclass(frozen=True, slots=True)
class Version:
    """A name of a revision. `tag` is its ref without `refs/tags/`; `by` and `at` are of who named it: of a plain tag nobody, and the commit's."""

    tag: str
    name: str
    revision: str
    by: Person | None
    at: float


def versions(path: str) -> list[Version]:
    """All names of revisions, the oldest first."""
    with opened(path) as repository:
        return _versions(repository)


def name_revision(path: str, revision: str, name: str, tagger: Person, at: float) -> Version:
    """Names a revision; the same once more changes nothing.

    Raises `NotFound` (`no_revision`), `Conflict` (`name_taken`) if another revision has that name, `Unprocessable` (`bad_name`).
    """
    name = one_line(name)
    with opened(path) as repository:
        read_commit(repository, revision)
        main = repository.references.get(MAIN)
        if main is None or not _holds(repository, str(main.target), revision):
            raise NotFound("There is no such revision in this session.", code="no_revision")
        present = _versions(repository)
    for one in present:
        if (one.revision, one.name) == (revision, name):
            return one
    _check_free(present, name)
    ref = tag(path, revision, name, tagger, at)
    return Version(ref.removeprefix(_PREFIX), name, revision, tagger, int(at))


def check_free(path: str, revision: str | None, name: str) -> None:
    """Raises `Conflict` (`name_taken`) if another than this revision has the name, `Unprocessable` (`bad_name`)."""
    name = one_line(name)
    _check_free([one for one in versions(path) if (one.revision, one.name) != (revision, name)], name)


def rename_version(path: str, old: str, name: str, tagger: Person, at: float) -> Version:
    """Gives a version another name, by a tag of its own.

    Raises `NotFound` (`no_version`), `Conflict` (`name_taken`), `Unprocessable` (`bad_name`).
    """
    name = one_line(name)
    present = versions(path)
    found = _find(present, old)
    if found.name == name:
        return found
    _check_free([one for one in present if one is not found], name)
    ref = tag(path, found.revision, name, tagger, at, _PREFIX + old)
    return Version(ref.removeprefix(_PREFIX), name, found.revision, tagger, int(at))


def remove_version(path: str, old: str) -> Version:
    """Takes a name away; the revision stays. Gives what it was. Raises `NotFound` (`no_version`)."""
    found = _find(versions(path), old)
    with opened(path) as repository:
        repository.references.delete(_PREFIX + old)
    return found


def judge(
    path: str, objects: str | None, pushed: Sequence[tuple[str, str]], mains: Sequence[str]
) -> list[str | None]:
    """Why each of these tags (ref and id) cannot be taken, None for those that can: before they are here, and `objects` is the folder they lie in.

    `mains` are commits that are to be on main by then.
    """
    with opened(path) as repository:
        if objects is not None:
            repository.odb.add_disk_alternate(objects)
        main = repository.references.get(MAIN)
        revisions = _reachable(repository, [*mains, *([str(main.target)] if main else [])])
        taken = {ref: str(repository.references[ref].target) for ref in _tags(repository)}
        reasons: list[str | None] = []
        for ref, id in pushed:
            commit = commit_of(repository, id)
            if commit is None or commit not in revisions:
                reasons.append(_NO_REVISION)
            elif (why := _unreadable(repository, id)) or (why := _clash(taken, ref, id)):
                reasons.append(why)
            else:
                reasons.append(None)
                taken[ref] = id
        return reasons


def take(path: str, ref: str, id: str) -> Version:
    """Makes the tag `ref` of a tag object or a commit that is there. The same once more changes nothing.

    Raises `Conflict` (`tag_exists`), `Unprocessable` (`bad_tag`) for what does not speak of a revision of main.
    """
    with opened(path) as repository:
        commit = commit_of(repository, id)
        main = repository.references.get(MAIN)
        if commit is None or main is None or not _holds(repository, str(main.target), commit):
            raise Unprocessable(_NO_REVISION, code="bad_tag")
        taken = {present: str(repository.references[present].target) for present in _tags(repository)}
        if why := _clash(taken, ref, id):
            raise Conflict(why, code="tag_exists")
        if ref not in taken:
            repository.references.create(ref, id)
        return _find(_versions(repository), ref.removeprefix(_PREFIX))


def _unreadable(repository: pygit2.Repository, id: str) -> str | None:
    kind, data = repository.odb.read(id)
    try:
        if kind == ObjectType.TAG:
            check_identities(ObjectType.TAG, id, data)
    except Unprocessable as error:
        return error.message.rstrip(".")
    return None


def _clash(taken: Mapping[str, str], ref: str, id: str) -> str | None:
    """Why a tag cannot be beside those that there are, by ref and with what they are."""
    if taken.get(ref) == id:
        return None
    folded = ref.casefold()
    for present in taken:
        name, other = present.removeprefix(_PREFIX), present.casefold()
        if other == folded:
            return f"there is a version {name} already, and versions do not move"
        if other.startswith(folded + "/") or folded.startswith(other + "/"):
            return f"it collides with the name of the version {name}"
    return None


def _tags(repository: pygit2.Repository) -> list[str]:
    return [ref for ref in repository.references if ref.startswith(_PREFIX)]


def _reachable(repository: pygit2.Repository, tips: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for tip in tips:
        if tip not in found:
            walk = repository.walk(tip)
            for known in found & set(tips):
                walk.hide(known)
            found |= {str(one.id) for one in walk}
    return found


def _holds(repository: pygit2.Repository, main: str, commit: str) -> bool:
    return main == commit or repository.descendant_of(main, commit)


def _versions(repository: pygit2.Repository) -> list[Version]:
    found = []
    for ref in _tags(repository):
        with suppress(ValueError, KeyError, pygit2.GitError):  # of what is no commit
            found.append(_version(repository, ref))
    times = Counter(alike(version.name) for version in found)
    for number, version in enumerate(found):
        # "release" says which of them only if no other tag says the same
        if times[alike(version.name)] > 1 and not is_form(version.tag, version.name):
            found[number] = replace(version, name=version.tag)
    return sorted(found, key=lambda version: (version.at, version.revision, version.name))


def _version(repository: pygit2.Repository, ref: str) -> Version:
    target = repository[repository.references[ref].target]
    named = target.peel(pygit2.Commit)
    short = ref.removeprefix(_PREFIX)
    if not isinstance(target, pygit2.Tag):
        return Version(short, short, str(named.id), None, float(named.commit_time))
    name = called(short, target.message or "")
    tagger = next((line[7:] for line in target.read_raw().split(b"\n") if line.startswith(b"tagger ")), None)
    if tagger is None:
        return Version(short, name, str(named.id), None, float(named.commit_time))
    by, at = parse_identity(tagger.decode(errors="replace"))
    return Version(short, name, str(named.id), by, at)


def _find(present: Sequence[Version], tag: str) -> Version:
    for one in present:
        if one.tag == tag:
            return one
    raise NotFound("There is no such named version: it may have been renamed meanwhile.", code="no_version")


def _check_free(present: Sequence[Version], name: str) -> None:
    if not says_something(name):
        raise Unprocessable("A version's name needs at least one letter or digit.", code="bad_name")
    for one in present:
        if alike(one.name) == alike(name):
            raise Conflict(
                f"Revision {one.revision[:7]} is called {one.name} already: choose another name.",
                code="name_taken",
            )
