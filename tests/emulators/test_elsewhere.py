"""Asking emulators that somebody else started."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from harness.emulators import elsewhere
from harness.emulators.elsewhere import metrics_at

WINDOW = {"p50": 1, "p99": 2.5, "max": None, "n": 3}
FARED = {"decode_queue_ms": WINDOW, "loop_lag_ms": WINDOW, "behind_ms": {**WINDOW, "now": 0.0}}


class Service(HTTPServer):
    """Answers every request with `answer`; `asked` are the paths."""

    status = 200
    answer = b""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr(elsewhere, "_TIMEOUT_S", 60)
    with Service() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_what_an_emulator_tells_is_taken_from_either_of_its_addresses(service: Service):
    """As the side's host is written for its SDK; what is no window of times is left out."""
    service.answer = json.dumps(FARED | {"rss_mb": {"server": 1}}).encode()
    hosts = [f"{scheme}127.0.0.1:{service.server_port}" for scheme in ("ws://", "http://")]

    assert [{"host": host, **FARED} for host in hosts] == [metrics_at(host) for host in hosts]
    assert ["/metrics"] * 2 == service.asked


@pytest.mark.parametrize(
    "answer",
    [b"", b"<html>", b"[]", b"{}", b"[" * 100_000, b"\xff", json.dumps(FARED | {"loop_lag_ms": {"p99": "1"}}).encode(),
     json.dumps(FARED | {"loop_lag_ms": 3}).encode(), b'{"decode_queue_ms": {"p99": NaN}, "loop_lag_ms": {"p99": 1}}',
     b'{"decode_queue_ms": {"p99": 1' + b"0" * 400 + b'}, "loop_lag_ms": {"p99": 1}}'],
    ids=range(10),
)  # fmt: skip
def test_what_is_no_emulators_answer_is_none(service: Service, answer: bytes):
    """A proxy, or anything else on this machine."""
    service.answer = answer
    assert metrics_at(f"http://127.0.0.1:{service.server_port}") is None


def test_nobody_and_whoever_sends_the_question_on_tell_nothing(service: Service):
    """No request leaves for where an answer points; an address that is none asks nobody."""
    service.status, service.answer = 302, json.dumps(FARED).encode()
    port = service.server_port

    assert [None] * 4 == [
        metrics_at(host) for host in (f"http://127.0.0.1:{port}", "http://127.0.0.1:1", "127.0.0.1:1", "http://[")
    ]
    assert ["/metrics"] == service.asked
