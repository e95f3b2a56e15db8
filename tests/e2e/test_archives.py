"""Sessions as zips, in real browsers."""

from __future__ import annotations

import zipfile

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import User

pytestmark = pytest.mark.browser


def test_download(people: tuple[User, User], session: str) -> None:
    """ZP1: the zip holds what another has just typed."""
    ann, bob = people
    bob.go_to(1, end=False)
    bob.type("# by bob\n")
    ann.wait_text("# by bob")
    with ann.page.expect_download() as download:
        ann.page.get_by_role("link", name="Download all files as a zip").click()
    assert download.value.suggested_filename == "Expression parser.zip"
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.namelist() == ["parser.py"]
        assert archive.read("parser.py").decode() == ann.text()
    expect(ann.page.locator(".cm-content:visible")).to_be_visible()
