"""Pushes that mean harm: each is refused with a word, ends quickly, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
import os
import re
import struct
import subprocess
import time
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from aiohttp import encode_basic_auth

from tests.clones import run_git
from tests.conftest import PASSWORD, Start
from tests.docs.blocks import hold
from tests.http.test_git import with_login

QUICK = 15.0  # seconds, on a machine that has other things to do
ZERO = "0" * 40


class Forge:
    """Makes objects that no well-meaning git would make, in a clone's own repository."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.head = self.git("rev-parse", "HEAD")
        self.empty = self.blob(b"")

    def git(self, *words: str, data: bytes | None = None) -> str:
        done = subprocess.run(["git", *words], cwd=self.path, input=data, capture_output=True, check=True)
        return done.stdout.decode().strip()

    def object(self, kind: str, data: bytes) -> str:
        return self.git("hash-object", "-t", kind, "-w", "--literally", "--stdin", data=data)

    def blob(self, data: bytes) -> str:
        return self.object("blob", data)

    def tree(self, *entries: tuple[str, str | bytes, str]) -> str:
        """A tree of (mode, name, id), in Git's order."""
        raw = [
            (mode, name.encode() if isinstance(name, str) else name, bytes.fromhex(id))
            for mode, name, id in entries
        ]
        raw.sort(key=lambda entry: entry[1] + (b"/" if entry[0] == "40000" else b""))
        return self.object(
            "tree", b"".join(mode.encode() + b" " + name + b"\0" + id for mode, name, id in raw)
        )

    def commit(self, tree: str) -> str:
        return self.git(
            "-c", "user.name=x", "-c", "user.email=x@x", "commit-tree", "-p", self.head, "-m", "x", tree
        )

    def with_file(self, name: str | bytes, data: bytes = b"x", mode: str = "100644") -> str:
        return self.commit(self.tree((mode, name, self.blob(data))))

    def with_files(self, *names: str) -> str:
        return self.commit(self.tree(*(("100644", name, self.empty) for name in names)))


def _deep(forge: Forge) -> str:
    tree = forge.tree(("100644", "x", forge.empty))
    for _ in range(600):
        tree = forge.tree(("40000", "d", tree))
    return forge.commit(tree)


def _bomb(forge: Forge) -> str:
    tree = forge.tree(*(("100644", f"f{n}", forge.empty) for n in range(10)))
    for _ in range(10):
        tree = forge.tree(*(("40000", f"d{n}", tree) for n in range(10)))
    return forge.commit(tree)


def _bomb_in_the_past(forge: Forge) -> str:
    bomb, head = _bomb(forge), forge.head
    forge.head = bomb
    tip = forge.with_file("innocent.txt")
    forge.head = head
    return tip


def _unsorted(forge: Forge) -> str:
    entry = b"100644 %s\0" + bytes.fromhex(forge.empty)
    return forge.commit(forge.object("tree", entry % b"b" + entry % b"a"))


def _folder_twice(forge: Forge) -> str:
    inner = forge.tree(("100644", "x", forge.empty))
    return forge.commit(forge.tree(("40000", "Lib", inner), ("40000", "lib", inner)))


def _many_commits(forge: Forge) -> str:
    head, tip = forge.head, forge.head
    for _ in range(60):
        tip = forge.commit(forge.git("rev-parse", "HEAD^{tree}"))
        forge.head = tip
    forge.head = head
    return tip


def _author(line: bytes) -> Callable[[Forge], str]:
    def make(forge: Forge) -> str:
        tree = forge.git("rev-parse", "HEAD^{tree}")
        head = f"tree {tree}\nparent {forge.head}\n".encode()
        return forge.object("commit", head + b"author " + line + b"\ncommitter x <x@x> 1 +0000\n\nx\n")

    return make


def _file(name: str | bytes, data: bytes = b"x", mode: str = "100644") -> Callable[[Forge], str]:
    return lambda forge: forge.with_file(name, data, mode)


def _files(*names: str) -> Callable[[Forge], str]:
    return lambda forge: forge.with_files(*names)


COMMITS: dict[str, Callable[[Forge], str]] = {
    "symbolic link out of the tree": _file("link", b"../../../etc/passwd", "120000"),
    "submodule": lambda forge: forge.commit(forge.tree(("160000", "module", forge.head))),
    ".gitmodules": _file(".gitmodules", b'[submodule "x"]\n\tpath = x\n\turl = --upload-pack=touch x\n'),
    ".git as a folder": lambda forge: forge.commit(
        forge.tree(("40000", ".git", forge.tree(("100644", "config", forge.empty))))
    ),
    ".GIT": _file(".GIT"),
    "git~1": _file("git~1"),
    "git~2": _file("git~2"),
    ".git with a blank": _file(".git "),
    ".git with a stream": _file(".git::$INDEX_ALLOCATION"),
    ".git with a joiner": _file(".g\u200cit"),
    "two dots": _file(".."),
    "one dot": _file("."),
    "a slash in a name": _file("a/b"),
    "the same name twice": _files("x", "x"),
    "case collision": _files("A.txt", "a.txt"),
    "case collision of folders": _folder_twice,
    "normal form collision": _files("é.txt", unicodedata.normalize("NFD", "é.txt")),
    "backslash": _file("..\\..\\x"),
    "newline": _file("a\nb"),
    "colon": _file("C:x"),
    "device": _file("aux.py"),
    "not UTF-8": _file(b"\xff\xfe"),
    "name of 5,000 bytes": _file("x" * 5_000),
    "600 folders deep": _deep,
    "tree bomb": _bomb,
    "tree bomb in the past": _bomb_in_the_past,
    "mode 100777": _file("x", mode="100777"),
    ".gitattributes with a long line": _file(".gitattributes", b"x " + b"a" * 3_000 + b"\n"),
    ".gitattributes as a link": _file(".gitattributes", b"x", "120000"),
    "a folder out of order": _unsorted,
    "file too large": _file("x", b"x" * 300_000),
    "pack too large": _file("x", os.urandom(900_000)),
    "too many files": lambda forge: forge.with_files(*(f"f{n}" for n in range(600))),
    "too many commits": _many_commits,
    "author over two lines": _author(b"Eve\nauthor Ann <ann@x> 1 +0000"),
    "author without a mail": _author(b"Eve 1 +0000"),
}

REFS = [
    "refs/heads/-evil",
    "refs/heads/--upload-pack=x",
    "refs/tags/-n1",
    "refs/tags/A B",
    "refs/heads/main/x",
    "HEAD",
    "refs/heads/mäin",
]


def _packet(text: bytes) -> bytes:
    return b"%04x" % (len(text) + 4) + text


def _pack(*objects: bytes, count: int | None = None) -> bytes:
    body = b"PACK" + struct.pack(">LL", 2, len(objects) if count is None else count) + b"".join(objects)
    return body + hashlib.sha1(body, usedforsecurity=False).digest()


def _size(kind: int, size: int) -> bytes:
    first, rest, head = kind << 4 | size & 15, size >> 4, bytearray()
    while rest:
        head.append(first | 128)
        first, rest = rest & 127, rest >> 7
    return bytes([*head, first])


def _number(size: int) -> bytes:
    out = bytearray()
    while size >= 128:
        out.append(size & 127 | 128)
        size >>= 7
    return bytes([*out, size])


def _requests(head: str) -> Iterator[tuple[str, bytes]]:
    """Bodies that git itself would not send."""
    new = "1" * 40
    wish = _packet(f"{head} {new} refs/heads/main\0report-status side-band-64k\n".encode()) + b"0000"
    yield "no pack", wish
    yield "not a pack", wish + b"x" * 1_000
    yield "pack of nothing, for what is not there", wish + _pack()
    yield "pack that says it has more", wish + _pack(count=2**31)
    yield "pack cut off", wish + _pack(_size(3, 10) + zlib.compress(b"0123456789"))[:-15]
    yield "broken zlib", wish + _pack(_size(3, 10) + b"\x78\x9c\xff\xff\xff")
    yield (
        "delta of nothing that is there",
        wish + _pack(_size(7, 4) + b"\x22" * 20 + zlib.compress(_number(5) + _number(5) + b"\x90\x05")),
    )
    base = b"x" * 1_000
    copies = (b"\xb0" + b"\xe8\x03") * 100
    yield (
        "delta that says it makes 100 GB",
        wish
        + _pack(
            _size(3, len(base)) + zlib.compress(base),
            _size(7, 8 + len(copies))
            + hashlib.sha1(b"blob 1000\0" + base, usedforsecurity=False).digest()
            + zlib.compress(_number(1_000) + _number(100_000_000_000) + copies),
        ),
    )
    yield "a blob that says it has 1 TB", wish + _pack(_size(3, 10**12) + zlib.compress(b"x"))
    yield "lengths that are none", b"zzzz" + wish
    yield "a packet longer than the request", b"fff0" + b"x"
    yield "a command of nothing", _packet(b"x\0report-status\n") + b"0000"
    yield (
        "options that were not offered",
        _packet(f"{head} {new} refs/heads/main\0report-status push-options atomic agent=$(x)\n".encode())
        + b"0000"
        + _packet(b"x=y")
        + b"0000",
    )
    yield (
        "very many refs",
        b"".join(
            _packet(f"{ZERO} {head} refs/tags/t{n}{chr(0) + 'report-status' if n == 0 else ''}\n".encode())
            for n in range(20_000)
        )
        + b"0000"
        + _pack(),
    )


def _sentence(said: str) -> str:
    """What who pushes reads: our sentence, or which program complained. Git's own words differ between its versions."""
    said = re.sub(r"(could not read what was pushed|git does not allow) \(.*?\)([;.])", r"\1 (…)\2", said)
    lines = [line.partition("remote: ")[2].strip() for line in said.splitlines() if "remote: " in line]
    found = re.search(r"^[0-9a-f]{4}\x02((?!error|fatal|warning).*)$", said, re.MULTILINE)
    lines = [line for line in lines if not line.startswith("warning: ")]  # a refusal follows
    line = found[1] if found else next(iter(lines), said.strip())
    if line.startswith(("error: ", "fatal: ", "warning: ")) or "unpack" in line or "\x02" in line:
        return "*git refuses it, in its own words*"
    line = "".join(char if char.isprintable() else repr(char)[1:-1] for char in line)
    return f"`{re.sub(r'[0-9a-f]{10}', '…', line)}`"


def _table(rows: list[tuple[str, str]]) -> str:
    lines = [f"| {name} | {sentence} |" for name, sentence in rows]
    assert not any("|" in name + sentence or "``" in sentence for name, sentence in rows)
    return "\n".join(["| what is pushed | what git shows behind `remote:` |", "|---|---|", *lines])


async def test_hostile_pushes(start: Start, tmp_path: Path) -> None:
    """PU7, G1, G5 to G8, G14, T3 to T7: each is refused, in no time, and changes nothing; the page of pushing shows the sentences."""
    server = await start(
        file_bytes=200_000, push_bytes=800_000, session_files=500, push_commits=50, push_refs=1_000
    )
    ann = await server.sign_up("ann")
    session = await ann.new_session()
    await ann.send("PUT", f"/api/sessions/{session}/files/main.py", data=b"one\n")
    url = f"{server.url}/git/{session}.git"
    assert (await run_git(tmp_path, "clone", "-q", with_login(url), "copy")).returncode == 0
    forge = await asyncio.to_thread(Forge, tmp_path / "copy")
    repository = tmp_path / "data" / f"{session}.git"

    def everything() -> dict[str, bytes]:
        return {
            str(path.relative_to(repository)): path.read_bytes()
            for path in repository.rglob("*")
            if path.is_file()
        }

    before = everything()
    faults = []
    rows: list[tuple[str, str]] = []

    def judge(name: str, refused: bool, seconds: float, said: str) -> None:
        line = next(
            (x for x in said.splitlines() if x.startswith(("remote: ", "fatal: ")) and len(x) > 12),
            said[:100],
        )
        print(f"{name:40} {seconds:5.2f} s  {line.strip()}")
        rows.append((name, _sentence(said)))
        if not refused:
            faults.append(f"{name} was taken: {said}")
        if "fsck error" in said:
            faults.append(f"{name} is refused by git, which does not say where: {said}")
        if seconds > QUICK:
            faults.append(f"{name} took {seconds:.1f} s")
        if (now := everything()) != before:
            faults.append(f"{name} left {sorted(now.keys() ^ before.keys())} behind")

    async def push(name: str, what: str) -> None:
        begun = time.monotonic()
        ran = await run_git(forge.path, "push", "--force", "origin", what)
        judge(name, ran.returncode != 0, time.monotonic() - begun, ran.stderr)

    for name, make in COMMITS.items():
        commit = await asyncio.to_thread(make, forge)
        await push(name, f"{commit}:refs/heads/main")
        if name == "symbolic link out of the tree":
            await push("the same for refs/for/main", f"{commit}:refs/for/main")
            await push("the same for a tag", f"{commit}:refs/tags/v1")

    async def post(name: str, body: bytes, ref: bytes, **headers: str) -> None:
        begun = time.monotonic()
        said = await ann.post(
            f"/git/{session}.git/git-receive-pack",
            data=io.BytesIO(body),
            headers={"Authorization": encode_basic_auth("ann", PASSWORD), **headers},
        )
        text = said.body.decode(errors="replace")
        judge(name, b"ok " + ref not in said.body, time.monotonic() - begun, text)

    for ref in REFS:
        line = f"{ZERO} {forge.head} ".encode() + ref.encode() + b"\0report-status side-band-64k\n"
        await post(f"the ref {ref}", _packet(line) + b"0000" + _pack(), ref.encode())
    for name, body in _requests(forge.head):
        await post(name, body, b"refs/")
    bomb = gzip.compress(b"\0" * 30_000_000)
    await post("gzip bomb", bomb, b"refs/", **{"Content-Encoding": "gzip"})
    assert not faults, "\n".join(faults)
    hold("docs/reference/pushing.md", "refusals", _table(rows))
    answer = await ann.get(f"/api/sessions/{session}/files/main.py")
    assert answer.body == b"one\n"
