"""Whether a file is executable: the one bit of its mode that Git keeps, in step both ways (SY2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from code_together.errors import Conflict, NotFound, Unprocessable
from code_together.sync.files import Blob, Files
from code_together.sync.folder import Look, Signature, is_executable
from code_together.sync.texts import TextFile


class Modes:
    """Of two values, that which is not what both sides had last was changed: so the sides never clash."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._line, self._folder, self._state, self._say = files.line, files.folder, files.state, files.say
        self._kept_here = files.folder.keeps_modes()

    def here(self, signature: Signature) -> bool:
        """Whether a file of the folder is executable, as far as its file system says."""
        return self._kept_here and is_executable(signature)

    def agree(self, here: Signature, there: Mapping[str, Any]) -> bool:
        """Whether a file is executable on both sides or on none, `there` as the session lists it."""
        return not self._kept_here or is_executable(here) == bool(there.get("executable"))

    async def settle(self, look: Look) -> None:
        """Brings the bit to the side on which it is as it was."""
        if not self._kept_here:
            return
        files: list[TextFile | Blob] = [*self._files.texts.values(), *self._files.blobs.values()]
        for file in files:
            signature, item = look.files.get(file.path), self._files.remote.get(file.path)
            if signature is None or item is None:
                continue
            here, there = is_executable(signature), bool(item.get("executable"))
            if here == there:
                self._agreed(file, here)
            elif there != file.executable:
                with self._files.apart(file.path):
                    self._folder.make_executable(file.path, there)
                    self._agreed(file, there)
                    self._say(f"{file.path} is {_said(there)} now")
            elif not self._files.may_edit:
                self._files.say_once(file.path, f"is of another mode here: {self._files.why_not_sent}")
            elif self._files.settled(file.path, signature):  # an editor sets it after it has written
                await self._send(file, here)

    async def _send(self, file: TextFile | Blob, executable: bool) -> None:
        try:
            await self._line.make_executable(file.path, executable)
        except (NotFound, Conflict):
            return  # it went or moved there meanwhile, which is said by and by
        except Unprocessable as error:  # a server that is older than this
            self._files.say_once(file.path, f"its mode is not sent: {error.message}")
            return
        self._files.remote[file.path] = {**self._files.remote[file.path], "executable": executable}
        self._agreed(file, executable)
        self._say(f"{file.path} is {_said(executable)} in the session now")

    def _agreed(self, file: TextFile | Blob, executable: bool) -> None:
        """Both sides have it; the state file says so with the file, where that is in it."""
        if file.executable == executable:
            return
        file.executable = executable
        kept = self._state.kept(file.path)
        if kept is not None:
            kept.executable = executable
            self._state.put(kept)


def _said(executable: bool) -> str:
    return "executable" if executable else "no longer executable"
