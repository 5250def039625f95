"""One process, both services: `serve` runs it until SIGTERM."""

import asyncio
import contextlib
import errno
import ipaddress
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from time import monotonic
from typing import Any
from weakref import WeakSet

from aiohttp import web

from harness.emulators.assemblyai import AssemblyAIService
from harness.emulators.authority import Authority, authority
from harness.emulators.connection import SOCKETS, close_sockets
from harness.emulators.control import control_routes, local
from harness.emulators.gladia import GladiaService
from harness.emulators.ledger import Ledger
from harness.emulators.listening import RecogniserEngine
from harness.emulators.monitor import Monitor
from harness.emulators.options import EmulatorOptions
from harness.emulators.recognition import Engine
from harness.emulators.scenario import load_scenario
from harness.emulators.script import ScriptEngine
from harness.emulators.stage import Provider, Stage
from harness.errors import ConfigError
from harness.realtime import punctual_process

_SHUTDOWN_S = 0.2
_IPV4 = 4
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def serve(options: EmulatorOptions) -> int:
    """Run both services, on loopback unless told otherwise, until SIGTERM or SIGINT; returns the exit code 0.

    Prints one line of JSON to standard output when both accept connections:
    `{"assemblyai": "ws://127.0.0.1:PORT", "gladia": "http://127.0.0.1:PORT", "pid": N}`; with TLS also `assemblyai_tls`,
    `gladia_tls` and `ca_file`, which makes clients trust them. Standard error says so if other machines can reach them.

    Raises:
        ConfigError: an address is none of this machine's, a port is taken, the scenario is wrong, or the recogniser isn't installed.
    """
    bind = _bind_address(options)
    with punctual_process():
        return asyncio.run(_serve(options, bind))


def _bind_address(options: EmulatorOptions) -> IPAddress:
    try:
        address = ipaddress.ip_address(options.bind)
    except ValueError:
        raise ConfigError(
            f"--bind is {options.bind!r}, which is no IP address. Name one of this machine's, or 0.0.0.0 for all of them."
        ) from None
    if options.tls and not address.is_loopback:
        raise ConfigError(
            "--tls vouches for names of this machine's own loopback, which --bind leaves: leave one of them out."
        )
    return address


async def _serve(options: EmulatorOptions, bind: IPAddress) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if options.exit_with_stdin:
        await _watch_stdin(stop)
    with authority() if options.tls else contextlib.nullcontext() as tls:
        async with running(options, tls) as ports:
            if not bind.is_loopback:
                sys.stderr.write(
                    f"harness: other machines can reach the emulators (--bind {bind}). Any key opens them, and shows whoever "
                    "has it what others said there. Keep them off networks you don't trust.\n"
                )
            sys.stdout.write(json.dumps(_addresses(bind, ports, tls)) + "\n")
            sys.stdout.flush()
            await stop.wait()
    return 0


def _addresses(bind: IPAddress, ports: tuple[int, ...], tls: Authority | None) -> dict[str, Any]:
    """The line of JSON. By TLS clients come to `localhost`: SDKs put `wss://` before a name, not before a number."""
    if bind.is_unspecified:  # all addresses: name the one that whoever reads the line can reach
        bind = ipaddress.ip_address("127.0.0.1" if bind.version == _IPV4 else "::1")
    host = str(bind) if bind.version == _IPV4 else f"[{bind}]"
    line: dict[str, Any] = {"assemblyai": f"ws://{host}:{ports[0]}", "gladia": f"http://{host}:{ports[1]}"}
    if tls:
        line |= {"assemblyai_tls": f"wss://localhost:{ports[2]}", "gladia_tls": f"https://localhost:{ports[3]}"}
        line["ca_file"] = str(tls.ca_file)
    return {**line, "pid": os.getpid()}


@contextlib.asynccontextmanager
async def running(
    options: EmulatorOptions,
    tls: Authority | None = None,
    *,
    engine: Engine | None = None,
    clock: Callable[[], float] = monotonic,
) -> AsyncIterator[tuple[int, ...]]:
    """Both services on this event loop; yields the ports of AssemblyAI and Gladia, then, with `tls`, the same two by TLS.

    `engine` goes before the one that the options name. AssemblyAI's limits, timeouts and bills go by `clock`, in seconds.
    """
    if options.engine == "script" and options.scenario is None:
        raise ConfigError("--engine script plays a scenario, and none was given: add --scenario FILE.")
    scenario = load_scenario(options.scenario, options.settings, options)
    options = replace(options, assemblyai=scenario.assemblyai, gladia=scenario.gladia)
    monitor = Monitor()
    ledger = Ledger(options.keep_sessions)
    stage = Stage(scenario, ledger, monitor)
    engine = engine or (
        ScriptEngine(scenario) if options.engine == "script" else RecogniserEngine(options.workers, monitor)
    )
    probe = asyncio.create_task(monitor.probe_loop())
    try:
        await engine.start()
        services: tuple[tuple[Provider, AssemblyAIService | GladiaService], ...] = (
            ("assemblyai", AssemblyAIService(options, stage, engine, ledger, monitor, clock=clock)),
            ("gladia", GladiaService(options, stage, engine, ledger, monitor)),
        )
        common = [*_inspection(ledger, monitor), *control_routes(stage, options)]
        async with contextlib.AsyncExitStack() as stack:
            ports: list[list[int]] = []
            for index, (provider, service) in enumerate(services):
                app = web.Application(middlewares=[stage.middleware(provider)])
                app.add_routes([*service.routes(), *common])
                wanted = [options.port + index + offset if options.port else 0 for offset in (0, 2)]
                ports.append(await stack.enter_async_context(_listening(app, options.bind, wanted, tls)))
            yield tuple(port for pair in zip(*ports, strict=True) for port in pair)
    finally:
        probe.cancel()
        await engine.stop()


@contextlib.asynccontextmanager
async def _listening(
    app: web.Application, bind: str, ports: list[int], tls: Authority | None
) -> AsyncIterator[list[int]]:
    """Serve on the first port, and by TLS on the second; yields the ports that were had."""
    app[SOCKETS] = WeakSet()
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_S, handler_cancellation=True)
    await runner.setup()
    try:
        for port, context in zip(ports, (None, tls.context) if tls else (None,), strict=False):
            try:
                await web.TCPSite(runner, bind, port, ssl_context=context).start()
            except OSError as error:
                what = "--bind" if error.errno == errno.EADDRNOTAVAIL else "--port"
                raise ConfigError(f"{what}: the emulator can't listen on {bind}:{port}: {error.strerror}.") from error
        yield [int(address[1]) for address in runner.addresses]
    finally:
        for site in list(runner.sites):
            await site.stop()
        await close_sockets(app)  # before the cleanup, which begins by reading nothing more, no client's answer either
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

    handlers = {"/metrics": metrics, "/ledger": sessions, "/ledger/{id}": session}
    return [web.get(path, local(handler)) for path, handler in handlers.items()]  # what was said here is in them


async def _watch_stdin(stop: asyncio.Event) -> None:
    """Set `stop` when standard input ends: the parent is gone, even if it was killed."""
    loop = asyncio.get_running_loop()

    def readable() -> None:
        if not os.read(0, 4096):
            loop.remove_reader(0)
            stop.set()

    loop.add_reader(0, readable)
