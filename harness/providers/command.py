"""`provider = "command"`: the user's own program is the client. docs/command.md has the protocol, decision 33 the reasons."""

import hashlib
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

from harness.errors import ConfigError, ProviderError, ThrottledError
from harness.keys import SUFFIX, environment_without_keys
from harness.providers.base import EmulatorName, RecvStamp, SendStamp, SessionSpec
from harness.providers.billing import BilledBy, Price
from harness.providers.parameters import as_sent, nearest
from harness.providers.program import Program
from harness.providers.wire import Connection, WireLog
from harness.redaction import redacted

PROTOCOL = 1
MOST_UNREAD_S = 10.0
"""Audio that the program may leave unread."""

_EXIT_S = 1.0  # from `closed` to the program's own end
_QUOTED = 200  # characters of what it wrote
_LONGEST_REASON = 1000  # of its refusal; a line may be a megabyte
_KEY_VARIABLES = {"assemblyai": "ASSEMBLYAI_API_KEY", "gladia": "GLADIA_API_KEY"}
_PACKAGE_ROOT = str(Path(__file__).resolve().parents[2])


class CommandSession:
    """One run of the program. See `Session` for the order of calls; as a `Listener` it is told what the program does."""

    def __init__(self, spec: SessionSpec, folder: Path) -> None:
        self.wire = WireLog()
        self.ready_ns: int | None = None
        self.connect_started_ns: int | None = None
        self.http_post_ms: float | None = None
        self.errors: list[tuple[int, str, str]] = []
        self._spec = spec
        self._folder = folder
        self._program: Program | None = None
        self._lines = 0
        self._greeted = False
        self._throttled = False
        self._failed = False
        self._answered = threading.Event()  # ready, refused, or gone
        self._closed = threading.Event()  # said so, or gone
        self._over = threading.Event()

    def open(self) -> None:
        """Start the program and wait until it says that it is ready."""
        params = self._spec.params
        connection = Connection(dial_ns=time.monotonic_ns())
        self.wire.connections.append(connection)
        self.connect_started_ns = connection.dial_ns
        frame_bytes = self.wire.channels * self.wire.sample_bytes
        try:
            self._program = Program(
                _located(params["command"], self._folder),
                folder=self._folder,
                environment=environment(self._spec, self.wire.channels),
                most_unread_bytes=int(MOST_UNREAD_S * params["sample_rate"] * frame_bytes),
                listener=self,
            )
        except OSError as error:
            raise ProviderError(f"The program could not be started: {error}.") from None
        if not self._answered.wait(params["ready_within_s"]):
            state = "said hello, but not ready," if self._greeted else "did not say hello"
            self._fail(
                "program_silent", f"the program {state} within {params['ready_within_s']:g} s of its start{self._said}"
            )
        if self.ready_ns is None:
            kind = ThrottledError if self._throttled else ProviderError
            why = self.errors[-1][2] if self.errors else "it was given up"
            raise kind(f"The session was not opened: {why}.")
        connection.open_ns = self.ready_ns

    def send(self, chunk: bytes) -> None:
        """Put a chunk into the program's standard input, or behind what it has not read yet."""
        assert self._program is not None  # noqa: S101 - open comes first
        if self._program.input.write(chunk):
            self.wire.frame_sent(time.monotonic_ns(), chunk, self.wire.connections[0])
        elif self._program.input.is_open:
            self._fail("program_unread", f"the program left more than {MOST_UNREAD_S:g} s of its audio unread")
        elif self._program.has_exited:
            self._failed = True  # with what, its end will say
        elif not self._over.is_set():
            self._fail("program_unread", "the program closed its standard input before the audio ended")

    def accepting(self) -> bool:
        """Whether the program runs, and neither it nor we found an error."""
        return not (self._failed or self._closed.is_set())

    def finish(self) -> None:
        """End its standard input, behind all audio."""
        assert self._program is not None  # noqa: S101 - open comes first
        self._program.input.finish()
        self._note_stop(self._program)

    def wait_closed(self, timeout_s: float) -> bool:
        """Wait until the program says `closed` or is gone; then a moment for its own end."""
        assert self._program is not None  # noqa: S101 - open comes first
        deadline = time.monotonic() + timeout_s
        if not self._closed.wait(timeout_s):
            waiting_s = self._program.input.waiting_bytes / self._audio_bytes_per_s
            if waiting_s:
                self._fail("program_unread", f"the program left {waiting_s:.1f} s of its audio unread at the end")
            return False
        self._over.wait(min(_EXIT_S, max(0.0, deadline - time.monotonic())))
        return True

    def abort(self) -> None:
        """End the program, and all that it started."""
        if self._program is not None:
            self._program.kill()
            self._program.join(_EXIT_S)
            self.wire.extra["stderr"] = self._program.complaints
            self._note_stop(self._program)
        if self.wire.connections and self.wire.connections[0].closed_ns is None:
            self._end(time.monotonic_ns())

    def _note_stop(self, program: Program) -> None:
        """The end of its input is the stop command; audio that it had not read yet may have been before it."""
        if program.input.ended_ns is not None and not self.wire.finish_sent_ns:
            self.wire.finish_sent_ns.append(program.input.ended_ns)

    # As a listener

    def line(self, read_ns: int, data: bytes) -> None:
        """Keep a line as it is, and heed what it says about the session."""
        self._lines += 1
        self.wire.message_read(read_ns, data)
        try:
            message = json.loads(data)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            self._fail(
                "program_garbage", f"line {self._lines} of its standard output is no JSON object: {self._quoted(data)}"
            )
        elif not self._greeted:
            self._greet(read_ns, message, data)
        else:
            self._heed(read_ns, message)

    def flooded(self, what: str) -> None:
        """See `Listener`."""
        self._fail("program_flood", f"the program wrote {what}, and was ended")

    def over(self, end: str | None) -> None:
        """See `Listener`."""
        if end is not None:
            self.wire.extra["end"] = end
            if not self._closed.is_set():
                when = "before it was ready" if self.ready_ns is None else "before it said closed"
                self._fail("program_ended", f"the program {end} {when}{self._said}")
        self._end(time.monotonic_ns())
        for event in (self._over, self._closed, self._answered):
            event.set()

    def _greet(self, read_ns: int, message: dict[str, Any], data: bytes) -> None:
        if message.get("type") != "hello":
            self._fail(
                "program_garbage",
                f'its first line must be {{"type": "hello", "protocol": 1}}, not {self._quoted(data)}',
            )
        elif message.get("protocol") != PROTOCOL:
            self._fail(
                "program_garbage",
                f"the program speaks protocol {message.get('protocol')!r}; this version of harness speaks {PROTOCOL}",
            )
        else:
            self._greeted = True
            self.connect_started_ns = read_ns  # it runs; what it does from now on is to open its session

    def _heed(self, read_ns: int, message: dict[str, Any]) -> None:
        kind = message.get("type")
        if kind == "ready" and self.ready_ns is None:
            self.ready_ns = read_ns
            self._answered.set()
        elif kind == "error":
            self._throttled = message.get("throttled") is True
            if self.ready_ns is None:
                self._fail("refused", self._clean(str(message.get("message") or "no message"))[:_LONGEST_REASON])
            self._failed = True  # once it is ready, the line itself is the error
        elif kind == "closed":
            self.wire.connections[0].close_code = 1000
            self._closed.set()
            if self.ready_ns is None:
                self._fail("program_ended", "the program said closed before it was ready")

    def _fail(self, kind: str, message: str) -> None:
        if kind == "program_garbage" and self._failed:
            return  # the first line of it says enough
        self._failed = True
        self.errors.append((time.monotonic_ns(), kind, message))
        self._answered.set()

    def _end(self, now_ns: int) -> None:
        self.wire.connections[0].closed_ns = now_ns
        self.wire.closed.set()

    def _clean(self, text: str) -> str:
        """Without keys, before anything is cut off: half of one would be found by nobody."""
        return redacted(text, self._spec.api_keys.values())

    def _quoted(self, data: bytes) -> str:
        text = self._clean(data.decode("utf-8", "replace"))
        return repr(text[:_QUOTED]) + (" …" if len(text) > _QUOTED else "")

    @property
    def _said(self) -> str:
        complaints = self._clean(self._program.complaints.strip()) if self._program is not None else ""
        return f"; on standard error it said: …{complaints[-_QUOTED:]}" if complaints else ""

    @property
    def _audio_bytes_per_s(self) -> int:
        return int(self._spec.params["sample_rate"]) * self.wire.channels * self.wire.sample_bytes


class Command:
    """The provider: a program for each session. Relative paths of its command are those of `folder`."""

    name = "command"
    sdk = f"command protocol {PROTOCOL}"
    default_host = ""
    schemes: tuple[str, ...] = ("ws", "wss", "http", "https")
    most_channels = 8
    billed_by: BilledBy = "audio"
    send_stamp: SendStamp = "handoff"
    recv_stamp: RecvStamp = "handler"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def key_variables(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        """`keys`, by default that of the service."""
        own = _KEY_VARIABLES.get(params.get("service", ""))
        return tuple(params.get("keys", (own,) if own else ()))

    def emulator(self, params: Mapping[str, Any]) -> EmulatorName | None:
        """That of the service that the program says it is for."""
        service: EmulatorName | None = params.get("service")
        return service

    def turn_silence_s(self, params: Mapping[str, Any]) -> float:
        """What the configuration says: only the program knows."""
        return float(params.get("turn_silence_s", 0.0))

    def list_price(self, _params: Mapping[str, Any]) -> Price | None:
        """Unknown: what the program asks its service for is its own affair."""
        return None

    def effective_params(self, params: dict[str, Any], encoding: str, sample_rate_hz: int) -> dict[str, Any]:
        """The parameters checked, with the audio format, and with hashes of the program's files that the command names."""
        for name, value in params.items():
            if name not in _PARAMETERS:
                raise ConfigError(f"params.{name}: `command` has no such parameter. {nearest(name, _PARAMETERS)}")
            is_right, wanted = _PARAMETERS[name]
            if not is_right(value):
                raise ConfigError(f"params.{name} is {value!r}; it must be {wanted}.")
        if "command" not in params:
            raise ConfigError('params.command is missing. Name your program, such as command = ["python", "app.py"].')
        _check_program(params["command"], self.folder)
        complete = {
            "ready_within_s": 10.0,
            **params,
            "encoding": encoding,
            "sample_rate": sample_rate_hz,
            "files": _hashes(params["command"], self.folder),
        }
        return as_sent("params", complete, params)

    def session(self, spec: SessionSpec) -> CommandSession:
        """A session ready to be opened."""
        return CommandSession(spec, self.folder)


def environment(spec: SessionSpec, channels: int) -> dict[str, str]:
    """What the program finds in its environment: ours without anybody's keys, its own settings and keys, and the session's."""
    params = spec.params
    ours = environment_without_keys()
    # The path that workers find this package by is none of the program's.
    paths = [path for path in ours.pop("PYTHONPATH", "").split(os.pathsep) if path and path != _PACKAGE_ROOT]
    session = {
        "HARNESS_PROTOCOL": str(PROTOCOL),
        "HARNESS_HOST": spec.host,
        "HARNESS_ENCODING": params["encoding"],
        "HARNESS_SAMPLE_RATE_HZ": str(params["sample_rate"]),
        "HARNESS_CHANNELS": str(channels),
        "PYTHONPATH": os.pathsep.join(paths) or None,
    }
    return {
        **ours,
        **params.get("env", {}),
        **spec.api_keys,
        **{name: value for name, value in session.items() if value is not None},
    }


def _located(command: list[str], folder: Path) -> list[str]:
    """The command with its program's path complete, if it is one and not a name to be looked up."""
    program, *arguments = command
    return [str(folder / program) if os.sep in program else program, *arguments]


def _check_program(command: list[str], folder: Path) -> None:
    program = command[0]
    if shutil.which(_located(command, folder)[0]) is None:
        where = f"in {folder}" if os.sep in program else "on the PATH"
        raise ConfigError(f"params.command: there is no program {program!r} {where}. Correct its name, or install it.")


def _hashes(command: list[str], folder: Path) -> dict[str, str]:
    """SHA-256 of the files that the command names: a run of one version is not resumed with another."""
    files = {part: folder / part for part in command if os.sep in part or "." in part}
    return {
        part: hashlib.sha256(path.read_bytes()).hexdigest()
        for part, path in files.items()
        if path.is_file() and path.is_relative_to(folder)
    }


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and "\0" not in value


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_key_names(value: Any) -> bool:
    return _is_texts(value) and all(name.endswith(SUFFIX) for name in value)


def _is_environment(value: Any) -> bool:
    return isinstance(value, dict) and all(
        _is_text(name) and "=" not in name and not name.endswith(SUFFIX) and isinstance(text, str) and "\0" not in text
        for name, text in value.items()
    )


def _is_seconds(low: float, high: float) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


_PARAMETERS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "command": (lambda value: _is_texts(value) and bool(value), 'a list of texts, such as ["python", "app.py"]'),
    "name": (_is_text, "a text: what reports call this side"),
    "service": (
        get_args(EmulatorName).__contains__,
        '"assemblyai" or "gladia": whose emulator the program can be pointed at',
    ),
    "keys": (_is_key_names, f"a list of names of environment variables that end in {SUFFIX}"),
    "env": (
        _is_environment,
        f"a table of texts by variable, none of which ends in {SUFFIX}: keys come from the environment, name them in keys",
    ),
    "ready_within_s": (_is_seconds(1, 20), "1 to 20 seconds"),
    "turn_silence_s": (_is_seconds(0, 60), "0 to 60 seconds"),
}
