"""What coordinator and workers say to each other: pickled values over a socket pair, with open files alongside."""

import array
import pickle
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from typing import Any

_LENGTH = struct.Struct("!I")
_MOST_DESCRIPTORS = 64
_READ_BYTES = 1 << 18


class Channel:
    """One end. Several threads may send; one receives."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._sending = threading.Lock()
        self._received = bytearray()
        self.descriptors: list[int] = []

    def fileno(self) -> int:
        """Of the socket, for a selector."""
        return self._socket.fileno()

    def send(self, value: Any, descriptors: Sequence[int] = ()) -> None:
        """Send a value; the files behind `descriptors` arrive with it, in `descriptors` of the other end.

        Raises:
            OSError: The other end is gone.
        """
        body = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        message = _LENGTH.pack(len(body)) + body
        with self._sending:
            sent = 0
            if descriptors:
                rights = array.array("i", descriptors)
                sent = self._socket.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
            self._socket.sendall(memoryview(message)[sent:])

    def receive(self) -> Iterator[Any] | None:
        """Wait for data; the values that are complete with it, or None if the other end is gone."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self._socket, _READ_BYTES, _MOST_DESCRIPTORS)
        except OSError:
            return None
        self.descriptors += descriptors
        if not data:
            return None
        self._received += data
        return self._complete()

    def _complete(self) -> Iterator[Any]:
        while len(self._received) >= _LENGTH.size:
            (size,) = _LENGTH.unpack_from(self._received)
            end = _LENGTH.size + size
            if len(self._received) < end:
                return
            value = pickle.loads(memoryview(self._received)[_LENGTH.size : end].tobytes())  # noqa: S301 - our own other end
            del self._received[:end]
            yield value

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
