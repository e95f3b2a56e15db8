"""Parts of pages that come from what the program really does: a test makes them and holds the page to them.

`WRITE_DOCS=1 pytest …` writes them into the page.
"""

from __future__ import annotations

import os
import re

from tests.docs.pages import page


def hold(name: str, block: str, made: str) -> None:
    """The page `name` has `made` between the marks `<!-- block -->` and `<!-- end of block -->`."""
    one = page(name)
    between = re.compile(rf"(<!-- {block} -->\n).*?(<!-- end of {block} -->)", re.DOTALL)
    found = between.search(one.text)
    assert found, f"{name} has no marks of {block}"
    wanted = f"{found[1]}{made.rstrip()}\n{found[2]}"
    if os.environ.get("WRITE_DOCS"):
        one.path.write_text(one.text.replace(found[0], wanted), "utf-8")
    assert found[0] == wanted or os.environ.get("WRITE_DOCS"), f"{name}: run once more with WRITE_DOCS=1"
