"""A Discord on the loopback interface: REST v10 and a gateway over one state, with people who use it.

It keeps servers, channels, threads, messages, interactions and nonces as Discord does, checks what it is sent
against Discord's own schemas, and goes wrong in the ways that Discord does when a test asks for it.
"""

from aiohttp import web

from tests.discord_rest import Rest


class Discord(Rest):
    """The stand-in. Use `async with Discord() as discord`."""

    async def __aenter__(self) -> "Discord":
        app = web.Application()
        app.router.add_get("/gateway/", self._gateway)
        app.router.add_route("*", "/api/v10/{path:.*}", self._rest)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *error: object) -> None:
        self._hanging.set()
        for session in self.sessions.values():
            if session.socket is not None:
                await session.socket.close()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The base of the API."""
        return f"http://127.0.0.1:{self.port}/api/v10"
