"""Our merge beside that of the real git."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

from code_together.ot.merge import merge
from tests.ot.sides import base_lines, edited


def test_where_git_has_no_conflict(tmp_path: Path) -> None:
    """PU5: where `git merge-file` merges without a conflict ours gives the same text and no clash."""
    seed = random.randrange(10**6)
    print(f"SEED={seed}")
    rng = random.Random(seed)
    clean = 0
    for _ in range(150):
        base = base_lines(rng, alone=True)
        ours, theirs = edited(rng, base, "O"), edited(rng, base, "T")
        texts = {
            "ours": ours.text(rng.random() < 0.9),
            "base": "\n".join(base) + "\n" * bool(base),
            "theirs": theirs.text(rng.random() < 0.9),
        }
        for name, text in texts.items():
            (tmp_path / name).write_text(text)
        git = subprocess.run(
            ["git", "merge-file", "-p", *texts], cwd=tmp_path, capture_output=True, text=True
        )
        if git.returncode:
            continue
        clean += 1
        changes, clashes = merge(texts["base"], texts["ours"], texts["theirs"])
        assert (changes.apply(texts["ours"]), clashes) == (git.stdout, []), texts
    assert clean > 15
