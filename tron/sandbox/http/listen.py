"""HTTP for one face: reads a request, writes the answer, or cuts the connection where a fault asks.

A server that always answers could not play a node whose answer is lost.
"""

import logging

from aiohttp import web

from tron.sandbox.http.app import App
from tron.sandbox.http.request import Response, json_response

log = logging.getLogger(__name__)
BODY_BYTES_MAX = 4 * 1024 * 1024  # java-tron node.http.maxMessageSize
CONNECTIONS_WAITING_MAX = 4096
SHUTDOWN_TIMEOUT_S = 0.2  # a fault may keep a client waiting for ever


class BodyTooBig(Exception):
    """A request is longer than a node reads."""


class Listener:
    """One face on one port."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._runner = web.ServerRunner(
            web.Server(self._handle, access_log=None), shutdown_timeout=SHUTDOWN_TIMEOUT_S
        )

    async def open(self, host: str, port: int) -> None:
        """Accept connections from now on; raises ``OSError`` if the address cannot be had."""
        await self._runner.setup()
        site = web.TCPSite(
            self._runner, host, port, backlog=CONNECTIONS_WAITING_MAX, reuse_address=True
        )
        await site.start()

    async def close(self) -> None:
        """Accept no more, and leave whoever still waits without an answer."""
        await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        response = await self._response(request)
        if response is None:
            return _cut(request)
        headers = {"Content-Type": response.content_type} | response.headers
        if response.missing_bytes:
            return await _part(request, response, headers)
        return web.Response(body=response.body, status=response.status, headers=headers)

    async def _response(self, request: web.BaseRequest) -> Response | None:
        method, path, query = request.method, request.path, request.rel_url.raw_query_string
        try:
            body = await _body_read(request)
            return await self._app.answer(method, path, query, body)
        except BodyTooBig:
            return Response(b"Payload Too Large", 413, "text/plain")
        except Exception:
            log.exception("%s %s failed", method, path)
            return json_response({"Error": "class java.lang.RuntimeException : null"}, 500)


async def _body_read(request: web.BaseRequest) -> bytes:
    body = b""
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            raise BodyTooBig
    return body


def _cut(request: web.BaseRequest) -> web.StreamResponse:
    """Close the connection; what is returned is written nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _part(
    request: web.BaseRequest, response: Response, headers: dict[str, str]
) -> web.StreamResponse:
    """Promise the whole body, send a part of it and close."""
    stream = web.StreamResponse(status=response.status, headers=headers)
    stream.content_length = len(response.body)
    await stream.prepare(request)
    await stream.write(response.body[: -response.missing_bytes])
    if request.transport is not None:
        request.transport.close()
    return stream
