"""What a repository says of its session, for the list of sessions. Runs in a worker process."""

from __future__ import annotations

from pathlib import Path

from code_together.git import repository
from code_together.git.bare import opened
from code_together.git.commits import merged, read_commit
from code_together.session.authors import Person
from code_together.session.languages import languages_of


def look(path: str, known: str | None) -> tuple[str, int, list[str], Person, float] | None:
    """The newest revision, the number of its files, their languages, its author and the moment.

    None if it is the one that is known, or there is none.
    """
    head = repository.head(path) if Path(path).is_dir() else None
    if head is None or head == known:
        return None
    files = repository.files(path, head)
    with opened(path) as repo:
        revision = read_commit(repo, head)
        # A window's merge is the server's: the author of the last of its commits is who edited last.
        last = [revision, *merged(repo, revision)][-1]
    languages = languages_of(file.path for file in files)
    return head, len(files), languages, Person(last.author.name, last.author.email), revision.at
