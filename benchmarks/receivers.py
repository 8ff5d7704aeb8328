"""Receivers of webhooks: ``/quick/…`` takes everything at once, ``/slow/…`` never answers in time.

``GET /counts`` tells how many each has taken.
"""

import asyncio
import sys
from collections import Counter

from aiohttp import web

SLOW_S = 3600
taken: Counter[str] = Counter()


async def quick(request: web.Request) -> web.Response:
    await request.read()
    taken[request.path] += 1
    return web.Response(status=204)


async def slow(request: web.Request) -> web.Response:
    await asyncio.sleep(SLOW_S)
    return web.Response(status=204)


async def counts(_: web.Request) -> web.Response:
    return web.json_response(taken)


def main(port: int) -> None:
    """Serve until somebody ends it."""
    application = web.Application()
    application.router.add_post("/quick/{name}", quick)
    application.router.add_post("/slow/{name}", slow)
    application.router.add_get("/counts", counts)
    web.run_app(application, host="127.0.0.1", port=port, print=None, access_log=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
