"""The encrypted side of the server: whose certificate it shows, and keeping that one good."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Collection
from pathlib import Path
from typing import TypedDict

from aiohttp import web

from code_together.config import Settings
from code_together.errors import NotFound, Unavailable, Unprocessable
from code_together.http.addresses import lan_addresses
from code_together.http.bodies import json_response
from code_together.http.certificates import Certified, Place, certify, now
from code_together.http.description import answers

log = logging.getLogger(__name__)

FOLDER = "tls"
"""In the data folder."""
_LOOK_SECONDS = 30.0
"""Between looks whether the machine has other addresses, or the certificate comes to its end."""


class Encryption:
    """TLS as the settings have it; with `auto` the certificate is the one that fits the server's names and addresses now."""

    def __init__(self, settings: Settings, names: Collection[str]) -> None:
        """`names` may grow while the server runs. Raises `Unprocessable` (`bad_tls`) when the files of the settings cannot be used."""
        self.certified: Certified | None = None
        self.context: ssl.SSLContext | None = None
        self._folder = settings.data / FOLDER
        self._names = names
        self._auto = settings.tls == "auto"
        if settings.tls == "off":
            return
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        if not self._auto:
            _load(self.context, settings.tls)

    async def renew(self) -> None:
        """Sees to it that the certificate fits. Those who are connected stay so. Raises `Unavailable`."""
        if self.context is None or not self._auto:
            return
        place = Place.of(self._names, await asyncio.to_thread(lan_addresses))
        try:
            made = await asyncio.to_thread(certify, self._folder, place, now())
        except OSError as error:
            raise Unavailable(
                f"The certificate in {self._folder} cannot be kept: {error.strerror}.", code="not_saved"
            ) from None
        first, self.certified = self.certified is None, made
        if first or made.renewed:
            self.context.load_cert_chain(made.server)
            _log(made, place)

    async def keep_good(self) -> None:
        """Looks again and again, for ever."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await self.renew()
            except Unavailable as error:  # a full disk: the certificate that is there goes on
                log.warning("certificate not renewed", extra={"fields": {"why": error.message}})


ENCRYPTION = web.AppKey("encryption", Encryption)


def _load(context: ssl.SSLContext, files: str) -> None:
    certificate, comma, key = files.partition(",")
    if not comma:
        raise Unprocessable(
            "tls takes auto, off, or a certificate and a key file with a comma between them.", code="bad_tls"
        )

    def ask() -> str:
        raise Unprocessable(
            f"The key {key} is encrypted, and a server has nobody to ask for its passphrase. Give one without:"
            f" openssl pkey -in {key} -out NEW",
            code="bad_tls",
        )

    try:
        context.load_cert_chain(Path(certificate), Path(key), password=ask)
    except OSError as error:  # of which SSLError is one
        raise Unprocessable(
            f"The certificate {certificate} and key {key} cannot be used: {error}.", code="bad_tls"
        ) from None


def _log(made: Certified, asked: Place) -> None:
    if made.new_authority:
        log.warning("certificate authority made", extra={"fields": {"fingerprint": made.fingerprint}})
    hosts = sorted([*made.place.names, *map(str, made.place.addresses)])
    log.info("certificate", extra={"fields": {"for": hosts, "ends": made.ends.isoformat()}})
    if missing := sorted(asked.names - made.place.names):
        # it was made when the server had other names, and importing it was a promise that it would not vouch for more
        why = "the authority was made for other names; remove the folder tls for a new one"
        log.warning("names without a certificate", extra={"fields": {"names": missing, "why": why}})


def _certified(request: web.Request) -> Certified:
    if (certified := request.app[ENCRYPTION].certified) is None:
        raise NotFound("This server has no certificate authority of its own.")
    return certified


@answers(form=("application/x-x509-ca-cert",), refuses=(404,))
async def get_authority(request: web.Request) -> web.Response:
    """`GET /ca.crt`: the authority's certificate, of the type that makes systems offer to import it."""
    return web.Response(body=_certified(request).authority, content_type="application/x-x509-ca-cert")


class Authority(TypedDict):
    """`fingerprint` is the certificate's SHA-256, `ends` the day until which it is good."""

    fingerprint: str
    ends: str


@answers(gives=Authority, refuses=(404,))
async def describe_authority(request: web.Request) -> web.Response:
    """`GET /api/certificate`: by what the authority is known, for the page that says how to import it."""
    certified = _certified(request)
    return json_response(Authority(fingerprint=certified.fingerprint, ends=certified.ends.date().isoformat()))
