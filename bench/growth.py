"""How cost grows: `python -m bench.growth [CURVE…] [--seconds 3] [--largest N] [--pictures FOLDER]`.

Measures the server's CPU, and its memory where that matters, over people in a room, rooms, the length of a document, files in a session and
revisions. For each it says with which exponent cost grows (1 is linear), and draws a picture.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import math
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bench import history
from bench.editing.measuring import run
from bench.editing.servers import Ours, cost, settle
from bench.editing.table import number
from bench.editing.work import Work
from bench.large_session import archive
from bench.machine import machine
from bench.starting import open_text
from code_together.config import Settings

OFTEN = 20
"""How many windows are closed, lists asked for and sessions opened: one alone is too little to measure."""
LINEAR = 1.1
"""The exponent up to which growth counts as linear; measuring is not exact."""

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """`measure` takes a size and seconds, and gives the figures at that size."""

    name: str
    axis: str
    sizes: tuple[int, ...]
    measure: Callable[[int, float], Figures]


def typing(work: Work, *kept: str) -> Figures:
    figures = run("ours", work, [])
    return {name: figures[name] for name in kept}


def people(size: int, seconds: float) -> Figures:
    work = Work("people", people=size, typing=8, keys=10, seconds=seconds)
    return typing(work, "µs CPU an edit", "ms CPU per 1,000 deliveries", "MB more at the end")


def rooms(size: int, seconds: float) -> Figures:
    work = Work("rooms", people=2, typing=2, keys=1, rooms=size, seconds=seconds)
    figures = typing(work, "share of its core", "MB more at the end")
    return {"ms CPU a second": 1e3 * figures.pop("share of its core"), **figures}


def document(size: int, seconds: float) -> Figures:
    work = Work("document", people=8, typing=8, keys=10, units=size, joins=OFTEN, seconds=seconds)
    return typing(work, "µs CPU an edit", "join: ms CPU", "MB more at the end")


def files(size: int, seconds: float) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        server = Ours(Path(folder) / "data", "0")
        try:
            return asyncio.run(_files(server, size))
        finally:
            server.stop()


async def _files(server: Ours, size: int) -> Figures:
    (place,) = await server.prepare(Work("files", people=1, typing=0, keys=0))
    async with aiohttp.ClientSession(headers=place["headers"]) as http:
        headers = {"Content-Type": "application/zip"}
        async with http.post(_beside(place, "import"), data=archive(size), headers=headers) as answer:
            answer.raise_for_status()
        await settle()
        return {
            "ms CPU a window": await _windows(server, http, place),
            "ms CPU to open the session": await _each(server, lambda: open_text(http, place)),
            "MB in all": cost(server.pid).memory / 1e6,
        }


def revisions(size: int, seconds: float) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        settings = Settings(data=data, port=0, name=history.HOST, bcrypt_cost=4)
        session = asyncio.run(history.make(settings, size, packed=True))
        server = Ours(data, "0")
        try:
            return asyncio.run(_revisions(server, session))
        finally:
            server.stop()


async def _revisions(server: Ours, session: str) -> Figures:
    where = f"{server.url}/api/sessions/{session}"
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        who = {"name": history.PEOPLE[0], "password": history.PASSWORD}
        async with http.post(f"{server.url}/api/login", json=who) as answer:
            answer.raise_for_status()
        place = {"url": f"{where.replace('http', 'ws', 1)}/live", "headers": {}, "path": history.LONG}
        before = cost(server.pid).cpu
        await open_text(http, place)
        while not (await _get(http, f"{where}/activity"))["complete"]:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
        index = cost(server.pid).cpu - before
        return {
            "ms CPU a window": await _windows(server, http, place),
            "ms CPU for the first page of the list": await _each(
                server, lambda: _get(http, f"{where}/revisions?limit=50")
            ),
            "s CPU for the index of all": index,
        }


async def _get(http: aiohttp.ClientSession, url: str) -> Any:
    async with http.get(url) as answer:
        answer.raise_for_status()
        return await answer.json()


def _beside(place: dict[str, Any], what: str) -> str:
    """The address of another thing of the session that `place` is in."""
    return str(place["url"]).replace("ws", "http", 1).removesuffix("live") + what


async def _windows(server: Ours, http: aiohttp.ClientSession, place: dict[str, Any]) -> float:
    """CPU of a character and the commit that holds it, in ms."""
    async with http.ws_connect(place["url"], headers=place["headers"], max_msg_size=0) as socket:

        async def until(kind: str) -> dict[str, Any]:
            while True:
                message: dict[str, Any] = await socket.receive_json()
                if message["type"] == kind:
                    return message

        await socket.send_json({"type": "hello", "protocol": 1})
        await socket.send_json({"type": "open", "path": place["path"]})
        opened = await until("opened")
        version, length = opened["version"], len(opened["text"])
        seq = 0

        async def window() -> None:
            nonlocal seq, version, length
            seq += 1
            push = {"type": "push", "doc": opened["doc"], "version": version, "seq": seq}
            await socket.send_json({**push, "changes": [[[0, "x"], length]]})
            await until("updates")
            version += 1
            length += 1
            async with http.post(_beside(place, "revisions"), json={}) as answer:
                answer.raise_for_status()

        await window()
        return await _each(server, window)


async def _each(server: Ours, act: Callable[[], Any]) -> float:
    before = cost(server.pid).cpu
    for _ in range(OFTEN):
        await act()
    return 1e3 * (cost(server.pid).cpu - before) / OFTEN


CURVES = {
    curve.name: curve
    for curve in (
        Curve("people", "people in the room, eight typing", (8, 16, 32, 64, 128, 256, 512), people),
        Curve("rooms", "rooms of two who type", (10, 30, 100, 300, 1_000), rooms),
        Curve("document", "characters in the document", (1_000, 10_000, 100_000, 1_000_000, 9_990_000), document),
        Curve("files", "files in the session", (10, 100, 1_000, 5_000), files),
        Curve("revisions", "revisions of the session", (100, 300, 1_000, 3_000, 10_000), revisions),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Growth:
    """`exponent` of the power of size that fits best; `steepest`: the largest from one size to the next."""

    exponent: float
    factor: float
    steepest: float

    @classmethod
    def of(cls, sizes: list[int], values: list[float]) -> Growth:
        """Least squares between the logarithms. Raises ValueError for fewer than two sizes."""
        if len(sizes) < 2:
            raise ValueError("Growth is between two sizes at least.")
        xs, ys = [math.log(size) for size in sizes], [math.log(max(value, 1e-9)) for value in values]
        x, y = sum(xs) / len(xs), sum(ys) / len(ys)
        exponent = sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)
        steps = [(ys[n + 1] - ys[n]) / (xs[n + 1] - xs[n]) for n in range(len(xs) - 1)]
        return cls(exponent, math.exp(y - exponent * x), max(steps))

    def __str__(self) -> str:
        word = "linear or better" if self.exponent <= LINEAR else "WORSE than linear"
        return f"exponent {self.exponent:.2f}, {word}; steepest step {self.steepest:.2f}"


def short(size: int) -> str:
    return f"{size / 1e6:.3g}M" if size >= 1e6 else f"{size / 1e3:g}k" if size >= 1e3 else str(size)


def draw(curve: Curve, sizes: list[int], told: dict[str, list[float]], command: str) -> str:
    """A picture, as SVG: each figure over the sizes, the power that fits it, and what linear would be."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": curve.name, "font.family": "sans-serif"})
    from matplotlib import pyplot, ticker

    figure, panels = pyplot.subplots(1, len(told), figsize=(4 * len(told), 3.6), squeeze=False)
    for panel, (name, values) in zip(panels[0], told.items(), strict=True):
        growth = Growth.of(sizes, values)
        panel.loglog(sizes, values, "o", color="#1f5fbf", label="measured")
        fitted = [growth.factor * size**growth.exponent for size in sizes]
        panel.loglog(sizes, fitted, color="#1f5fbf", label=f"exponent {growth.exponent:.2f}")
        linear = [values[0] * size / sizes[0] for size in sizes]
        panel.loglog(sizes, linear, ":", color="#888888", label="linear")
        panel.set_ylim(min(values) / 2, max(values) * 3)
        panel.set_xticks(sizes, [short(size) for size in sizes])
        panel.xaxis.set_minor_locator(ticker.NullLocator())
        panel.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
        panel.yaxis.set_minor_locator(ticker.NullLocator())
        panel.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: number(value)))
        panel.set_title(name, fontsize=10)
        panel.set_xlabel(curve.axis, fontsize=9)
        panel.tick_params(labelsize=8)
        panel.grid(color="#dddddd", linewidth=0.5)
        panel.legend(fontsize=8, frameon=False)
    figure.text(0.01, 0.01, f"{command} · {machine()}", fontsize=7, color="#555555")
    figure.tight_layout(rect=(0, 0.04, 1, 1))
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    pyplot.close(figure)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("curves", nargs="*", metavar="CURVE", help=", ".join(CURVES))
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each size is measured")
    parser.add_argument("--largest", type=int, help="leave out larger sizes")
    parser.add_argument("--pictures", type=Path, help="where the pictures go, as growth-CURVE.svg")
    options = parser.parse_args()
    for name in options.curves or CURVES:
        curve = CURVES[name]
        sizes = [size for size in curve.sizes if not options.largest or size <= options.largest]
        told: dict[str, list[float]] = {}
        for size in sizes:
            for figure, value in curve.measure(size, options.seconds).items():
                told.setdefault(figure, []).append(max(value, 0.001))
        for figure, values in told.items():
            shown = ", ".join(f"{size:,} {number(value)}" for size, value in zip(sizes, values, strict=True))
            print(f"{curve.axis}, {figure}: {Growth.of(sizes, values)} ({shown})", flush=True)
        if options.pictures:
            command = f"python -m bench.growth {name} --seconds {options.seconds:g}"
            picture = draw(curve, sizes, told, command)
            (options.pictures / f"growth-{name}.svg").write_text(picture)


if __name__ == "__main__":
    main()
