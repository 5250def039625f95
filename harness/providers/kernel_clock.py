"""Arrival times from the kernel: when a segment reached this machine, not when Python got round to reading it.

Linux stamps every TCP segment it receives, if asked to (`SO_TIMESTAMPNS`), on the wall clock. `StampedSocket` asks, reads the stamp
with the data, and turns it into an instant of the monotonic clock. However long the interpreter, a parser or the scheduler kept
the receiving thread from running, the stamp stays the segment's own.

A stamp that could not be (the wall clock was set in between) and a system without stamps give the instant of the read instead.
"""

import socket
import ssl
import struct
import sys
import time
from typing import Any

# Not exported by `socket` before Python 3.15; the same number on all of Linux's architectures that Python runs on but MIPS and PA-RISC.
_SO_TIMESTAMPNS = getattr(socket, "SO_TIMESTAMPNS", 35)
_TIMESPEC = struct.Struct("@qq")
_ANCILLARY_BYTES = socket.CMSG_SPACE(_TIMESPEC.size) if hasattr(socket, "CMSG_SPACE") else 0
_CLOSE_ENOUGH_NS = 1_000  # three readings take about 100 ns where nothing comes between them
_MORE_READINGS = 4
_PEEK_BYTES = 65536  # at least one TLS record with its header


class StampedSocket:
    """A connected TCP or TLS socket that knows when what it read last had arrived. For all else it is the socket itself.

    Attributes:
        arrived_ns: When the last of the bytes returned by `recv` arrived, on `time.monotonic_ns()`.
        by_kernel: Whether that is the kernel's own stamp.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._tls = isinstance(sock, ssl.SSLSocket)
        self.sendall = sock.sendall
        self.arrived_ns = time.monotonic_ns()
        self.by_kernel = False
        self._stamps = sys.platform == "linux" and _ask_for_stamps(sock)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    def recv(self, size: int) -> bytes:
        """Read up to `size` bytes and keep when they arrived."""
        ancillary: list[tuple[int, int, bytes]] = []
        if not self._stamps:
            data = self._socket.recv(size)
        elif self._tls:
            # TLS hides the segments: look at what waits for decryption, whose stamp comes along, then have it decrypted.
            _, ancillary, _, _ = socket.socket.recvmsg(self._socket, _PEEK_BYTES, _ANCILLARY_BYTES, socket.MSG_PEEK)
            data = self._socket.recv(size)
        else:
            data, ancillary, _, _ = self._socket.recvmsg(size, _ANCILLARY_BYTES)
        now_ns = time.monotonic_ns()
        wall_ns = _stamp_ns(ancillary)
        arrived_ns = now_ns if wall_ns is None else wall_ns - _wall_ahead_ns()
        # It can't have arrived after it was read, nor before what was read last: else somebody set the wall clock.
        self.by_kernel = wall_ns is not None and self.arrived_ns <= arrived_ns <= now_ns
        self.arrived_ns = arrived_ns if self.by_kernel else now_ns
        return data


def _ask_for_stamps(sock: socket.socket) -> bool:
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    except OSError:
        return False
    return True


def _wall_ahead_ns() -> int:
    """The wall clock less the monotonic clock: of a few readings the one that was interrupted the least."""
    apart_ns, ahead_ns = _read_clocks()
    for _ in range(_MORE_READINGS):
        if apart_ns <= _CLOSE_ENOUGH_NS:
            break
        apart_ns, ahead_ns = min((apart_ns, ahead_ns), _read_clocks())
    return ahead_ns


def _read_clocks() -> tuple[int, int]:
    """How long reading both clocks took, and how far the wall clock is ahead at the middle of it."""
    before_ns = time.monotonic_ns()
    wall_ns = time.time_ns()
    after_ns = time.monotonic_ns()
    return after_ns - before_ns, wall_ns - (before_ns + after_ns) // 2


def _stamp_ns(ancillary: list[tuple[int, int, bytes]]) -> int | None:
    """The stamp among the ancillary data, in nanoseconds of the wall clock; None without one."""
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(data) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(data)
            return int(seconds * 1_000_000_000 + nanoseconds)
    return None
