"""The settings table, the environment, and the page that is made of it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from code_together import config
from code_together.config import Settings, from_environment
from code_together.errors import Unprocessable

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "settings.md"


def test_defaults_are_the_contract_s() -> None:
    """What the contract promises is the default: folder, address, port, no TLS, open registration, the limits."""
    settings = Settings()
    assert (settings.data, settings.host, settings.port) == (Path("repos"), "127.0.0.1", 8080)
    assert (settings.tls, settings.registration) == ("off", "open")
    assert settings.message_bytes == 16 * 1024 * 1024
    assert settings.document_units == 10_000_000
    assert settings.message_rate >= 100


def test_environment_and_command_line() -> None:
    """Variables are read in their kind; what is given wins over them, and None is not given."""
    environment = {
        "CODE_TOGETHER_PORT": "9000",
        "CODE_TOGETHER_WINDOW_PAUSE": "0.5",
        "CODE_TOGETHER_DATA": "/srv/code",
        "CODE_TOGETHER_NAME": "code.school",
        "CODE_TOGETHER_UNKNOWN": "x",
        "PORT": "1",
    }
    settings = from_environment(environment, host="0.0.0.0", port=None, data=Path("here"))  # noqa: S104
    assert settings == Settings(
        port=9000,
        window_pause=0.5,
        data=Path("here"),
        name="code.school",
        host="0.0.0.0",  # noqa: S104
    )
    assert from_environment({"CODE_TOGETHER_DATA": "/srv/code"}).data == Path("/srv/code")
    assert from_environment({}) == Settings()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "http", "CODE_TOGETHER_PORT is 'http'; it takes a number"),
        ("PORT", "80.5", "takes a number"),
        ("PORT", "65536", "takes 0 to 65535"),
        ("PORT", "-1", "takes 0 to 65535"),
        ("WINDOW_PAUSE", "", "takes a number"),
        ("WINDOW_PAUSE", "-0.1", "takes 0 or more"),
        ("WINDOW_PAUSE", "nan", "takes 0 or more"),
        ("WINDOW_PAUSE", "inf", "takes 0 or more"),
        ("BCRYPT_COST", "3", "takes 4 to 31"),
        ("PASSWORD_SHORTEST", "0", "takes 1 or more"),
        ("LAN", "maybe", "CODE_TOGETHER_LAN is 'maybe'; it takes yes or no"),
        ("REGISTRATION", "maybe", "takes open or invite or closed"),
    ],
)
def test_bad_values(name: str, value: str, sentence: str) -> None:
    """A value that is not of its kind, or out of bounds, is refused with the variable and what it takes."""
    with pytest.raises(Unprocessable, match=sentence) as caught:
        from_environment({f"CODE_TOGETHER_{name}": value})
    assert caught.value.code == "bad_setting"
    assert f"CODE_TOGETHER_{name}" in caught.value.message


def test_table_is_whole() -> None:
    """Every setting has a unit and a sentence, and a default that is within its own bounds."""
    rows = config.describe()
    assert [row[0] for row in rows] == [field.name for field in dataclasses.fields(Settings)]
    for name, unit, default, help in rows:
        assert unit, name
        assert help.endswith("."), name
        variable = f"CODE_TOGETHER_{name.upper()}"
        assert getattr(from_environment({variable: str(default)}), name) == default


def test_settings_do_not_change() -> None:
    """A server's settings are what they were when it began."""
    settings: Any = Settings()
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.port = 1


def test_page() -> None:
    """The page in the documentation is the table's. (python -m code_together.config > docs/reference/settings.md)"""
    assert PAGE.read_text() == config.as_markdown()


def test_page_rows() -> None:
    """The page shows numbers as they may be given, and nothing as nothing."""
    page = config.as_markdown()
    assert "| `document_units` | `10_000_000` | UTF-16 units |" in page
    assert "| `port` | `8080` | port |" in page
    assert "| `window_pause` | `10` | seconds |" in page
    assert "| `lan` | `no` | yes or no |" in page
    assert "| `name` | empty | host name |" in page
    assert from_environment({"CODE_TOGETHER_DOCUMENT_UNITS": "10_000_000"}).document_units == 10_000_000


@pytest.mark.parametrize("data", ["", "."])
def test_the_working_folder_is_no_data_folder(data: str) -> None:
    """JR7: the data folder is closed to others, so it is never the folder that one happens to stand in."""
    with pytest.raises(Unprocessable):
        from_environment({"CODE_TOGETHER_DATA": data})
