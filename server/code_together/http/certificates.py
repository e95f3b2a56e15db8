"""A certificate authority of this data folder's own, and the certificate that it gives the server (NW1–NW4).

    DATA/tls/authority.pem   the authority's key and certificate; made once
    DATA/tls/ca.crt          the authority's certificate alone, for people to import
    DATA/tls/server.pem      the server's key and certificate; made anew when it is about to end, or does not fit

Key and certificate are one file, so that there is never one without the other; a file that cannot be used is replaced.
"""

from __future__ import annotations

import ipaddress
import os
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from code_together.http.addresses import Address

AUTHORITY_DAYS = 3_650
SERVER_DAYS = 397
"""Apple's systems take no longer ones."""
RENEW_DAYS = 30
"""Before the end of the server's certificate, and of the authority's over that of the server's."""
_BACKDATED = timedelta(days=1)
"""For machines whose clock is behind."""
_ALWAYS = ("local", "localhost")
"""Under these names any server of a network may go: the authority may vouch for all of them."""
_DNS_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_-]{1,63})*")


@dataclass(frozen=True, slots=True)
class Place:
    """The host names and addresses that a certificate is for."""

    names: frozenset[str]
    addresses: frozenset[Address]

    @classmethod
    def of(cls, hosts: Iterable[str], addresses: Iterable[Address]) -> Place:
        """Of what may be a name or an address; what can be neither is left out."""
        names, found = {"localhost"}, {*addresses, *map(ipaddress.ip_address, ("127.0.0.1", "::1"))}
        for host in hosts:
            try:
                address = ipaddress.ip_address(host)
            except ValueError:
                if _DNS_NAME.fullmatch(host.lower()):
                    names.add(host.lower())
            else:
                if not address.is_unspecified:
                    found.add(address)
        return cls(frozenset(names), frozenset(found))


@dataclass(frozen=True, slots=True)
class Certified:
    """What the server shows, and by what people know that it is the right one."""

    server: Path
    """Key and certificate, as `SSLContext.load_cert_chain` takes them."""
    authority: bytes
    """The authority's certificate (PEM), to be handed out."""
    fingerprint: str
    """The authority's, SHA-256, as systems show it."""
    ends: datetime
    place: Place
    """What the certificate is for: what was asked, without the names for which the authority may not vouch."""
    new_authority: bool
    renewed: bool


def certify(folder: Path, place: Place, now: datetime) -> Certified:
    """The server's certificate for this place: the one that is there, or a new one. Blocks for some milliseconds.

    Raises `OSError` when the folder cannot be written to.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    authority = _read(folder / "authority.pem")
    new_authority = authority is None or _left(authority[1], now) < timedelta(days=SERVER_DAYS + RENEW_DAYS)
    if authority is None or new_authority:
        authority = _make_authority(place, now)
        _write(folder / "authority.pem", *authority)
    authority_key, authority_certificate = authority
    pem = authority_certificate.public_bytes(serialization.Encoding.PEM)
    if not (folder / "ca.crt").is_file() or (folder / "ca.crt").read_bytes() != pem:
        _replace(folder / "ca.crt", pem)
    place = _vouched_for(place, authority_certificate)
    server = _read(folder / "server.pem")
    renewed = server is None or not _fits(server[1], authority_certificate, place, now)
    if server is None or renewed:
        server = _make_server(authority_key, authority_certificate, place, now)
        _write(folder / "server.pem", *server)
    fingerprint = authority_certificate.fingerprint(hashes.SHA256()).hex(":").upper()
    ends = server[1].not_valid_after_utc
    return Certified(folder / "server.pem", pem, fingerprint, ends, place, new_authority, renewed)


_Pair = tuple[ec.EllipticCurvePrivateKey, x509.Certificate]


def _make_authority(place: Place, now: datetime) -> _Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    # People import it, and trust it from then on: it can vouch for no name but ours, whoever gets hold of the key.
    names = sorted({*_ALWAYS, *(name for name in place.names if not _is_under(name, _ALWAYS))})
    subject = _name(f"code_together on {socket.gethostname()[:40]}")
    builder = (
        _builder(subject, subject, key, now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints([x509.DNSName(name) for name in names], None), critical=True)
        # Constraints of names say nothing of mail addresses and programs: it can vouch for servers alone.
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )
    return key, builder.sign(key, hashes.SHA256())


def _make_server(
    authority_key: ec.EllipticCurvePrivateKey, authority: x509.Certificate, place: Place, now: datetime
) -> _Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    public = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    hosts: list[x509.GeneralName] = [x509.DNSName(name) for name in sorted(place.names)]
    hosts += [
        x509.IPAddress(address) for address in sorted(place.addresses, key=lambda a: (a.version, int(a)))
    ]
    builder = (
        _builder(_name("code_together"), authority.subject, key, now, SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(public), critical=False)
    )
    return key, builder.sign(authority_key, hashes.SHA256())


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now - _BACKDATED + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _fits(certificate: x509.Certificate, authority: x509.Certificate, place: Place, now: datetime) -> bool:
    """Whether the certificate is the authority's, for this place (and others where it was), and good for a while."""
    try:
        certificate.verify_directly_issued_by(authority)
        hosts = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except Exception:  # another key's signature, another issuer, or no certificate of ours
        return False
    covered = place.names <= set(hosts.get_values_for_type(x509.DNSName)) and (
        place.addresses <= set(hosts.get_values_for_type(x509.IPAddress))
    )
    return covered and _left(certificate, now) > timedelta(days=RENEW_DAYS)


def _left(certificate: x509.Certificate, now: datetime) -> timedelta:
    """How long it is good for yet. That it is not good yet does not count: the clock of this machine may be wrong."""
    return certificate.not_valid_after_utc - now


def _vouched_for(place: Place, authority: x509.Certificate) -> Place:
    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    allowed = tuple(one.value for one in constraints.permitted_subtrees or ())
    return Place(frozenset(name for name in place.names if _is_under(name, allowed)), place.addresses)


def _is_under(name: str, subtrees: tuple[str, ...]) -> bool:
    return any(name == subtree or name.endswith(f".{subtree}") for subtree in subtrees)


def _read(file: Path) -> _Pair | None:
    """Key and certificate, None where there are none that belong together."""
    try:
        pem = file.read_bytes()
        key = serialization.load_pem_private_key(pem, None)
        certificate = x509.load_pem_x509_certificate(pem)
    except (FileNotFoundError, ValueError, TypeError):
        return None
    fits = isinstance(key, ec.EllipticCurvePrivateKey) and key.public_key() == certificate.public_key()
    return (key, certificate) if fits and isinstance(key, ec.EllipticCurvePrivateKey) else None


def _write(file: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _replace(file, pem + certificate.public_bytes(serialization.Encoding.PEM))


def _replace(file: Path, content: bytes) -> None:
    """Whole or not at all, on the disk, and for nobody else to read from the first moment."""
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    new.replace(file)


def now() -> datetime:
    return datetime.now(UTC)
