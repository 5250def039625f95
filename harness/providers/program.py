"""A user's program and its pipes: audio in, lines out, each stamped when it is read. Nothing it does can hold up the caller.

Audio goes into the pipe in the caller's thread, without waiting; what does not fit waits in memory up to a limit, and another
thread puts it in as the program reads. A third thread reads what the program says, and sees to its end.
"""

import os
import re
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

from harness.providers.process_guard import guard, release

LONGEST_LINE_BYTES = 1 << 20
FLOOD_BURST_BYTES = 8 << 20
FLOOD_BYTES_PER_S = 1 << 20
KEPT_COMPLAINTS_BYTES = 16 << 10

_LONGEST_KEY_BYTES = 2 << 10
_READ_BYTES = 1 << 16
_LOOK_S = 0.2  # how soon an end is noticed that leaves the pipes open, to a process that the program started
_EXIT_S = 1.0  # from the end of its output to its own end
_MOST_READS_AFTERWARDS = 16  # of what it left in its pipes, which hold one read each


class Listener(Protocol):
    """Who is told; always by the same thread."""

    def line(self, read_ns: int, data: bytes) -> None:
        """A line of standard output, without its end."""

    def flooded(self, what: str) -> None:
        """The program wrote more than it may, and is being ended."""

    def over(self, end: str | None) -> None:
        """It is gone: how, in words; None if it was ended by `kill`."""


class Program:
    """A running program. Its process group is its own, and goes with it."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        most_unread_bytes: int,
        listener: Listener,
    ) -> None:
        """Start it.

        Raises:
            OSError: It can't be started.
        """
        self._listener = listener
        self._complaints = bytearray()
        self._complained = 0
        self._killed = False
        self._gone = False
        self._process = subprocess.Popen(  # noqa: S603 - the program that the user named, without a shell
            list(command),
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        guard(self._process.pid)
        if os.getpriority(os.PRIO_PROCESS, 0) < 0:
            with suppress(OSError):  # it is over already; ours is the priority of what keeps time, not of applications
                os.setpriority(os.PRIO_PROCESS, self._process.pid, 0)
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        self.input = _Input(self._process.stdin, most_unread_bytes)
        self._thread = threading.Thread(target=self._run, name="program", daemon=True)
        self._thread.start()

    @property
    def complaints(self) -> str:
        """The end of what it wrote to standard error, and how much came before."""
        kept = bytes(self._complaints)
        if self._complained > len(kept):  # from the beginning of a word: half a key would be recognised by nobody
            begins = re.search(rb"(?<=\s)\S", kept[:_LONGEST_KEY_BYTES])
            kept = kept[begins.start() if begins else _LONGEST_KEY_BYTES :]
        text, left_out = kept.decode("utf-8", "replace"), self._complained - len(kept)
        return f"[{left_out} bytes left out]\n{text}" if left_out else text

    @property
    def has_exited(self) -> bool:
        """Whether it is gone, even if nobody was told yet."""
        return self._process.poll() is not None

    def kill(self) -> None:
        """End it and all that it started."""
        self._killed = self._killed or not self.has_exited
        if not self._gone:
            self._kill_group()

    def join(self, timeout_s: float) -> None:
        """Wait until it is gone and everything it said was told."""
        self._thread.join(timeout_s)

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError, PermissionError):  # PermissionError: macOS's word for a group of zombies
            os.killpg(self._process.pid, signal.SIGKILL)

    def _run(self) -> None:
        exit_code = None
        try:
            self._read()
            exit_code = self._exit_code()
        finally:
            self._kill_group()  # what the program left behind; at once, before its number can be somebody else's
            self._process.wait()
            self._gone = True
            release(self._process.pid)
            self.input.close()
            for pipe in filter(None, (self._process.stdout, self._process.stderr)):
                pipe.close()
            self._listener.over(None if self._killed else _ending(exit_code))

    def _read(self) -> None:
        """Pass on lines until the program is gone, has closed its output, or says too much."""
        assert self._process.stdout is not None  # noqa: S101 - both were asked for
        assert self._process.stderr is not None  # noqa: S101
        output, complaints = self._process.stdout.fileno(), self._process.stderr.fileno()
        lines = _Lines(self._listener)
        budget = _Budget()
        with selectors.DefaultSelector() as selector:
            for pipe in (output, complaints):
                os.set_blocking(pipe, False)
                selector.register(pipe, selectors.EVENT_READ)
            reads_afterwards = 0
            while output in selector.get_map() and not self._killed:
                ready = selector.select(_LOOK_S)
                if self._process.poll() is not None:
                    reads_afterwards += 1
                    # What it started may hold the pipes open, in a group of its own, and even write to them.
                    if not ready or reads_afterwards > _MOST_READS_AFTERWARDS:
                        break
                for key, _ in ready:
                    data = os.read(key.fd, _READ_BYTES)
                    read_ns = time.monotonic_ns()
                    if not data:
                        selector.unregister(key.fd)
                    elif key.fd == output:
                        lines.add(read_ns, data)
                    else:
                        self._complain(data)
                    flood = lines.too_long or budget.spent(len(data), read_ns)
                    if flood:
                        self._listener.flooded(flood)
                        self._kill_group()
                        return
            lines.end()
            self._drain(complaints)

    def _drain(self, complaints: int) -> None:
        """What it said last on standard error usually says why it ended; it may come a moment after the end of its output."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_EXIT_S)
        for _ in range(KEPT_COMPLAINTS_BYTES // _READ_BYTES + 2):
            with suppress(BlockingIOError):
                self._complain(os.read(complaints, _READ_BYTES))

    def _complain(self, data: bytes) -> None:
        self._complained += len(data)
        self._complaints += data
        del self._complaints[:-KEPT_COMPLAINTS_BYTES]

    def _exit_code(self) -> int | None:
        """None if it runs on, though its output has ended."""
        try:
            return self._process.wait(_EXIT_S)
        except subprocess.TimeoutExpired:
            return None


def _ending(exit_code: int | None) -> str:
    if exit_code is None:
        return "closed its standard output and ran on"
    if exit_code >= 0:
        return f"ended with exit code {exit_code}"
    try:
        return f"was killed by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"was killed by signal {-exit_code}"


class _Lines:
    """Bytes to lines. A line has the instant at which its last byte was read."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._rest = bytearray()
        self._last_ns = 0

    @property
    def too_long(self) -> str:
        """Words for a line beyond the limit; empty if there is none."""
        return f"a line longer than {LONGEST_LINE_BYTES:,} bytes" if len(self._rest) > LONGEST_LINE_BYTES else ""

    def add(self, read_ns: int, data: bytes) -> None:
        self._last_ns = read_ns
        *whole, rest = data.split(b"\n")
        for part in whole:
            line = bytes(self._rest + part).rstrip(b"\r")
            self._rest.clear()
            if line.strip():
                self._listener.line(read_ns, line)
        self._rest += rest

    def end(self) -> None:
        """A last line may lack its end."""
        if self._rest.strip():
            self._listener.line(self._last_ns, bytes(self._rest))


class _Budget:
    """What a program may write: a burst, and so much a second."""

    def __init__(self) -> None:
        self._left = float(FLOOD_BURST_BYTES)
        self._at_ns = time.monotonic_ns()

    def spent(self, count: int, now_ns: int) -> str:
        """Words for a flood; empty if there is none."""
        self._left += (now_ns - self._at_ns) / 1e9 * FLOOD_BYTES_PER_S - count
        self._left = min(self._left, FLOOD_BURST_BYTES)
        self._at_ns = now_ns
        return "" if self._left >= 0 else f"more than {FLOOD_BYTES_PER_S:,} bytes a second"


class _Input:
    """The program's standard input: written without ever waiting."""

    def __init__(self, pipe: IO[bytes], most_unread_bytes: int) -> None:
        self._pipe = pipe
        self._fd = pipe.fileno()
        os.set_blocking(self._fd, False)
        self._most = most_unread_bytes
        self._waiting = bytearray()
        self._lock = threading.Lock()
        self._pump: threading.Thread | None = None
        self._ending = False
        self.is_open = True
        self.ended_ns: int | None = None

    @property
    def waiting_bytes(self) -> int:
        """What the program has left unread, beyond what its pipe holds."""
        return len(self._waiting)

    def write(self, data: bytes) -> bool:
        """Hand over; False if the program has closed its input, or left too much unread."""
        with self._lock:
            if not self.is_open:
                return False
            rest = memoryview(data)
            if not self._waiting:
                rest = rest[self._put(rest) :]
            if len(self._waiting) + len(rest) > self._most:
                return False
            self._waiting += rest
            if self._waiting and self._pump is None:
                self._pump = threading.Thread(target=self._empty, name="program-input", daemon=True)
                self._pump.start()
            return self.is_open

    def finish(self) -> None:
        """End the input behind all that waits."""
        with self._lock:
            self._ending = True
            if not self._waiting:
                self._close()

    def close(self) -> None:
        """End it now; what waits is dropped."""
        with self._lock:
            self._close(dropped=bool(self._waiting))
            self._waiting.clear()

    def _put(self, data: "memoryview | bytearray") -> int:
        try:
            return os.write(self._fd, data)
        except BlockingIOError:
            return 0
        except OSError:  # the program has closed its end
            self._close(dropped=True)
            return len(data)

    def _close(self, *, dropped: bool = False) -> None:
        if self.is_open:
            self.is_open = False
            self._pipe.close()
            if self._ending and not dropped:
                self.ended_ns = time.monotonic_ns()

    def _empty(self) -> None:
        """Put in what waits as the program makes room."""
        with selectors.DefaultSelector() as selector:
            with self._lock:
                if not self.is_open:  # ended before this thread came to run
                    return
                selector.register(self._fd, selectors.EVENT_WRITE)
            while True:
                selector.select(_LOOK_S)
                with self._lock:
                    if self.is_open:
                        del self._waiting[: self._put(self._waiting)]
                    if not self._waiting or not self.is_open:
                        self._pump = None
                        if self._ending:
                            self._close()
                        return
