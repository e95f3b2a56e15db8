"""A folder in step with a session of many files: the first time both ways, a look at it, the return, and what it costs when nothing happens."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.live import Person
from tests.process import ServerProcess

IDLE_SECONDS = 20


def usage(pid: int) -> tuple[float, int]:
    """Seconds of CPU and the most bytes of memory that a process has used."""
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    peak = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmHWM" in line)
    return (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK"), int(peak.split()[1]) * 1024


class Sync:
    """`code-together sync` as a process."""

    def __init__(self, url: str, root: Path, token: str) -> None:
        self._words = (sys.executable, "-m", "code_together", "sync", url, str(root))
        self._environment = {**os.environ, "CODE_TOGETHER_TOKEN": token}

    async def start(self) -> float:
        """Gives the seconds until it is in step."""
        begun = time.monotonic()
        self.process = await asyncio.create_subprocess_exec(
            *self._words, env=self._environment, stdout=asyncio.subprocess.PIPE, limit=1 << 20
        )
        assert self.process.stdout is not None
        while not (line := await self.process.stdout.readline()).startswith(b"in step"):
            assert line, "it ended"
        took = time.monotonic() - begun
        self._reading = asyncio.create_task(self.process.stdout.read())
        return took

    async def stop(self) -> None:
        self.process.terminate()
        await self.process.wait()


async def run(files: int) -> None:
    with tempfile.TemporaryDirectory() as where:
        base = Path(where)
        server = ServerProcess(base / "data")
        await asyncio.to_thread(server.start)
        ann = await Person.sign_up(server.url, "ann")
        session = await ann.new_session()
        token = (await ann.post("/api/tokens", {"label": "bench", "scope": "write"}))["token"]
        one, two = base / "one", base / "two"
        for i in range(files):
            path = one / f"folder{i % 40}" / f"file{i}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"line {n} of file {i} = {n * i}\n" for n in range(60)))
        (one / ".gitignore").write_text("*.log\n/build/\n__pycache__/\n")
        url = f"{server.url}/s/{session}"
        up, down = Sync(url, one, token), Sync(url, two, token)
        for what, sync in (("up", up), ("down", down)):
            took = await sync.start()
            seconds, memory = usage(sync.process.pid)
            print(
                f"{files} files {what}: {took:.1f} s, {seconds:.1f} s of CPU, {memory / 1e6:.0f} MB at most"
            )
        before = usage(down.process.pid)[0]
        await asyncio.sleep(IDLE_SECONDS)
        print(f"idle: {(usage(down.process.pid)[0] - before) / IDLE_SECONDS:.2%} of a core")
        begun = time.monotonic()
        (one / "folder0" / "file0.py").write_text("new\n")
        while (two / "folder0" / "file0.py").read_text() != "new\n":  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        print(f"a save from folder to folder: {time.monotonic() - begun:.2f} s")
        await down.stop()
        print(f"return: {await down.start():.1f} s, {usage(down.process.pid)[0]:.1f} s of CPU")
        await down.stop()
        await up.stop()
        print(f"state file: {(two / '.code-together-sync').stat().st_size / 1e6:.1f} MB")
        await ann.close()
        await asyncio.to_thread(server.stop)


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000))
