from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from code_together.http.certificates import Certified, Place, certify, now

NOW = datetime.datetime(2026, 12, 1, tzinfo=datetime.UTC)
PLACE = Place.of(["pc", "pc.local", "code.school"], [ipaddress.ip_address("192.168.1.5")])


def days(number: int) -> datetime.timedelta:
    return datetime.timedelta(days=number)


def verify(folder: Path, *options: str, of: str = "server.pem") -> bool:
    """What openssl says, at its strictest."""
    words = ["openssl", "verify", "-x509_strict", "-attime", str(int(NOW.timestamp())), *options]
    done = subprocess.run(
        [*words, "-CAfile", folder / "ca.crt", folder / of], capture_output=True, check=False
    )
    return done.returncode == 0


@pytest.mark.parametrize(
    "options",
    [
        ["-verify_hostname", "pc"],
        ["-verify_hostname", "pc.local"],
        ["-verify_hostname", "code.school"],
        ["-verify_hostname", "localhost"],
        ["-verify_ip", "192.168.1.5"],
        ["-verify_ip", "127.0.0.1"],
        ["-verify_ip", "::1"],
        ["-purpose", "sslserver"],
    ],
)
def test_certificate_is_for_its_place(tmp_path: Path, options: list[str]) -> None:
    """NW2: the certificate is the server's under all its names and addresses."""
    certify(tmp_path / "tls", PLACE, NOW)
    assert verify(tmp_path / "tls", *options)


def test_certificate_is_for_no_other_place(tmp_path: Path) -> None:
    """NW2: under other names, and as anything but a server, it is worth nothing."""
    certify(tmp_path / "tls", PLACE, NOW)
    for options in (
        ["-verify_hostname", "evil.example"],
        ["-verify_ip", "10.0.0.1"],
        ["-purpose", "sslclient"],
    ):
        assert not verify(tmp_path / "tls", *options)


def test_authority_vouches_for_no_other_name(tmp_path: Path) -> None:
    """NW3: who gets hold of the authority's key cannot make a certificate for other names that people who imported it would trust."""
    folder = tmp_path / "tls"
    certify(folder, PLACE, now())
    for name, good in (
        ("bank.example", False),
        ("pc.local", True),
        ("other.local", True),
        ("pc.example", False),
    ):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "300",
             "-CA", "authority.pem", "-CAkey", "authority.pem", "-subj", "/CN=x",
             "-addext", "basicConstraints=critical,CA:FALSE", "-addext", f"subjectAltName=DNS:{name}",
             "-keyout", "k.pem", "-out", "forged.pem"],
            cwd=folder, check=True, capture_output=True,
        )  # fmt: skip
        words = ["openssl", "verify", "-CAfile", str(folder / "ca.crt"), str(folder / "forged.pem")]
        verified = subprocess.run(words, capture_output=True, text=True, check=False)
        assert (verified.returncode == 0) == good, (name, verified.stderr)
        assert good or "permitted subtree violation" in verified.stderr
        for purpose in ("smimesign", "codesign"):
            verified = subprocess.run(
                [*words[:2], "-purpose", purpose, *words[2:]], capture_output=True, text=True, check=False
            )
            assert verified.returncode != 0, purpose


def test_files_are_private(tmp_path: Path) -> None:
    """NW1: keys lie in files of 0600 in a folder of 0700, whatever the umask; nothing else is left there."""
    made = certify(tmp_path / "tls", PLACE, NOW)
    assert (tmp_path / "tls").stat().st_mode & 0o777 == 0o700
    files = {file.name: file.stat().st_mode & 0o777 for file in (tmp_path / "tls").iterdir()}
    assert files == {"authority.pem": 0o600, "ca.crt": 0o600, "server.pem": 0o600}
    assert b"PRIVATE" not in made.authority
    assert made.authority == (tmp_path / "tls" / "ca.crt").read_bytes()


def test_authority_is_made_once(tmp_path: Path) -> None:
    """NW1: the authority and the certificate that fits stay what they are."""
    first = certify(tmp_path / "tls", PLACE, NOW)
    assert (first.new_authority, first.renewed) == (True, True)
    content = (tmp_path / "tls" / "server.pem").read_bytes()
    again = certify(tmp_path / "tls", PLACE, NOW + days(100))
    assert again == replace(first, new_authority=False, renewed=False)
    assert (tmp_path / "tls" / "server.pem").read_bytes() == content


def test_fingerprint_is_as_openssl_shows_it(tmp_path: Path) -> None:
    """NW4: the fingerprint is the one that people's systems show."""
    made = certify(tmp_path / "tls", PLACE, NOW)
    words = ["openssl", "x509", "-in", str(tmp_path / "tls" / "ca.crt"), "-noout", "-fingerprint", "-sha256"]
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip() == (
        f"sha256 Fingerprint={made.fingerprint}"
    )


def renewed(folder: Path, hosts: Iterable[str], addresses: Iterable[str], at: datetime.datetime) -> Certified:
    return certify(folder, Place.of(hosts, map(ipaddress.ip_address, addresses)), at)


def test_other_addresses(tmp_path: Path) -> None:
    """NW2: a machine that has another address or name gets a certificate for it, from the same authority; going back needs none."""
    folder = tmp_path / "tls"
    first = certify(folder, PLACE, NOW)
    moved = renewed(folder, ["pc"], ["10.0.0.7", "fd00::7"], NOW)
    assert (moved.new_authority, moved.renewed) == (False, True)
    assert moved.fingerprint == first.fingerprint
    assert verify(folder, "-verify_ip", "fd00::7")
    assert not verify(folder, "-verify_ip", "192.168.1.5")
    assert not renewed(folder, ["pc"], ["10.0.0.7"], NOW).renewed


def test_renewed_before_its_end(tmp_path: Path) -> None:
    """NW2: a month before its end the certificate is made anew; a little before the authority could not last, that is too."""
    folder = tmp_path / "tls"
    first = certify(folder, PLACE, NOW)
    assert not certify(folder, PLACE, NOW + days(360)).renewed
    later = certify(folder, PLACE, NOW + days(370))
    assert (later.new_authority, later.renewed) == (False, True)
    assert later.ends > first.ends
    assert not certify(folder, PLACE, NOW + days(370)).renewed
    much_later = certify(folder, PLACE, NOW + days(3_300))
    assert (much_later.new_authority, much_later.renewed) == (True, True)
    assert much_later.fingerprint != first.fingerprint


def test_clock_that_is_behind(tmp_path: Path) -> None:
    """NW1: a machine that wakes up in 1970 keeps its authority."""
    first = certify(tmp_path / "tls", PLACE, NOW)
    behind = certify(tmp_path / "tls", PLACE, datetime.datetime(1970, 1, 3, tzinfo=datetime.UTC))
    assert behind.fingerprint == first.fingerprint


@pytest.mark.parametrize("content", [b"", b"no certificate", "other"])
@pytest.mark.parametrize("file", ["server.pem", "authority.pem", "ca.crt"])
def test_damaged_files(tmp_path: Path, file: str, content: bytes | str) -> None:
    """NW1: a file that cannot be used, or is another's, is made anew; what is served fits together."""
    folder = tmp_path / "tls"
    certify(folder, PLACE, NOW)
    if isinstance(content, str):
        certify(tmp_path / "other", PLACE, NOW)
        content = (tmp_path / "other" / file).read_bytes()
    (folder / file).write_bytes(content)
    made = certify(folder, PLACE, NOW)
    assert verify(folder, "-verify_hostname", "pc")
    assert (folder / "ca.crt").read_bytes() == made.authority
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(made.server)


def test_names_for_which_it_may_not_vouch(tmp_path: Path) -> None:
    """NW3: a name that came later is left out of the certificate, since the authority may not vouch for it; one under .local is not."""
    folder = tmp_path / "tls"
    certify(folder, PLACE, NOW)
    made = renewed(folder, ["pc", "new.example", "code-together.local"], [], NOW)
    assert made.place.names == {"pc", "code-together.local", "localhost"}
    assert verify(folder, "-verify_hostname", "code-together.local")


def test_what_is_no_name() -> None:
    """NW2: what can be neither name nor address is left out."""
    place = Place.of(["PC", "0.0.0.0", "a b", "ünicode", "10.1.1.1", "x" * 300, "", "*.example"], [])  # noqa: S104
    assert place.names == {"pc", "localhost"}
    assert {str(address) for address in place.addresses} == {"127.0.0.1", "::1", "10.1.1.1"}


def test_authority_tells_whose_it_is(tmp_path: Path) -> None:
    """NW4: in lists of certificates it has the product's and the machine's name."""
    certify(tmp_path / "tls", PLACE, NOW)
    words = ["openssl", "x509", "-in", str(tmp_path / "tls" / "ca.crt"), "-noout", "-subject"]
    shown = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert f"code_together on {socket.gethostname()[:40]}" in shown
