"""docs/howto/from-clone-to-push.md: a session with the real git, from the clone to the push."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
from pathlib import Path
from urllib.parse import quote, urlsplit

from tests.conftest import Start
from tests.docs.blocks import hold
from tests.live import PASSWORD, Person

PARSER = """def parse(text):
    return text.split()


def evaluate(words):
    return sum(map(int, words))
"""


class Terminal:
    """Runs commands as a shell does, and keeps what a screen would show."""

    def __init__(self, folder: Path, host: str, session: str) -> None:
        self.folder = folder
        self._home = folder
        self._names = {host: "code.school:8080", session: "gmqde2s8ygip", f":{quote(PASSWORD)}@": "@"}
        self._ids: dict[str, str] = {}
        self.blocks: list[str] = []

    def says(self, text: str) -> None:
        self.blocks.append(text)

    async def runs(self, *commands: str) -> None:
        lines = []
        for command in commands:
            ran = await asyncio.to_thread(self._run, command)
            said = [line for line in ran.splitlines() if not line.startswith("hint: ")]  # other in each git
            lines += [f"$ {command}", *said]
        shown = "\n".join(line.rstrip() for line in lines)
        for there, name in self._names.items():
            shown = shown.replace(there, name)
        self.blocks.append(f"```text\n{self._same_ids(shown)}\n```")

    def _run(self, command: str) -> str:
        for there, name in self._names.items():
            if name != "@":
                command = command.replace(name, there)
        command = command.replace("//ann@", f"//ann:{quote(PASSWORD)}@")
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C.UTF-8",
        }
        for who in ("AUTHOR", "COMMITTER"):
            environment |= {f"GIT_{who}_NAME": "Ann", f"GIT_{who}_EMAIL": "ann@code.test"}
        return subprocess.run(
            ["sh", "-c", command], cwd=self.folder, env=environment, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=60,
        ).stdout  # fmt: skip

    def _same_ids(self, text: str) -> str:
        """The same ids for the same commits, whenever it is run."""
        known = self._ids
        return re.sub(
            r"\b[0-9a-f]{7}\b", lambda m: known.setdefault(m[0], "fedcba9876543210"[len(known)] * 7), text
        )


async def test_transcript(start: Start, tmp_path: Path) -> None:
    """PU1 to PU5, PU8: the page shows what git prints from a clone to pushes that are merged, from behind, forced, refused, and a named version."""
    server = await start(window_pause=600, window_longest=600)
    ann, bob = await Person.sign_up(server.url, "ann"), await Person.sign_up(server.url, "bob")
    session = await ann.new_session(parser_py=PARSER)
    await ann.let_in(session, "bob")
    tab = await bob.tab(session)
    peer = await tab.open("parser.py")

    async def types(old: str, new: str) -> None:
        at = str(peer.text).index(old)
        peer.edit(at, at + len(old), new)
        await tab.flush(peer)
        await tab.saved(peer)

    screen = Terminal(tmp_path, urlsplit(server.url).netloc, session)
    await screen.runs("git clone http://ann@code.school:8080/git/gmqde2s8ygip.git parser")
    screen.folder = tmp_path / "parser"
    screen.says(
        "Ann writes a test in her own editor, and changes a line. Meanwhile Bob types in the same file."
    )
    (screen.folder / "test_parser.py").write_text(
        'from parser import evaluate\n\n\ndef test_sum():\n    assert evaluate(["1", "2"]) == 3\n'
    )
    parser = screen.folder / "parser.py"
    parser.write_text(PARSER.replace("text.split()", 'text.replace("+", " ").split()'))
    await types("words):\n", "words):\n    # only sums so far\n")
    await screen.runs(
        "git add -A && git commit -qm 'Plus signs, and a test'", "git push", "git pull", "git log --oneline --graph"
    )  # fmt: skip
    text = str(peer.text)
    assert "    # only sums so far\n" in text
    assert 'text.replace("+", " ").split()' in text
    assert parser.read_text() == text
    screen.says(
        "Her change came to Bob's screen while he typed, and his comment to her by the pull. "
        "Next both change the same line; Bob's change is a revision already."
    )
    await types("sum(map(int, words))", "sum(int(word) for word in words)")
    await bob.commit(session)
    parser.write_text(parser.read_text().replace("sum(map(int, words))", "sum(map(float, words))"))
    await screen.runs(
        "git commit -qam 'Take decimals'",
        "git push",
        "git push origin HEAD:refs/for/main",
        "git pull",
        "git diff HEAD^ HEAD -- parser.py | tail -n 6",
    )
    screen.says(
        "Both versions stand there, and a card in the editor shows them to both. "
        "Ann keeps hers; nobody was faster this time, so the commit is taken as it is."
    )
    both = parser.read_text()
    parser.write_text(both.replace("    return sum(int(word) for word in words)\n", ""))
    assert parser.read_text() != both
    await screen.runs("git commit -qam 'One of the two'", "git push")
    await tab.until(lambda: str(peer.text) == parser.read_text(), "the push on the screen")
    screen.says("A tag is a named version. A file that Bob is typing in stays, though a push deletes it.")
    await screen.runs("git tag -a first -m 'First release'", "git push origin first")
    await types("# only sums so far", "# sums, of decimals too")
    await screen.runs("git rm -q parser.py && git commit -qm 'Away with it'", "git push")
    screen.says("What a session does not keep is refused, and nothing has changed.")
    await screen.runs(
        "git pull -q && ln -s /etc/passwd link && git add link && git commit -qm 'A link'",
        "git push",
        "git push origin HEAD:refs/heads/mine",
        "git push origin :first",
    )
    hold("docs/howto/from-clone-to-push.md", "transcript", "\n\n".join(screen.blocks))
    await ann.close()
    await bob.close()
