"""A server that others reach over a network: in the clear, and with a certificate of its own making."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e import axe
from tests.e2e.conftest import PICTURES, User
from tests.process import ServerProcess

pytestmark = pytest.mark.browser

SIZES: dict[str, Any] = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
IN_THE_CLEAR = "Not encrypted: others can read all, passwords too."


@pytest.fixture
def encrypted(tmp_path: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path / "data", tls="auto", window_pause=1.0)
    server.start()
    yield server
    server.stop()


def look_at(page: Page, name: str) -> None:
    """Nothing is found, and with PICTURES it is photographed, in both themes."""
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        axe.check(page)
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{name}-{theme}.png")


@pytest.mark.parametrize("size", ["wide", pytest.param("phone", marks=pytest.mark.long)])
def test_in_the_clear(chromium: Browser, server: ServerProcess, size: str) -> None:
    """NW11: over a network in the clear every page says so, and is no higher for it; on the server's own machine none does."""
    context = chromium.new_context(viewport=SIZES[size], reduced_motion="reduce")
    context.set_default_timeout(15_000)
    ann = User(context.new_page(), server, "ann")
    ann.page.goto(server.url + "/login")
    ann.page.get_by_role("tab", name="Log in").wait_for()
    expect(ann.page.get_by_text(IN_THE_CLEAR)).to_have_count(0)
    ann.sign_up()
    session = ann.make_session("Expression parser")
    ann.put(session, "parser.py", "x = 1\n")
    there = server.url.replace("127.0.0.1", "code.test")
    (cookie,) = context.cookies()
    context.add_cookies([{"name": cookie["name"], "value": cookie["value"], "url": there}])
    for path in ("/", "/account", f"/s/{session}?file=parser.py", f"/s/{session}/history"):
        ann.page.goto(there + path)
        expect(ann.page.get_by_text(IN_THE_CLEAR)).to_be_visible()
        if path.startswith("/s/"):
            ann.page.get_by_text("Connected", exact=True).wait_for(state="attached")
            box = ann.page.locator(".app").bounding_box()
            assert box is not None
            assert (box["y"], box["y"] + box["height"]) == (28, SIZES[size]["height"])
        look_at(
            ann.page, f"clear-{size}{path.partition('?')[0].replace(session, 'session').replace('/', '-')}"
        )
    context.close()


def visitor(chromium: Browser, size: str = "wide") -> BrowserContext:
    """Somebody who goes on in spite of the browser's warning."""
    context = chromium.new_context(ignore_https_errors=True, viewport=SIZES[size], reduced_motion="reduce")
    context.set_default_timeout(15_000)
    return context


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.long
def test_how_to_make_the_authority_known(
    chromium: Browser, encrypted: ServerProcess, tmp_path: Path, size: str
) -> None:
    """NW4: whoever was warned finds the authority's fingerprint, its certificate, and what to do on this system."""
    context = visitor(chromium, size)
    page = context.new_page()
    page.goto(encrypted.url)
    page.get_by_role("link", name="Did your browser warn?").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the certificate").click()
    download.value.save_as(tmp_path / "ca.crt")
    assert download.value.suggested_filename == "code_together.crt"
    assert (tmp_path / "ca.crt").read_bytes() == (encrypted.data / "tls" / "ca.crt").read_bytes()
    der = ssl.PEM_cert_to_DER_cert((tmp_path / "ca.crt").read_text())
    fingerprint = page.locator(".fingerprint").inner_text()
    assert fingerprint.replace(":", "").lower() == hashlib.sha256(der).hexdigest()
    expect(page.get_by_text("Chrome: Settings, Privacy and security")).to_be_visible()
    expect(page.get_by_text("Install Certificate…")).to_be_hidden()
    page.get_by_text("Windows", exact=True).click()
    expect(page.get_by_text("Install Certificate…")).to_be_visible()
    look_at(page, f"certificate-{size}")
    context.close()


def test_two_write_over_tls(chromium: Browser, encrypted: ServerProcess) -> None:
    """NW1: with a certificate of the server's own two people write together, in a context that browsers hold to be secure."""
    contexts = [visitor(chromium) for _ in range(2)]
    ann, bob = (
        User(context.new_page(), encrypted, name)
        for context, name in zip(contexts, ("ann", "bob"), strict=True)
    )
    for user in (ann, bob):
        user.sign_up()
    session = ann.make_session("Expression parser")
    ann.put(session, "parser.py", "")
    ann.let_in(session, "bob")
    for user in (ann, bob):
        user.open(session, "parser.py")
        assert user.page.evaluate("() => isSecureContext")
        expect(user.page.get_by_text(IN_THE_CLEAR)).to_have_count(0)
    ann.page.locator(".cm-content:visible").click()
    ann.type("encrypted")
    bob.wait_text("encrypted")
    assert {cookie["name"]: cookie["secure"] for cookie in contexts[0].cookies()} == {
        "__Host-code_together": True
    }
    for user, context in zip((ann, bob), contexts, strict=True):
        assert user.errors == []
        context.close()
