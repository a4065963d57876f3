"""The one HTTP server: what machines ask, the paths that adapters serve, and the console.

It is built from plain functions, so that it knows no adapter.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route

from bot.console.probes import Numbers, Troubles, probes

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Asgi = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


def website(
    troubles: Troubles,
    paths: Mapping[str, Asgi],
    console: BaseRoute | None = None,
    numbers: Numbers | None = None,
) -> Starlette:
    """The application. `paths` are served by others, each under exactly its path; `console` has the rest."""
    routes = [*probes(troubles, numbers), *(Route(path, _Whole(app)) for path, app in paths.items())]
    if console is not None:
        routes.append(console)
    made = Starlette(routes=routes)
    # To a path without its slash one would be sent by the name that a proxy asked for, which may be inside.
    made.router.redirect_slashes = False
    return made


class _Whole:
    """An application as Starlette's route takes it: an object, since a function would be a view."""

    def __init__(self, app: Asgi) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


class WebServer:
    """Serves an application until it is told to stop."""

    def __init__(self, app: Asgi, host: str, port: int) -> None:
        """`port` 0 takes a free one; see `port` once it is started."""
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # who asks is known by the cookie, and never by what a proxy says
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=10,
            h11_max_incomplete_event_size=64 * 1024,
        )
        self._server = _Server(config)
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen. Raises OSError when the address is taken or not ours."""
        self._running = asyncio.ensure_future(self._server.serve())
        started = asyncio.ensure_future(self._server.listening.wait())
        await asyncio.wait({self._running, started}, return_when=asyncio.FIRST_COMPLETED)
        started.cancel()
        if self._running.done():
            self._running.result()
            raise OSError(f"cannot listen on {self._server.config.host}:{self._server.config.port}")

    @property
    def port(self) -> int:
        """The port it listens on."""
        port: int = self._server.servers[0].sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        """Answer what is under way, then close."""
        self._server.should_exit = True
        if self._running is not None:
            await self._running


class _Server(uvicorn.Server):
    """uvicorn's server without its hold on signals, which belong to `serve`, and with word of its start."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: Any = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit:  # uvicorn's way to say that the address cannot be had
            self.should_exit = True
            return
        self.listening.set()

    async def serve(self, sockets: Any = None) -> None:
        await self._serve(sockets)
