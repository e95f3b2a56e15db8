"""Somebody on another machine of the network, who knows what the terminal of the server shows and nothing else.

python -m tests.deploy.visitor FINGERPRINT SET_UP_CODE FOLDER
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import ssl
import sys
from pathlib import Path
from urllib.parse import quote

import aiohttp
from zeroconf import IPVersion
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

PASSWORD = "four teal kites"
_KIND = "_https._tcp.local."


async def find() -> tuple[str, str, int]:
    """Name, address and port of the first server that announces itself."""
    zeroconf = AsyncZeroconf()
    names: asyncio.Queue[str] = asyncio.Queue()

    def seen(name: str, **_: object) -> None:
        names.put_nowait(name)

    browser = AsyncServiceBrowser(zeroconf.zeroconf, _KIND, handlers=[seen])
    try:
        async with asyncio.timeout(40):
            while True:
                info = AsyncServiceInfo(_KIND, await names.get())
                if await info.async_request(zeroconf.zeroconf, 3_000) and info.server and info.port:
                    return info.server.rstrip("."), info.parsed_addresses(IPVersion.V4Only)[0], info.port
    finally:
        await browser.async_cancel()
        await zeroconf.async_close()


async def get_authority(url: str, fingerprint: str) -> str:
    """As one goes on in spite of the warning, and compares."""
    async with aiohttp.ClientSession() as http, http.get(f"{url}/ca.crt", ssl=False) as answer:
        pem = await answer.text()
    der = ssl.PEM_cert_to_DER_cert(pem)
    assert hashlib.sha256(der).hexdigest() == fingerprint.replace(":", "").lower(), "another authority"
    return pem


async def visit(fingerprint: str, code: str, folder: Path) -> dict[str, object]:
    name, address, port = await find()
    url, authority = f"https://{address}:{port}", folder / "ca.crt"
    pem = await get_authority(url, fingerprint)
    await asyncio.to_thread(authority.write_text, pem)
    trust = ssl.create_default_context(cadata=pem)
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=trust), cookie_jar=jar, raise_for_status=True
    ) as http:
        body = {"name": "ann", "password": PASSWORD, "setup": code}
        async with http.post(f"{url}/api/accounts", json=body) as answer:
            admin = (await answer.json())["admin"]
        async with http.post(f"{url}/api/sessions", json={"title": "x"}) as answer:
            session = await answer.json()
        async with http.put(f"{url}/api/sessions/{session['id']}/files/a.txt", data=b"one\n"):
            pass
        async with http.ws_connect(f"{url}/api/sessions/{session['id']}/live") as socket:
            await socket.send_json({"type": "hello", "protocol": 1})
            greeting = (await socket.receive_json())["type"]
        by_name = {"server_hostname": name, "headers": {"Host": f"{name}:{port}"}}
        async with http.get(f"{url}/healthz", **by_name) as answer:  # type: ignore[arg-type]
            named = answer.status
    where = session["clone_url"].replace("https://", f"https://ann:{quote(PASSWORD)}@")
    git = await asyncio.create_subprocess_exec(
        *("git", "clone", "-q", where, str(folder / "clone")),
        env={**os.environ, "GIT_SSL_CAINFO": str(authority), "GIT_CONFIG_GLOBAL": "/dev/null"},
    )
    assert await git.wait() == 0
    cloned = await asyncio.to_thread((folder / "clone" / "a.txt").read_text)
    return {
        "url": url,
        "name": name,
        "admin": admin,
        "greeting": greeting,
        "named": named,
        "cloned": cloned,
        "clone_url": session["clone_url"],
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(visit(sys.argv[1], sys.argv[2], Path(sys.argv[3])))))
