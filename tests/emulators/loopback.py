"""Both emulators in a thread of the test's own process, with their switches, a clock to turn and an engine to choose."""

import asyncio
import contextlib
import json
import queue
import socket
import tempfile
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic, sleep
from unittest.mock import patch

import numpy as np
import patient
import pytest
from websockets.client import ClientProtocol
from websockets.uri import parse_uri

from harness.emulators import assemblyai, connection, gladia_live
from harness.emulators.listening import RecogniserStream
from harness.emulators.monitor import Monitor
from harness.emulators.options import AssemblyAIOptions, EmulatorOptions
from harness.emulators.recogniser import Decoded
from harness.emulators.server import running

SILENT = "seed = 7"
_READY_S = 60.0
_LIMITS = ((connection, "_ANSWER_S"), (assemblyai, "_WEBHOOK_TIMEOUT_S"), (gladia_live, "_CALLBACK_TIMEOUT_S"))
"""How long the emulators wait for others, who are on the same busy machine here."""


@dataclass(frozen=True)
class Loopback:
    """Where they are, and their ledger."""

    assemblyai: str
    gladia: str

    @property
    def http(self):
        return self.assemblyai.replace("ws://", "http://")

    def ledger(self):
        return patient.get(f"{self.gladia}/ledger").json()

    def session(self, session_id):
        return patient.get(f"{self.gladia}/ledger/{session_id}").json()

    def settled(self, session_id):
        """The account of a session, once the server has closed it."""
        deadline = monotonic() + _READY_S
        while (account := self.session(session_id))["ended"] is None:
            assert monotonic() < deadline, account
            sleep(0.005)
        return account


@dataclass(frozen=True)
class Post:
    """What somebody who is called back was sent."""

    body: dict
    headers: dict


@contextlib.contextmanager
def loopback(scenario=SILENT, *, engine=None, clock=monotonic, options=None, **assemblyai):
    """Emulators that play the scenario's text, with these switches of AssemblyAI's; they wait for a busy machine's clients."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        for module, name in _LIMITS:
            stack.enter_context(patch.object(module, name, _READY_S))
        path = Path(folder) / "scenario.toml"
        path.write_text(scenario, encoding="utf-8")
        chosen = EmulatorOptions(
            engine="script", scenario=path, assemblyai=AssemblyAIOptions(**assemblyai), **(options or {})
        )
        answers, stops = queue.Queue(), queue.Queue()
        thread = threading.Thread(target=_serve, args=(chosen, engine, clock, answers, stops))
        thread.start()
        try:
            answer = answers.get(timeout=_READY_S)
            if isinstance(answer, BaseException):
                raise answer
            yield Loopback(f"ws://127.0.0.1:{answer[0]}", f"http://127.0.0.1:{answer[1]}")
        finally:
            with contextlib.suppress(queue.Empty):
                stops.get_nowait()()
            thread.join(_READY_S)


def _serve(options, engine, clock, answers, stops):
    async def run():
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        async with running(options, engine=engine, clock=clock) as ports:
            stops.put(lambda: loop.call_soon_threadsafe(stop.set))
            answers.put(ports)
            await stop.wait()

    try:
        asyncio.run(run())
    except BaseException as error:  # noqa: BLE001 - handed to the test's thread
        answers.put(error)


@contextlib.contextmanager
def receiver(*statuses):
    """Somebody who is called back; yields an address and a queue of what was posted there.

    The n-th POST is answered with the n-th status, all later ones with the last; without any, with 200.
    """
    received, answers = queue.Queue(), list(statuses) or [200]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            received.put(Post(json.loads(self.rfile.read(int(self.headers["Content-Length"]))), dict(self.headers)))
            self.send_response(answers.pop(0) if len(answers) > 1 else answers[0])
            self.end_headers()

        def log_message(self, *arguments):
            """Nothing to the console."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def sent_away(url, frame, **headers):
    """What a client that is closed for this frame is told, and with which code.

    It goes on sending, answers late, and finds the connection open until it has answered.
    """
    uri = parse_uri(url)
    client, seen = ClientProtocol(uri), []
    request = client.connect()
    for name, value in headers.items():
        request.headers[name] = value
    client.send_request(request)
    with socket.create_connection((uri.host, uri.port), timeout=_READY_S) as wire:

        def exchange():
            wire.sendall(b"".join(client.data_to_send()))
            client.receive_data(wire.recv(65536))
            seen.extend(client.events_received())

        exchange()
        client.send_binary(frame)
        while client.close_rcvd is None:
            exchange()
        wire.settimeout(0.3)
        for _ in range(50):
            wire.sendall(bytes([0x82, 0x80 | 100]) + bytes(104))  # audio on its way, masked with zeros
        with pytest.raises(TimeoutError):
            wire.recv(1)
        wire.settimeout(_READY_S)
        wire.sendall(b"".join(client.data_to_send()))
        assert wire.recv(1) == b""
    texts = [frame.data for frame in seen if getattr(frame, "opcode", None) == 1]
    return [json.loads(text) for text in texts], client.close_rcvd.code


class TestClock:
    """Seconds that pass when the test says so."""

    __test__ = False

    def __init__(self):
        self.now_s = 1000.0

    def __call__(self):
        return self.now_s

    def advance(self, seconds):
        self.now_s += seconds


WORDS = ("", "yes", "please", "no", "yes.", "please.", "please?", "no!", "uh")
_UNHEARD = "uh"  # speech that makes no words
_STEP = 1000  # int16 amplitude of the first word; the next is twice as loud
WORD_MS = 320


def spoken(*words):
    """16 kHz PCM in which each word is a tone of its own, 320 ms long, that `ToneEngine` understands."""
    return b"".join(np.full(16 * WORD_MS, _STEP * WORDS.index(word), np.int16).tobytes() for word in words)


def pause(ms):
    """So much silence."""
    return bytes(32 * ms)


class ToneEngine:
    """The real segmentation of the recogniser, with ears for `spoken` audio only."""

    async def start(self):
        """Nothing to load."""

    async def stop(self):
        """Nothing to release."""

    def open(self, request, emit):
        return RecogniserStream(request, self, self, emit, Monitor())

    def detector(self):
        return self

    def probability(self, frame):
        return float(np.abs(frame).max() > 0)

    async def decode(self, samples, priority, key):
        levels = np.round(samples * 32768 / _STEP).astype(int)
        starts = np.flatnonzero(np.diff(levels, prepend=0))
        return Decoded(
            " ".join(WORDS[level] for level in levels[starts] if level and WORDS[level] != _UNHEARD), 0.9, 0.0
        )
