"""One process, both services: `serve` runs it until SIGTERM."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from weakref import WeakSet

from aiohttp import web

from harness.emulators.assemblyai import AssemblyAIService
from harness.emulators.connection import SOCKETS, close_sockets
from harness.emulators.gladia import GladiaService
from harness.emulators.ledger import Ledger
from harness.emulators.listening import RecogniserEngine
from harness.emulators.monitor import Monitor
from harness.emulators.options import EmulatorOptions
from harness.emulators.recognition import Engine
from harness.emulators.scenario import Scenario, load_scenario
from harness.emulators.script import ScriptEngine
from harness.errors import ConfigError
from harness.realtime import punctual_process

HOST = "127.0.0.1"
_SHUTDOWN_S = 0.2


def serve(options: EmulatorOptions) -> int:
    """Run both services on loopback until SIGTERM or SIGINT; returns the exit code 0.

    Prints one line of JSON to standard output when both accept connections:
    `{"assemblyai": "ws://127.0.0.1:PORT", "gladia": "http://127.0.0.1:PORT", "pid": N}`.

    Raises:
        ConfigError: a port is taken, the scenario is wrong, or the recogniser isn't installed.
    """
    with punctual_process():
        return asyncio.run(_serve(options))


async def _serve(options: EmulatorOptions) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if options.exit_with_stdin:
        await _watch_stdin(stop)
    async with running(options) as ports:
        line = {"assemblyai": f"ws://{HOST}:{ports[0]}", "gladia": f"http://{HOST}:{ports[1]}", "pid": os.getpid()}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        await stop.wait()
    return 0


@contextlib.asynccontextmanager
async def running(options: EmulatorOptions) -> AsyncIterator[tuple[int, int]]:
    """Both services on this event loop; yields the ports of AssemblyAI and Gladia."""
    if options.engine == "script" and options.scenario is None:
        raise ConfigError("--engine script plays a scenario, and none was given: add --scenario FILE.")
    scenario = load_scenario(options.scenario) if options.scenario else Scenario()
    monitor = Monitor()
    ledger = Ledger(options.keep_sessions)
    engine: Engine = (
        ScriptEngine(scenario) if options.engine == "script" else RecogniserEngine(options.workers, monitor)
    )
    probe = asyncio.create_task(monitor.probe_loop())
    try:
        await engine.start()
        assemblyai = AssemblyAIService(options, scenario, engine, ledger, monitor)
        gladia = GladiaService(options, scenario, engine, ledger, monitor)
        async with contextlib.AsyncExitStack() as stack:
            ports = [
                await stack.enter_async_context(_listening(service.routes(), port, ledger, monitor))
                for service, port in ((assemblyai, options.port), (gladia, options.port and options.port + 1))
            ]
            yield ports[0], ports[1]
    finally:
        probe.cancel()
        await engine.stop()


@contextlib.asynccontextmanager
async def _listening(routes: list[web.RouteDef], port: int, ledger: Ledger, monitor: Monitor) -> AsyncIterator[int]:
    app = web.Application()
    app[SOCKETS] = WeakSet()
    app.on_shutdown.append(close_sockets)
    app.add_routes([*routes, *_inspection(ledger, monitor)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_S, handler_cancellation=True)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, port)
        await site.start()
        yield int(runner.addresses[0][1])
    except OSError as error:
        raise ConfigError(f"--port {port}: the emulator can't listen on {HOST}:{port}: {error.strerror}.") from error
    finally:
        await runner.cleanup()


def _inspection(ledger: Ledger, monitor: Monitor) -> list[web.RouteDef]:
    async def metrics(_: web.Request) -> web.Response:
        return web.json_response(monitor.snapshot())

    async def sessions(_: web.Request) -> web.Response:
        return web.json_response(ledger.summaries())

    async def session(request: web.Request) -> web.Response:
        record = ledger.find(request.match_info["id"])
        if record is None:
            return web.json_response({"error": "no such session in the ledger"}, status=404)
        return web.json_response(record.details())

    return [web.get("/metrics", metrics), web.get("/ledger", sessions), web.get("/ledger/{id}", session)]


async def _watch_stdin(stop: asyncio.Event) -> None:
    """Set `stop` when standard input ends: the parent is gone, even if it was killed."""
    loop = asyncio.get_running_loop()

    def readable() -> None:
        if not os.read(0, 4096):
            loop.remove_reader(0)
            stop.set()

    loop.add_reader(0, readable)
