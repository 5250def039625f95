"""The audio of Gladia sessions: a WAV header taken off a stream's start, and recordings given back as WAV files."""

import struct
from collections import OrderedDict

from harness.emulators.recognition import WireFormat

_LONGEST_HEADER = 4096
_FORMAT_TAGS = {"ALAW": 6, "ULAW": 7}  # all others are PCM


class WavHeader:
    """Takes a RIFF header off the start of a stream, however the stream is cut into messages.

    Attributes:
        size_bytes: How many of the bytes so far belong to the header.
    """

    def __init__(self) -> None:
        self.size_bytes = 0
        self._head = b""
        self._searching = True

    def strip(self, data: bytes) -> bytes:
        """The audio in the next bytes of the stream."""
        if not self._searching:
            return data
        self._head += data
        end = _header_end(self._head)
        self._searching = end is None
        self.size_bytes = len(self._head) if end is None else end
        return self._head[self.size_bytes :]


def _header_end(head: bytes) -> int | None:
    """Where audio begins; None if more bytes are needed to tell."""
    if not (b"RIFF".startswith(head[:4]) and b"WAVE".startswith(head[8:12])):
        return 0
    position = 12
    while position + 8 <= min(len(head), _LONGEST_HEADER):
        name, size = struct.unpack_from("<4sI", head, position)
        if name == b"data":
            return position + 8
        position += 8 + size + size % 2
    return None if len(head) < _LONGEST_HEADER and position < _LONGEST_HEADER else 0


def wav(audio: bytes, wire_format: WireFormat) -> bytes:
    """The audio as a WAV file, sample for sample; a partial sample at its end is dropped."""
    audio = audio[: len(audio) - len(audio) % wire_format.frame_bytes]
    block = wire_format.frame_bytes
    layout = struct.pack(
        "<HHIIHH",
        _FORMAT_TAGS.get(wire_format.subtype, 1),
        wire_format.channels,
        wire_format.sample_rate_hz,
        wire_format.sample_rate_hz * block,
        block,
        8 * block // wire_format.channels,
    )
    chunks = b"".join(
        name + struct.pack("<I", len(body)) + body for name, body in ((b"fmt ", layout), (b"data", audio))
    )
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


class Recordings:
    """What the sessions of one service were sent, bounded in memory: the oldest recording goes first, whole."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._size_bytes = 0
        self._audio: OrderedDict[str, bytearray] = OrderedDict()

    def __contains__(self, session_id: object) -> bool:
        """True if the recording is kept."""
        return session_id in self._audio

    def open(self, session_id: str) -> None:
        """Begin a recording."""
        self._audio[session_id] = bytearray()

    def append(self, session_id: str, data: bytes) -> None:
        """Go on with a recording, if it is still kept."""
        if session_id not in self._audio:
            return
        self._audio[session_id] += data
        self._size_bytes += len(data)
        while self._size_bytes > self._limit_bytes:
            self.forget(next(iter(self._audio)))

    def find(self, session_id: str) -> bytes | None:
        """The audio; None if it isn't kept any more."""
        audio = self._audio.get(session_id)
        return None if audio is None else bytes(audio)

    def forget(self, session_id: str) -> None:
        """Drop a recording."""
        self._size_bytes -= len(self._audio.pop(session_id, b""))
