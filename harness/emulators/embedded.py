"""The emulators as a child process that lives as long as a `with` block, and never longer than its parent."""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from harness.emulators.options import EngineName
from harness.emulators.pool import child_environment
from harness.errors import InvalidRunError, UsageError

_READY_S = 60.0
_STOP_S = 3.0
_ANSWER_S = 60.0  # of a busy machine, to what is asked through the control endpoint


@dataclass(frozen=True, slots=True)
class Emulators:
    """Where the running emulators are.

    Attributes:
        assemblyai: `ws://` address for the AssemblyAI SDK's `api_host`.
        gladia: `http://` address for the Gladia SDK's `api_url`.
        pid: The server's process id.
        assemblyai_tls: `wss://` address, if it was started with `--tls`.
        gladia_tls: `https://` address, likewise.
        ca_file: Certificate of the authority that clients have to trust then.
    """

    assemblyai: str
    gladia: str
    pid: int
    assemblyai_tls: str | None = None
    gladia_tls: str | None = None
    ca_file: str | None = None

    def metrics(self) -> dict[str, Any]:
        """How well the emulators keep up (`GET /metrics`)."""
        metrics: dict[str, Any] = self._get("/metrics")
        return metrics

    def ledger(self) -> list[dict[str, Any]]:
        """The account of every session (`GET /ledger`)."""
        sessions: list[dict[str, Any]] = self._get("/ledger")
        return sessions

    def session(self, session_id: str) -> dict[str, Any]:
        """One session's account with every message and its true send time (`GET /ledger/{id}`)."""
        account: dict[str, Any] = self._get(f"/ledger/{session_id}")
        return account

    def order(self, **order: Any) -> str:
        """Order faults (`POST /control/faults`); returns the order's id."""
        request = urllib.request.Request(self.gladia + "/control/faults", json.dumps(order).encode())  # noqa: S310 - http
        return str(self._open(request)["id"])

    def cancel(self, order: str = "") -> None:
        """Withdraw one order, or all (`DELETE /control/faults`)."""
        path = f"/control/faults/{order}" if order else "/control/faults"
        self._open(urllib.request.Request(self.gladia + path, method="DELETE"))  # noqa: S310 - http

    def _get(self, path: str) -> Any:
        return self._open(urllib.request.Request(self.gladia + path))  # noqa: S310 - http

    def _open(self, request: urllib.request.Request) -> Any:
        # Not through a system proxy: the emulators are on this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=_ANSWER_S) as response:
            body = response.read()
            return json.loads(body) if body else None


@contextlib.contextmanager
def start(engine: EngineName = "recogniser", scenario: Path | None = None, *arguments: str) -> Iterator[Emulators]:
    """Run the emulators in a child process.

    Args:
        engine: `recogniser` or `script`.
        scenario: What to play and which faults to have.
        *arguments: More of `python -m harness.emulators`.

    Raises:
        UsageError: the child refused its arguments or lacks the recogniser; the message is its own.
        InvalidRunError: it died or wasn't ready within a minute.
    """
    command = [sys.executable, "-m", "harness.emulators", "--engine", engine, "--exit-with-stdin", *arguments]
    if scenario:
        command += ["--scenario", str(scenario)]
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(  # noqa: S603 - this interpreter, this package
            command,
            stdin=subprocess.PIPE,  # its end tells the child that this process is gone, however it went
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=child_environment(),
            start_new_session=True,
        )
        try:
            yield Emulators(**_first_line(process, complaints))
        finally:
            _stop(process)


def _first_line(process: "subprocess.Popen[bytes]", complaints: IO[bytes]) -> dict[str, Any]:
    assert process.stdout is not None  # noqa: S101 - it was asked for
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        ready = selector.select(_READY_S)
    line = process.stdout.readline() if ready else b""
    if line:
        document: dict[str, Any] = json.loads(line)
        return document
    if ready:
        process.wait()
    complaints.seek(0)
    text = complaints.read().decode("utf-8", "replace").strip()
    if process.returncode == UsageError.exit_code:
        raise UsageError(text)
    what = f"died with exit code {process.returncode}" if ready else f"were not ready after {_READY_S:.0f} s"
    raise InvalidRunError(f"The emulators {what}. {text[-2000:]}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for pipe in filter(None, (process.stdin, process.stdout)):
        pipe.close()
