"""What `test_fuzz.py` says of messages, changes and paths, on inputs that atheris makes by watching what they reach; a part of `make soak`.

`python -m tests.security.fuzz` runs every target, with a name that one. Each ends after `FUZZ_SECONDS` or `FUZZ_RUNS`, or with an input that breaks
something: that is printed as the `@example` to be kept there.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

try:
    import atheris
except ImportError:
    sys.exit(
        "Nothing was fuzzed: atheris is not installed. make soak does it where pip has it for this Python."
    )

with atheris.instrument_imports(include=["code_together.ot", "code_together.session"]):
    from tests.security import test_fuzz

FRAMES = (
    b'{"type":"hello","protocol":1,"client":"c"}',
    b'{"type":"open","path":"a.py","doc":1,"version":2}',
    b'{"type":"push","doc":1,"version":0,"seq":1,"changes":[[1,[0,"x","y"],[2]]]}',
    b'{"type":"select","doc":1,"version":0,"ranges":[[0,1]],"view":[0,9]}',
    b'{"type":"presence","path":"a.py","idle":1}',
    b'{"type":"chat","text":"\\ud83d\\ude00"}',
)
"""Where bytes as they come from the wire begin; values that are made of bytes need no beginning."""


TAIL = random.Random(7).randbytes(512)
"""What a value is made of goes on with these where the input ends, so that none is too short for one."""


def checked(test: Any) -> Any:
    """The test, which prints what it fails with."""
    check = test.hypothesis.inner_test

    @wraps(check)
    def inner(*given: Any, **named: Any) -> None:
        try:
            check(*given, **named)
        except BaseException:
            print(f"\n@example({', '.join(map(repr, [*given, *named.values()]))}) of {test.__name__}")
            raise

    test.hypothesis.inner_test = inner
    return test.hypothesis


def made(test: Any) -> Callable[[bytes], object]:
    """A target in which the test's strategies make the values of bytes."""
    run_one = checked(test).fuzz_one_input
    return lambda data: run_one(data + TAIL)


TARGETS: dict[str, Callable[[Any], Callable[[bytes], object]]] = {
    "frames": lambda tests: checked(tests.test_messages).inner_test,
    "messages": lambda tests: made(tests.test_messages),
    "changes": lambda tests: made(tests.test_changes),
    "paths": lambda tests: made(tests.test_paths),
}


def run(name: str) -> None:
    """Fuzzes until the time is over; the process ends with it."""
    target = TARGETS[name](test_fuzz)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        for number, frame in enumerate(FRAMES if name == "frames" else ()):
            Path(folder, str(number)).write_bytes(frame)
        seconds, runs = os.environ.get("FUZZ_SECONDS", "60"), os.environ.get("FUZZ_RUNS", "-1")
        limits = [f"-max_total_time={seconds}", f"-runs={runs}", "-max_len=2048", "-len_control=0"]
        options = [f"-artifact_prefix={folder}/", "-print_final_stats=1", *limits, folder]
        atheris.Setup([sys.argv[0], *options], lambda data: target(data) and None)
        atheris.Fuzz()


if __name__ == "__main__":
    if sys.argv[1:]:
        run(sys.argv[1])
    failed = [name for name in TARGETS if subprocess.call([sys.executable, "-m", __spec__.name, name])]
    sys.exit(f"An input was found that breaks something in: {', '.join(failed)}" if failed else 0)
