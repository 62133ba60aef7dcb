"""The server: `create_app(settings)` puts the routers together, `serve(settings)` runs them."""

import asyncio
import logging
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

import headwater
from headwater.api import (
    circuit_nodes,
    circuits,
    comparison,
    evaluations,
    features,
    graphs,
    health,
    interventions,
    jobs,
    models,
    problems,
    tasks,
    tokenize,
)
from headwater.api.guards import Guards
from headwater.api.page import page_router
from headwater.api.server import Server
from headwater.api.views import warm_up
from headwater.errors import PortInUse
from headwater.jobs import ledger
from headwater.settings import Settings, load_settings
from headwater.store.store import Store

API: Final = "/api/v1"
ROUTERS: Final = (
    health, models, tokenize, graphs, interventions, features, tasks, circuits, comparison, evaluations,
    circuit_nodes, jobs,
)  # fmt: skip


def create_app(settings: Settings | None = None, store: Store | None = None) -> FastAPI:
    """Opens nothing until it is started. A `store` opened by the caller stays the caller's to close."""
    settings = settings or load_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        opened = store or Store.open(settings)
        server = Server.start(settings, opened)
        server.changes.attach(asyncio.get_running_loop())
        app.state.server = server
        with opened.database.writing() as session:
            ledger.release_all(session)
        if settings.worker:
            server.worker.start()
        threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
        try:
            yield
        finally:
            await asyncio.to_thread(server.worker.stop)
            if store is None:
                opened.close()

    app = FastAPI(
        title="Headwater",
        version=headwater.__version__,
        summary="Explore the sparse feature circuits of language models.",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,  # both load scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
        # what carries a coding of its own (graphs) and event streams pass through as they are
        middleware=[Middleware(Guards, settings=settings), Middleware(GZipMiddleware, compresslevel=5)],
    )
    problems.install(app)
    for module in ROUTERS:
        app.include_router(module.router, prefix=API)
    app.include_router(page_router(settings))
    app.openapi = lambda: _describe(app)  # type: ignore[method-assign]  # FastAPI's documented way
    return app


def _describe(app: FastAPI) -> dict[str, Any]:
    if not app.openapi_schema:
        schema = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        problem = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schema["components"]["schemas"] |= {**problem.pop("$defs"), "Problem": problem}
        app.openapi_schema = schema
    return app.openapi_schema


def serve(settings: Settings, ready: Callable[[str], None] = lambda address: None) -> None:
    """Until interrupted. Failures to start (port, data folder) are raised before anything runs.
    `ready` gets the address once the server answers."""
    logging.basicConfig(level=settings.log_level.upper(), format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with _bind(settings) as listening:
        store = Store.open(settings)
        try:
            app = create_app(settings, store)
            config = uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                lifespan="on",
                server_header=False,
                timeout_graceful_shutdown=2,
            )
            host = f"[{settings.host}]" if ":" in settings.host else settings.host
            _Announcing(config, lambda: ready(f"http://{host}:{listening.getsockname()[1]}")).run([listening])
        finally:
            store.close()


class _Announcing(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def _bind(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # with the protocol named, asyncio turns Nagle's algorithm off: without it every answer waits 40 ms
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        raise PortInUse(
            f"Port {settings.port} on {settings.host} cannot be used: {error.strerror}. Stop the program "
            "that has it, or choose another with --port or HEADWATER_PORT (0 picks a free one).",
            port=settings.port,
        ) from None
    return listening
