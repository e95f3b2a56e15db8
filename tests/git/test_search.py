from __future__ import annotations

import pytest

from code_together.errors import TooLarge
from code_together.git import repository, search
from code_together.git.search import Searched
from code_together.session.search import Query
from tests.git.making import put


@pytest.fixture
def files(path: str) -> list[Searched]:
    """Five files with the same word in different bytes, and one that is no text."""
    text = "schöne Grüße\n" * 5
    commit = put(
        path,
        {
            "a.py": text.encode(),
            "b.txt": text.encode("cp1252"),
            "c.txt": text.encode("utf-16"),
            "d.txt": text.replace("\n", "\r\n").encode(),
            "e.bin": text.encode() + b"\0",
        },
    )
    found = [Searched(entry.path, entry.blob, None, None) for entry in repository.files(path, commit)]
    return [*found, Searched("live.py", "0" * 40, "utf-8", "Grüße, live")]


def test_texts_in_any_encoding(path: str, files: list[Searched]) -> None:
    """SE8: files are read in their own encoding, live texts as they are; what is no text is counted."""
    found = search.search(path, files, Query("grüße"), 100, 100)
    assert [(file.path, len(file.matches)) for file in found.files] == [
        *((name, 5) for name in ("a.py", "b.txt", "c.txt", "d.txt")),
        ("live.py", 1),
    ]
    assert (found.searched, found.binary, found.truncated) == (5, 1, False)
    assert {match.start_column for file in found.files[:4] for match in file.matches} == {8}


def test_most(path: str, files: list[Searched]) -> None:
    """SE4: it ends with as many matches as asked for, and says whether there were more."""
    for most, count in ((0, 0), (3, 1), (5, 1), (6, 2), (20, 4)):
        found = search.search(path, files, Query("grüße"), 100, most)
        assert (sum(len(file.matches) for file in found.files), len(found.files)) == (most, count)
        assert found.truncated
    assert not search.search(path, files, Query("grüße"), 100, 21).truncated


def test_which_have_a_match(path: str, files: list[Searched]) -> None:
    """SE7, SE6: the files that a replacement is about."""
    assert search.paths_with(path, files, Query("grüße", paths="*.py"), 100) == ["a.py", "live.py"]
    assert search.paths_with(path, files, Query("nothing"), 100) == []


def test_replacements() -> None:
    """SE7: the change of each text that has a match; too much altogether is refused."""
    made = search.replacements(["one one", "two"], Query("one"), 100, "three", 100, 100)
    assert made[0] is not None
    assert (made[0].changes.apply("one one"), made[0].places, made[1]) == ("three three", 2, None)
    with pytest.raises(TooLarge) as refused:
        search.replacements(["one"] * 30, Query("one"), 100, "three", 100, 100)
    assert refused.value.code == "too_much_to_replace"
