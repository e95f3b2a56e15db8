"""Faults that the kernel gives a running process: errors, delays and kills at system calls (strace), and disks of our own (mount)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace")


def _may_mount() -> bool:
    return os.geteuid() == 0 and all(shutil.which(name) for name in ("mount", "mkfs.ext4", "losetup"))


needs_mount = pytest.mark.skipif(not _may_mount(), reason="only root may mount a disk")


@contextmanager
def injected(pid: int, calls: str, what: str) -> Iterator[None]:
    """The process and its children get this at these system calls: `error=EIO`, `delay_exit=200000`, `signal=SIGKILL:when=3`."""
    tracer = subprocess.Popen(
        [
            "strace",
            "-f",
            "-q",
            "-o",
            "/dev/null",
            "-p",
            str(pid),
            "-e",
            f"trace={calls}",
            "-e",
            f"inject={calls}:{what}",
        ],
        stderr=subprocess.DEVNULL,
    )
    try:
        _until_traced(pid, tracer)
        yield
    finally:
        tracer.send_signal(signal.SIGINT)  # it lets go of what it traced
        try:
            tracer.wait(10)
        except subprocess.TimeoutExpired:
            tracer.kill()
            tracer.wait()


def _until_traced(pid: int, tracer: subprocess.Popen[bytes]) -> None:
    for _ in range(500):
        try:
            status = Path("/proc", str(pid), "status").read_text()
        except FileNotFoundError:
            return
        if f"TracerPid:\t{tracer.pid}" in status or tracer.poll() is not None:
            return
        time.sleep(0.01)


@contextmanager
def mounted(where: Path, *options: str) -> Iterator[None]:
    """A file system at this folder (`mount …` options and what to mount)."""
    where.mkdir(exist_ok=True)
    subprocess.run(["mount", *options, str(where)], check=True)
    try:
        yield
    finally:
        unmount(where)


def unmount(where: Path) -> None:
    """Waits for whoever still writes there."""
    for _ in range(100):
        if subprocess.run(["umount", str(where)], capture_output=True).returncode == 0:
            return
        time.sleep(0.1)
    subprocess.run(["umount", "--lazy", str(where)], check=True)


def disk(image: Path, megabytes: int, *options: str) -> Path:
    """An empty ext4 file system in a file."""
    with image.open("wb") as file:
        file.truncate(megabytes << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", *options, str(image)], check=True, capture_output=True)
    return image
