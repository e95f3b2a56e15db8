"""Keeping a folder and a session in step, until it is told to stop: connections come and go, the folder's state stays."""

from __future__ import annotations

import asyncio
import fcntl
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from code_together.errors import Conflict, TooFast, Unavailable
from code_together.sync.client import Client
from code_together.sync.files import Again
from code_together.sync.folder import Folder
from code_together.sync.line import Line, address
from code_together.sync.standing import Outcome
from code_together.sync.state import State

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0
_WELCOME_SECONDS = 15.0
_GOODBYE_SECONDS = 5.0
_LOOK_SECONDS = 0.3
_LOOK_SHARE = 10  # a look at the folder takes at most a tenth of the time
_SOON = 0.06


async def keep_in_step(
    url: str,
    root: Path,
    token: str,
    *,
    stop: asyncio.Event,
    say: Callable[[str], None],
    ca: Path | None = None,
    merge: bool = False,
    once: bool = False,
) -> Outcome:
    """Runs until `stop` is set, with `once` until nothing is left to do; gives how both sides stand then.

    `root` is there. Raises `CodeTogetherError` for what no waiting mends.
    """
    server, session = address(url)
    folder = Folder(root)
    try:
        _lock(folder)
        state = State(root)
        if state.known and state.session != session:
            raise Conflict(
                f"{root} is kept in step with another session ({state.session}). Choose another folder."
            )
        if state.known and state.place != folder.place:
            state.client = None  # a copy: the client id is the original's
        async with Line.to(server, session, token, ca) as line:
            client = Client(line, folder, state, merge, say)
            return await _Run(client, line, state, session, stop, say, once).run()
    finally:
        folder.close()


def _lock(folder: Folder) -> None:
    try:
        fcntl.flock(folder.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Conflict(f"{folder.root} is kept in step by another code-together already.") from None


class _Run:
    def __init__(
        self,
        client: Client,
        line: Line,
        state: State,
        session: str,
        stop: asyncio.Event,
        say: Callable[[str], None],
        once: bool,
    ) -> None:
        self._client, self._line, self._state, self._say, self._once = client, line, state, say, once
        self._session, self._stop = session, stop
        self._pause = _FIRST_PAUSE
        self._reached = False
        self._trouble = ""
        self._held: list[dict[str, Any] | None] = []

    async def run(self) -> Outcome:
        done = False
        try:
            while not self._stop.is_set():
                try:
                    if (ended := await self._connection()) is not None:
                        done = ended
                        break
                except Unavailable as error:
                    if not self._reached and self._once:
                        raise
                    self._say_trouble(f"offline: {error.message}")
                except OSError as error:  # a full disk, a network folder that is away
                    if self._once:
                        raise
                    self._say_trouble(
                        f"the folder cannot be kept in step: {error.strerror}; it is tried again"
                    )
                except (Again, TooFast):
                    pass
                finally:
                    await self._line.disconnect()
                await self._wait(self._pause * random.uniform(0.5, 1.0))  # noqa: S311
                self._pause = min(2 * self._pause, _LONGEST_PAUSE)
            if not self._reached:
                raise Unavailable("It ends before the server was reached: nothing was sent or received.")
            if not done:
                with suppress(Again):  # what was saved while the server was away
                    self._client.edits.save_edits()
                self._client.look_last()
            return self._client.standing.outcome(done)
        finally:
            with suppress(OSError):
                self._client.edits.keep()
            self._state.close()

    def _say_trouble(self, what: str) -> None:
        """Says why it waits; of a day without the server one line is enough."""
        if what != self._trouble:
            self._trouble = what
            self._say(what)

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()

    async def _connection(self) -> bool | None:
        """One connection; gives whether all was done when it was to end, None if another is needed."""
        self._held.clear()
        await self._line.connect(self._state.client)
        queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        reader = asyncio.create_task(self._read(queue))
        try:
            welcome = await self._welcome(queue)
            await self._client.begin(welcome)
            self._reached = True
            return await self._follow(queue)
        finally:
            reader.cancel()
            with suppress(asyncio.CancelledError):
                await reader

    async def _read(self, queue: asyncio.Queue[dict[str, Any] | None]) -> None:
        try:
            async for message in self._line.messages():
                queue.put_nowait(message)
        finally:
            queue.put_nowait(None)

    async def _welcome(self, queue: asyncio.Queue[dict[str, Any] | None]) -> dict[str, Any]:
        try:
            async with asyncio.timeout(_WELCOME_SECONDS):
                while (message := await queue.get()) is not None:
                    if message["type"] == "welcome":
                        return message
                    await self._client.take(message)
        except TimeoutError:
            pass
        raise Unavailable("The server does not answer.")

    async def _follow(self, queue: asyncio.Queue[dict[str, Any] | None]) -> bool:
        """Until it is to end; gives whether all was done."""
        clock = asyncio.get_running_loop().time
        client = self._client
        next_look = clock()
        deadline: float | None = None
        while True:
            pause = _SOON if not client.idle else max(0.0, min(next_look - clock(), _LOOK_SECONDS))
            with suppress(TimeoutError):
                # Not `wait_for`: before Python 3.12 it loses a cancellation that comes together with a message.
                async with asyncio.timeout(pause):
                    self._held.append(await queue.get())
            while not queue.empty():
                self._held.append(queue.get_nowait())
            while self._held:
                await self._take(self._held.pop(0))
                await asyncio.sleep(0)  # writing thousands of files must not make the connection seem dead
            looked = False
            if clock() >= next_look:
                await client.look()
                looked = True
                next_look = clock() + max(_LOOK_SECONDS, _LOOK_SHARE * client.looking.look_took)
            await client.edits.settle()
            if looked and client.idle:
                self._pause = _FIRST_PAUSE
                client.compare()
                if client.standing.sure:
                    self._tell()
            if deadline is None and self._stop.is_set():
                deadline = clock() + _GOODBYE_SECONDS
                next_look = clock()
            ending = deadline is not None or self._once
            if looked and client.idle and client.standing.sure and queue.empty() and ending:
                return True
            if deadline is not None and clock() > deadline:
                return False

    def _tell(self) -> None:
        """Says how both sides stand. With `once` it ends with that, unless they are in step."""
        if not self._once or not self._client.standing.apart:
            self._client.standing.tell("online again: " if self._trouble else "")
        self._trouble = ""

    async def _take(self, message: dict[str, Any] | None) -> None:
        if message is None:
            raise Unavailable("The connection is gone; it is tried again.")
        await self._client.take(message)
