"""A clone of a session, and somebody who works in it with the real git."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Self

from tests.live import PASSWORD, Person

Ran = subprocess.CompletedProcess[str]


async def run_git(folder: Path, *words: str, **environment: str) -> Ran:
    """The real git, as a stranger to this machine's settings would have it."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG")}
    clean = {
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
    }
    return await asyncio.to_thread(
        subprocess.run,
        ["git", *words],
        cwd=folder,
        env={**kept, **clean, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


class Clone:
    """A work tree whose origin is a session."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    async def of(cls, person: Person, session: str, path: Path) -> Self:
        await asyncio.to_thread(path.mkdir)
        clone = cls(path)
        login = f"{person.name}:{PASSWORD.replace(' ', '%20')}"
        url = f"{person.url.replace('://', f'://{login}@')}/git/{session}.git"
        await clone.git("clone", "-q", url, ".")
        await clone.git("config", "user.name", person.name.title())
        await clone.git("config", "user.email", f"{person.name}@code.test")
        return clone

    async def git(self, *words: str, status: int | None = 0) -> Ran:
        ran = await run_git(self.path, *words)
        assert status is None or ran.returncode == status, f"git {words}: {ran.stdout}{ran.stderr}"
        return ran

    def write(self, **files: str) -> None:
        """`a_py="…"` writes a.py."""
        for name, text in files.items():
            (self.path / name.replace("_", ".")).write_text(text)

    async def commit(self, message: str = "Work", **files: str) -> str:
        """Writes these files and commits all there is; gives the commit's id."""
        self.write(**files)
        await self.git("add", "-A")
        await self.git("commit", "-q", "-m", message)
        return (await self.git("rev-parse", "HEAD")).stdout.strip()

    async def head(self, what: str = "HEAD") -> str:
        """A commit's id."""
        return (await self.git("rev-parse", what)).stdout.strip()

    async def push(self, *words: str, status: int | None = 0) -> str:
        """What git says of `git push origin …`, by default of main."""
        return (await self.git("push", "origin", *(words or ("main",)), status=status)).stderr


MakeClone = Callable[[Person, str], Awaitable[Clone]]
