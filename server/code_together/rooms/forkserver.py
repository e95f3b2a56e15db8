"""What worker processes are forked from: a process that has loaded what they need, so that one is there at once and shares its memory.

Only `multiprocessing`'s fork server imports this, as its preloaded module, and then the processes forked from it; never the server, which does
not ignore SIGTERM.
"""

from __future__ import annotations

import gc
import os
import signal

# What runs in worker processes. What else a function needs is imported by the process that is handed it.
import code_together.git.appraise
import code_together.git.archive
import code_together.git.away
import code_together.git.blame
import code_together.git.comparing
import code_together.git.deleted
import code_together.git.editable
import code_together.git.fsck
import code_together.git.history
import code_together.git.merging
import code_together.git.packing
import code_together.git.passages
import code_together.git.pushednotes
import code_together.git.recovery
import code_together.git.retelling
import code_together.git.saving
import code_together.git.search
import code_together.git.texts
import code_together.git.unpacking
import code_together.git.windows
import code_together.ot.diff
import code_together.rooms.worker  # noqa: F401

# Who stops a service tells all its processes at once. This one ends when the server does.
signal.signal(signal.SIGTERM, signal.SIG_IGN)
_gone, _here = os.pipe()
os.register_at_fork(after_in_child=lambda: os.close(_here))
gc.freeze()  # the collector would touch, and so copy, every page that is shared


def gone() -> int:
    """A descriptor that is at its end, and so ready to be read, once the process that this one was forked from is gone."""
    return _gone
