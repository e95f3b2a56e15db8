"""The settings table: every option and every limit, with its unit, its default and what it is for.

`cli` builds a `Settings` from the command line and the environment (`CODE_TOGETHER_<NAME>`); nothing below
reads either. `docs/reference/settings.md` is made from this table and a test holds the two together; after
a change here write it anew with `python -m code_together.config > docs/reference/settings.md`.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import math
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_type_hints

from code_together.errors import Unprocessable

ENVIRONMENT_PREFIX = "CODE_TOGETHER_"


def _setting(
    default: Any,
    unit: str,
    help: str,
    *,
    least: float = 0,
    most: float = math.inf,
    choices: tuple[str, ...] = (),
) -> Any:
    return field(
        default=default,
        metadata={"unit": unit, "help": help, "least": least, "most": most, "choices": choices},
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """Every option and limit. Raises `Unprocessable` (`bad_setting`) for a value that is out of bounds."""

    # Where and how it serves
    data: Path = _setting(  # noqa: RUF009
        Path("repos"), "folder", "Where everything is kept: the database and one bare repository a session."
    )
    host: str = _setting(
        "127.0.0.1",
        "address",
        "The address to listen on. Beyond loopback the first account needs the set-up code.",
    )
    port: int = _setting(8080, "port", "The port to listen on; 0 takes a free one.", most=65_535)
    lan: bool = _setting(
        False,
        "yes or no",
        "Whether the server listens on every address, announces itself on the network and prints its addresses with a QR code.",
    )
    tls: str = _setting(
        "off",
        "auto, off or CERT,KEY",
        "auto, a certificate that the server makes and renews itself; off; or a certificate and key file (PEM) with a comma between them. "
        "Where nothing is said `serve` takes auto beyond loopback.",
    )
    hsts_days: float = _setting(
        365.0,
        "days",
        "For how long browsers are told to reach this name by TLS alone (HSTS); a day at the most with the server's own authority, 0 is not at all.",
    )
    name: str = _setting(
        "",
        "host name",
        "The server's name in e-mail addresses of commits and in links; empty: the host's name.",
    )
    allowed_hosts: str = _setting(
        "", "names", "Further names, with commas between them, under which browsers may reach the server."
    )
    trusted_proxy: str = _setting(
        "",
        "addresses",
        "Addresses and networks of the proxies in front, with commas between them, whose X-Forwarded-For and X-Forwarded-Proto are believed.",
    )
    registration: str = _setting(
        "open", "open, invite or closed", "Who may make an account.", choices=("open", "invite", "closed")
    )

    # Windows: when what was typed becomes a revision
    window_pause: float = _setting(10.0, "seconds", "A window closes when nobody has typed for this long.")
    window_longest: float = _setting(
        60.0, "seconds", "A window closes after this long even while people type on."
    )

    # Texts and files
    document_units: int = _setting(
        10_000_000, "UTF-16 units", "The longest text that can be edited; longer files are kept, not edited."
    )
    file_bytes: int = _setting(50_000_000, "bytes", "The largest file that may be uploaded.")
    path_bytes: int = _setting(1024, "bytes", "The longest path of a file.")
    path_part_bytes: int = _setting(255, "bytes", "The longest name of a file or folder.")
    session_files: int = _setting(20_000, "files", "How many files a session may hold.")
    change_parts: int = _setting(50_000, "parts", "How many parts one change may have.")
    push_updates: int = _setting(10_000, "updates", "How many updates one push may carry.")
    title_length: int = _setting(
        120, "characters", "The longest title of a session, label of a token, or display name."
    )
    chat_length: int = _setting(10_000, "characters", "The longest chat message.")
    chat_per_account: int = _setting(
        6_000, "a minute", "How often one account may say, change or delete something in chats by requests."
    )
    revision_message_length: int = _setting(2_000, "characters", "The longest message of a revision.")
    version_name_length: int = _setting(200, "characters", "The longest name of a version.")
    comment_length: int = _setting(10_000, "characters", "The longest comment.")
    comments_per_session: int = _setting(100_000, "comments", "How many comments a session may have.")
    comments_per_account: int = _setting(
        6_000, "a minute", "How often one account may say, change or settle comments."
    )
    page_length: int = _setting(200, "items", "The longest page of a list; asking for more gives this many.")

    # Connections
    message_bytes: int = _setting(16 * 1024 * 1024, "bytes", "The largest message on a live connection.")
    message_rate: float = _setting(
        200.0,
        "messages a second",
        "How fast a live connection may send without waiting; pushes that wait for their answers are free.",
    )
    message_burst: int = _setting(
        2_000, "messages", "How many messages a live connection may send at once before the rate counts."
    )
    queue_bytes: int = _setting(
        4 * 1024 * 1024,
        "bytes",
        "What may wait for a slow reader before it is closed; it comes back by itself.",
    )
    queue_seconds: float = _setting(
        10.0, "seconds", "How long the oldest message may wait for a slow reader before it is closed."
    )
    heartbeat: float = _setting(
        15.0, "seconds", "How often a live connection is asked whether it is still there."
    )
    hello_seconds: float = _setting(
        30.0, "seconds", "How long a live connection may take to say hello, its first message."
    )
    connections: int = _setting(5_000, "connections", "How many live connections the server takes.")
    connections_per_account: int = _setting(
        100, "connections", "How many live connections one account may have."
    )
    header_seconds: float = _setting(
        20.0, "seconds", "How long a client may take to send the head of a request."
    )
    json_bytes: int = _setting(1024 * 1024, "bytes", "The largest JSON body of a request.")

    # Accounts
    bcrypt_cost: int = _setting(12, "rounds (log2)", "The cost of a password hash.", least=4, most=31)
    password_shortest: int = _setting(8, "characters", "The shortest password.", least=1)
    password_longest: int = _setting(1_000, "characters", "The longest password.")
    password_queue: int = _setting(
        300,
        "passwords",
        "How many passwords may wait to be hashed or checked; further ones are told to try again.",
    )
    login_days: float = _setting(30.0, "days", "How long a login lasts at the most.")
    login_idle_days: float = _setting(14.0, "days", "How long a login lasts without being used.")
    login_attempts_per_account: int = _setting(
        10, "a minute", "Failed logins for one name before it must wait."
    )
    login_attempts_per_address: int = _setting(
        300, "a minute", "Failed logins from one address; a school may be behind one."
    )
    accounts_per_address: int = _setting(
        300, "an hour", "New accounts from one address; a school may be behind one."
    )

    reset_hours: float = _setting(
        24.0, "hours", "How long the one-time link lasts by which someone sets a new password."
    )
    audit_days: float = _setting(400.0, "days", "How long the audit log is kept.")
    invites_per_session: int = _setting(
        100, "links", "How many invite links of a session may be open at once.", least=1
    )
    invite_code_minutes: float = _setting(
        60.0, "minutes", "How long the short code of an invite works; its link may work longer."
    )
    invite_codes_per_account: int = _setting(20, "a minute", "Short codes that one account may try.")
    invite_codes_per_address: int = _setting(
        300, "a minute", "Short codes that may be tried from one address; a school may be behind one."
    )

    # Git
    git_clones: int = _setting(
        8, "processes", "How many clones and fetches are served at once; further ones wait."
    )
    git_request_bytes: int = _setting(
        10_000_000, "bytes", "The largest request of a clone or fetch, counted after inflating."
    )
    git_seconds: float = _setting(600.0, "seconds", "How long one git request may take.")
    git_pushes: int = _setting(4, "processes", "How many pushes are taken at once; further ones wait.")
    push_bytes: int = _setting(200_000_000, "bytes", "The largest push, counted while it comes.")
    push_seconds: float = _setting(
        120.0, "seconds", "How long looking through a push, and comparing it with the session, may take."
    )
    push_commits: int = _setting(100_000, "commits", "How many commits one push may bring.")
    push_trees: int = _setting(
        500_000, "folders", "How many different folders the commits of one push may have."
    )
    push_comments: int = _setting(20_000, "lines", "How many comments one push of notes may bring.")
    note_lines: int = _setting(
        50_000, "lines", "How many comments one commit may have with those that are pushed as notes."
    )
    note_bytes: int = _setting(
        20_000_000, "bytes", "How long the comments on one commit may be with those that are pushed as notes."
    )
    note_line_bytes: int = _setting(150_000, "bytes", "The longest line of a note that is pushed.")
    clashes_kept: int = _setting(
        200, "places", "How many places where pushes met other edits are kept open; the oldest go.", least=1
    )
    push_refs: int = _setting(2_000, "refs", "How many branches and tags one push may name.")
    read_seconds: float = _setting(
        10.0, "seconds", "How long a look into history (a diff, a blame) may take."
    )
    away_commits: int = _setting(
        500, "commits", "How far back who returns is told what others did meanwhile."
    )
    away_files: int = _setting(200, "files", "How many files of each person who returns is told of.")
    diff_files: int = _setting(100, "files", "How many files one piece of a difference brings.", least=1)
    diff_bytes: int = _setting(
        1_000_000,
        "bytes",
        "How much one piece of a difference brings; a file with more is left out of it, and asked for alone.",
    )
    diff_file_bytes: int = _setting(
        10_000_000, "bytes", "The largest file, and the largest difference of one, that is shown at all."
    )
    text_length: int = _setting(
        2_000_000, "characters", "How much of a file as it was is given to read; a download has all of it."
    )
    color_length: int = _setting(500_000, "characters", "The longest text whose code is coloured.")
    color_seconds: float = _setting(
        2.0, "seconds", "How long finding the colours of a text may run; it is shown without them then."
    )

    # Searches
    revert_seconds: float = _setting(30.0, "seconds", "How long finding out what undoes a revision may take.")
    search_seconds: float = _setting(
        10.0, "seconds", "How long one search or replacement in all files of a session may run."
    )
    search_matches: int = _setting(2_000, "matches", "How many matches a search gives at the most.")
    search_length: int = _setting(1_000, "characters", "The longest text or pattern to search for.")
    search_file_bytes: int = _setting(
        2_000_000, "bytes", "The largest file that is searched in; larger ones are left out and counted."
    )
    replace_files: int = _setting(1_000, "files", "How many files one replacement may change.")
    replace_bytes: int = _setting(
        50_000_000, "bytes", "How much text one replacement may go over, and put in."
    )

    # Archives
    archive_seconds: float = _setting(
        120.0, "seconds", "How long making or unpacking a zip of a session may run."
    )
    archive_files: int = _setting(20_000, "files", "How many files a zip of a session may have.", most=65_534)
    archive_bytes: int = _setting(
        1_000_000_000, "bytes", "How much the files of a zip of a session may have.", most=3_500_000_000
    )
    archive_ratio: int = _setting(
        200,
        "times",
        "How many times as large as a zip its files may be, where they have more than 10 million bytes.",
        least=1,
    )
    import_bytes: int = _setting(200_000_000, "bytes", "The largest zip that may be imported.")
    import_transfer_seconds: float = _setting(
        1_800.0, "seconds", "How long a zip that is imported may be on its way to the server."
    )

    # Packing
    pack_objects: int = _setting(
        2_000, "objects", "From how many loose objects on a repository is packed in the background.", least=1
    )
    pack_packs: int = _setting(
        20,
        "packs",
        "From how many packs on, which packing and large pushes leave, they become fewer.",
        least=2,
    )
    pack_look: float = _setting(
        60.0,
        "seconds",
        "How often the loose objects of a live session are counted, if something was written to it.",
    )
    pack_quiet: float = _setting(
        5.0,
        "seconds",
        "For how long nobody may have typed anywhere while a repository is packed; at four times as many objects it goes on slowly all the same.",
    )
    pack_seconds: float = _setting(
        1_800.0,
        "seconds",
        "How long packing a repository may run; standing still while people type is not counted.",
    )

    # Memory
    history_updates: int = _setting(
        5_000, "updates", "How many past updates of an open document are held in memory."
    )
    journal_days: float = _setting(
        30.0,
        "days",
        "How long each keystroke is kept after it is in a revision; playback and editors long offline use them.",
    )
    playback_updates: int = _setting(
        5_000, "updates", "How many updates one page of a playback has at the most.", least=1
    )
    room_idle: float = _setting(120.0, "seconds", "How long a room without people stays in memory.")

    def __post_init__(self) -> None:
        if self.data == Path():
            raise Unprocessable(
                "The data folder is the working folder itself, which would be closed to others. Give one of its own with --data.",
                code="bad_setting",
            )
        for setting in dataclasses.fields(self):
            value = getattr(self, setting.name)
            if takes := _refused(value, **setting.metadata):
                variable = ENVIRONMENT_PREFIX + setting.name.upper()
                raise Unprocessable(
                    f"The setting {setting.name} ({variable}) is {value}; it takes {takes}.",
                    code="bad_setting",
                )


def _refused(value: Any, *, least: float, most: float, choices: tuple[str, ...], **_about: str) -> str | None:
    """What the setting takes, in words, if that is not the value; else None."""
    if choices:
        return None if value in choices else " or ".join(choices)
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or (math.isfinite(value) and least <= value <= most)
    ):
        return None
    return f"{least} or more" if most == math.inf else f"{least} to {most}"


def describe() -> list[tuple[str, str, Any, str]]:
    """(name, unit, default, help) of every setting, in the table's order."""
    return [(f.name, f.metadata["unit"], f.default, f.metadata["help"]) for f in dataclasses.fields(Settings)]


def as_markdown() -> str:
    """The page `docs/reference/settings.md`."""
    rows = [f"| `{name}` | {_shown(default)} | {unit} | {help} |" for name, unit, default, help in describe()]
    return "\n".join([_PAGE_HEAD, *rows, ""])


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return "`yes`" if default else "`no`"
    text = f"{default:_}" if isinstance(default, int) and default >= 10_000 else str(default)
    return f"`{text.removesuffix('.0')}`" if text else "empty"


_PAGE_HEAD = f"""\
# Settings

Every option and every limit of the server, made from the table in `server/code_together/config.py`. Give
one as the environment variable `{ENVIRONMENT_PREFIX}<NAME>`, the name in capitals:
`{ENVIRONMENT_PREFIX}WINDOW_PAUSE=5`. Those of the command line (`code-together serve --help`) win over the
environment. `serve` refuses a variable with that prefix that is none of these.

| setting | default | unit | what it is for |
|---|---|---|---|"""


def from_environment(environ: Mapping[str, str], **given: Any) -> Settings:
    """Settings from `CODE_TOGETHER_<NAME>` variables, overridden by what is given and not None.

    Raises `Unprocessable` naming the variable whose value is not of its kind.
    """
    hints = get_type_hints(Settings)
    values: dict[str, Any] = {}
    for f in dataclasses.fields(Settings):
        variable = ENVIRONMENT_PREFIX + f.name.upper()
        if f.name in given and given[f.name] is not None:
            values[f.name] = given[f.name]
        elif variable in environ:
            values[f.name] = _parse(variable, environ[variable], hints[f.name])
    return Settings(**values)


_TRUTHS = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off", ""), False),
}


def is_loopback(host: str) -> bool:
    """Whether what listens on this address or name is reached from its own machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _parse(variable: str, text: str, kind: type | types.UnionType) -> Any:
    try:
        if kind is int:
            return int(text)
        if kind is float:
            return float(text)
        if kind is bool:
            return _TRUTHS[text.strip().lower()]
        return Path(text) if kind is Path else text
    except KeyError:
        raise Unprocessable(f"{variable} is {text!r}; it takes yes or no.", code="bad_setting") from None
    except ValueError:
        raise Unprocessable(f"{variable} is {text!r}; it takes a number.", code="bad_setting") from None


if __name__ == "__main__":
    print(as_markdown(), end="")
