"""What a monitoring system reads: how much is going on, and whether the server keeps up (OB1–OB3)."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import time
from collections.abc import Iterable

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

import code_together
from code_together.http.description import answers
from code_together.http.git_process import CLONES, PUSHES
from code_together.http.keys import DATABASE, REGISTRY, SETTINGS

_LOOP_SECONDS = 1.0
"""Between looks how late the event loop is."""
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)


class Metrics:
    """The numbers of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.disk: os.statvfs_result | None = None
        """The data folder's file system, as it was looked at last."""
        self.requests = Counter(
            "code_together_requests",
            "Requests that were answered, by the pattern of their route.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "code_together_request_seconds",
            "How long answering took; live connections are not in it.",
            ["kind"],
            registry=self.registry,
            buckets=_SECONDS,
        )
        self.late = Histogram(
            "code_together_loop_late_seconds",
            "How much later than asked for the event loop woke up: everything waits that long.",
            registry=self.registry,
            buckets=_SECONDS,
        )
        ProcessCollector(namespace="code_together", registry=self.registry)

    def answered(self, request: web.Request, status: int, seconds: float) -> None:
        resource = request.match_info.route.resource
        route = resource.canonical if resource else "none"  # a pattern: paths hold names of files and secrets
        # a method is what the client writes; those that no route takes are one
        method = request.method if request.method in _METHODS else "other"
        self.requests.labels(method, route, str(status)).inc()
        if status != 101:
            self.seconds.labels(_kind(route)).observe(seconds)

    async def watch_loop(self) -> None:
        """Measures for ever how late the event loop is."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LOOP_SECONDS
            await asyncio.sleep(_LOOP_SECONDS)
            self.late.observe(max(0.0, loop.time() - due))


METRICS = web.AppKey("metrics", Metrics)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _kind(route: str) -> str:
    if route.startswith("/api/"):
        return "api"
    return "git" if route.startswith("/git/") else "page"


@web.middleware
async def count_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Around everything, so that what is refused is counted too."""
    begun = time.monotonic()
    status = 500
    try:
        response = await handler(request)
        status = response.status
        return response
    except web.HTTPException as error:
        status = error.status
        raise
    finally:
        request.app[METRICS].answered(request, status, time.monotonic() - begun)


class _State(Collector):
    """What is so at this moment, looked up when it is asked for."""

    def __init__(self, app: web.Application) -> None:
        self._app = app

    def collect(self) -> Iterable[Metric]:
        app, settings = self._app, self._app[SETTINGS]
        rooms, connections, people = app[REGISTRY].counts()
        database = app[DATABASE]
        writes = database.writes
        disk = app[METRICS].disk
        yield InfoMetricFamily(
            "code_together", "The server that runs.", {"version": code_together.__version__}
        )
        for name, help, value in (
            ("live_connections", "Live connections that are open.", connections),
            ("people", "People with a live connection, each once.", people),
            ("rooms", "Sessions that are in memory.", rooms),
            ("writes_waiting", "Writes that wait for the database.", database.waiting()),
            ("saving", "1 while edits can be saved, 0 since the disk failed.", writes.failed_at is None),
            ("clones_running", "Clones and fetches under way.", settings.git_clones - app[CLONES]._value),
            ("pushes_running", "Pushes under way.", settings.git_pushes - app[PUSHES]._value),
            (
                "data_free_bytes",
                "Space left for the data folder.",
                disk.f_bavail * disk.f_frsize if disk else math.nan,
            ),
            (
                "data_free_inodes",
                "Files that the data folder's disk still takes.",
                disk.f_favail if disk else math.nan,
            ),
        ):
            yield GaugeMetricFamily(f"code_together_{name}", help, float(value))
        for name, help, count in (
            ("updates", "Updates of texts that were made durable.", app[REGISTRY].around.journal.kept),
            ("transactions", "Transactions of the database.", writes.transactions),
            ("transaction_seconds", "Time spent on them, the disk's included.", writes.seconds),
            ("transactions_failed", "Transactions that the disk refused.", writes.failed),
        ):
            yield CounterMetricFamily(f"code_together_{name}", help, float(count))


def watch_state(app: web.Application) -> None:
    app[METRICS].registry.register(_State(app))


@answers(form=("text/plain",))
async def show(request: web.Request) -> web.Response:
    """`GET /metrics`: numbers in Prometheus' text form."""
    metrics = request.app[METRICS]
    with contextlib.suppress(OSError):  # a folder that is gone: everything else is told
        metrics.disk = await asyncio.to_thread(os.statvfs, request.app[SETTINGS].data)
    body = generate_latest(metrics.registry)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})
