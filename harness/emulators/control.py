"""The control endpoint, on both ports: order faults while the emulators run, see and withdraw them.

    POST   /control/faults        an `Order` as JSON -> 201 {"id": "1"}
    GET    /control/faults        all orders
    DELETE /control/faults        withdraw all -> 204
    DELETE /control/faults/{id}   withdraw one -> 204
    GET    /control/options       the switches in force

Only programs on this machine reach it: a request that comes from elsewhere is refused, and one by another name than loopback's, so
that no web page can talk a browser into one.
"""

from dataclasses import asdict

from aiohttp import web
from aiohttp.typedefs import Handler

from harness.emulators.document import build
from harness.emulators.options import EmulatorOptions
from harness.emulators.stage import Order, Stage
from harness.emulators.wire_json import parse
from harness.errors import ConfigError
from harness.loopback import is_loopback_host


def control_routes(stage: Stage, options: EmulatorOptions) -> list[web.RouteDef]:
    """Where it is found."""

    async def place(request: web.Request) -> web.Response:
        try:
            order = build(Order, parse(await request.text()), "control/faults")
        except ValueError as error:
            return web.json_response({"error": f"the body must be JSON: {error}"}, status=400)
        except ConfigError as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"id": stage.order(order)}, status=201)

    async def show(_: web.Request) -> web.Response:
        return web.json_response([{"id": number, **asdict(order)} for number, order in stage.orders.items()])

    async def withdraw(request: web.Request) -> web.Response:
        number = request.match_info.get("id")
        if number is not None and not stage.cancel(number):
            return web.json_response({"error": f"there is no order {number}"}, status=404)
        for each in list(stage.orders) if number is None else ():
            stage.cancel(each)
        return web.Response(status=204)

    async def switches(_: web.Request) -> web.Response:
        return web.json_response({"assemblyai": asdict(options.assemblyai), "gladia": asdict(options.gladia)})

    return [
        web.post("/control/faults", local(place)),
        web.get("/control/faults", local(show)),
        web.delete("/control/faults", local(withdraw)),
        web.delete("/control/faults/{id}", local(withdraw)),
        web.get("/control/options", local(switches)),
    ]


def local(handler: Handler) -> Handler:
    """Refuse with 403 whoever does not call this machine by its own name, and browsers on behalf of a page."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        here = is_loopback_host(request.remote or "") and is_loopback_host(request.url.host or "")
        if not here or "Origin" in request.headers:
            return web.json_response({"error": "only for programs on this machine"}, status=403)
        return await handler(request)

    return guarded
