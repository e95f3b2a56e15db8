"""What the tag of a named version may be called, whoever makes it, and what the version is called then."""

from __future__ import annotations

import re
import unicodedata

from code_together.errors import Unprocessable
from code_together.git.identity import one_line
from code_together.session.paths import comparable, without_ignored

PREFIX = "refs/tags/"

_BYTES = 200
_LONGEST = 200  # characters of a message that is a name
# How git finds out what a short name means (gitrevisions): a file of the repository's folder, refs/NAME, a tag, a branch, a remote's branch.
_FOLDERS = frozenset({"refs", "heads", "tags", "remotes", "notes", "origin"})
_OTHERS = frozenset({"stash", "auto_merge", "merge_autostash", "bisect_expected_rev", "notes_merge_ref"})
_LAST = re.compile(r"main|([a-z]+_)*head")
_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_BLANK = "\u115f\u1160\u3164\uffa0"  # Hangul's fillers, which are letters and cannot be seen
_UNSEEN = dict.fromkeys([*map(ord, _BLANK), *range(0xFE00, 0xFE10)])  # and which form of a character is meant
_SIGNATURE = re.compile(r"^-----BEGIN (PGP|SSH|SIGNED) (SIGNATURE|MESSAGE)-----$.*", re.MULTILINE | re.DOTALL)


def says_something(name: str) -> bool:
    """Whether there is a letter or a digit to be seen in it: of a name without one nothing would be left in the ref."""
    return any(unicodedata.category(c)[0] in "LN" and c not in _BLANK for c in name)


def alike(name: str) -> str:
    """What two names share that nobody can tell apart: case, the way in which accents are encoded, and what is not seen count for nothing."""
    return comparable(without_ignored(name.translate(_UNSEEN)))


def tag_ref(name: str) -> str:
    """A form of the name that may stand in a ref: letters, digits, `_`, `+`, `.` and `-`, in any script, and that git takes for nothing else."""
    form = _form(name)
    return f"version-{form}" if is_ambiguous(form) else form


def _form(name: str) -> str:
    kept = "".join(
        c if c in "_+." or unicodedata.category(c)[0] in "LMN" else "-"
        for c in unicodedata.normalize("NFC", name)
    )
    kept = kept.encode()[:_BYTES].decode(errors="ignore")
    kept = re.sub(r"\.*-[-.]*|\.{2,}", "-", kept).strip("-.")
    return re.sub(r"\.lock\Z", "-lock", kept) or "version"


def is_ambiguous(tag: str) -> bool:
    """Whether git, in somebody's clone, could take the name of a tag for a branch, HEAD or a commit's id; case counts for nothing on some systems."""
    parts = tag.casefold().split("/")
    return (
        parts[0] in _FOLDERS
        or parts[0] in _OTHERS
        or _LAST.fullmatch(parts[-1]) is not None
        or _ID.fullmatch(parts[-1]) is not None
    )


def check_name(ref: str) -> None:
    """Raises `Unprocessable` (`bad_name`) unless a tag may have this ref: of names as `tag_ref` gives them, folder by folder."""
    tag = ref.removeprefix(PREFIX)
    if any(part != _form(part) for part in tag.split("/")):
        raise Unprocessable("the name of a version is of letters, digits and _ + . - alone", code="bad_name")
    if is_ambiguous(tag):
        raise Unprocessable(
            "in a clone git would take this name for a branch, HEAD or a commit; give the tag another one",
            code="bad_name",
        )


def called(tag: str, message: str) -> str:
    """What a tag calls a revision: its message, if that is one line; the ref of one that tells a story, or nothing."""
    said = _SIGNATURE.sub("", message).strip()
    name = one_line(said)
    return name if name and "\n" not in said and (len(name) <= _LONGEST or is_form(tag, name)) else tag


def is_form(tag: str, name: str) -> bool:
    """Whether a tag was made here of this name: a number may stand behind its form."""
    return re.fullmatch(re.escape(tag_ref(name)) + r"(-\d+)?", tag) is not None
