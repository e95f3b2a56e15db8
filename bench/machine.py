"""What the figures are from."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path


def machine() -> str:
    """Processor, cores, memory, Python, load average of the last minute, and day."""
    described = (line.partition(":") for line in Path("/proc/cpuinfo").read_text().splitlines())
    models = [value.strip() for key, _, value in described if key.strip() == "model name"]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()},"
        f" load average {os.getloadavg()[0]:.1f}, {time.strftime('%Y-%m-%d')}"
    )
