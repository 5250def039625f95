"""Whether an MP3 file is as long as it seems: libsndfile estimates the length of one without a Xing, Info or VBRI header.

With such a header the length is exact to the sample, and damage shows when it is decoded to another one. Without, the
estimate is good to a frame for a constant bit rate, and worthless for another, where libsndfile would stop reading too early.
Frame headers: ISO/IEC 11172-3, section 2.4.2.3, and 13818-3.
"""

import os
from io import FileIO

_ID3_HEADER = 10
_ID3V1 = 128
_SEARCHED = 1 << 16  # bytes within which the first frame must begin
_MPEG_1 = 3
_RATES_HZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
# Kilobits a second of layer III, by bit rate index: MPEG 1, then MPEG 2 and 2.5.
_KBPS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBPS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


def is_mp3(magic: bytes) -> bool:
    """Whether a file that begins like this is MPEG audio: an ID3 tag, or a frame of layer III."""
    return magic.startswith(b"ID3") or _frame_bytes(magic[:4]) is not None


def check_length(file: FileIO) -> tuple[bool, str | None]:
    """Whether the file says how long it is, and what is wrong with its length, if anything."""
    size = os.fstat(file.fileno()).st_size
    file.seek(0)
    start = _after_tag(file.read(_ID3_HEADER))
    file.seek(start)
    head = file.read(_SEARCHED)
    first = next((at for at in range(len(head) - 8) if _begins_audio(head, at)), None)
    if first is None:
        return False, "it holds no MP3 frame"
    length = _frame_bytes(head[first : first + 4]) or 0
    info = head[first : first + length]
    for mark in (b"Xing", b"Info"):
        if (at := info.find(mark, 4, 48)) >= 0:
            return True, _shortage(info[at:], size - start - first)
    if b"VBRI" in info[:64]:
        return True, None
    return False, _frames_problem(file, start + first, size)


def _after_tag(head: bytes) -> int:
    """Where the audio may begin: behind an ID3v2 tag, whose length is four times seven bits."""
    if not head.startswith(b"ID3") or len(head) < _ID3_HEADER:
        return 0
    return _ID3_HEADER + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))


def _begins_audio(head: bytes, at: int) -> bool:
    """Whether a frame begins at `at`, and another, or the end, follows it."""
    length = _frame_bytes(head[at : at + 4])
    if length is None:
        return False
    behind = head[at + length : at + length + 4]
    return len(behind) < 4 or behind.startswith(b"TAG") or _frame_bytes(behind) is not None  # noqa: PLR2004 - a header


def _shortage(info: bytes, held: int) -> str | None:
    """A Xing header says, if its flags say so, how many frames and bytes there are."""
    flags = int.from_bytes(info[4:8], "big")
    at = 12 if flags & 1 else 8
    claimed = int.from_bytes(info[at : at + 4], "big") if flags & 2 else 0
    return f"the header promises {claimed} bytes, the file holds {held}" if held < claimed else None


def _frames_problem(file: FileIO, start: int, size: int) -> str | None:
    """Walk the frames: whether they are of one bit rate, and the last is whole."""
    file.seek(max(0, size - _ID3V1))
    end = size - _ID3V1 if file.read(3) == b"TAG" else size
    file.seek(start)
    rate = None
    while file.tell() < end and (length := _frame_bytes(head := file.read(4))) is not None:
        if rate not in {None, head[2] >> 4}:
            return "its bit rate varies but no header says how long it is; `ffmpeg -i IN.mp3 -c copy OUT.mp3` adds one"
        rate = head[2] >> 4
        if file.tell() - 4 + length > end:
            return "its last frame is cut off"
        file.seek(length - 4, os.SEEK_CUR)
    return None


def _frame_bytes(head: bytes) -> int | None:
    """Bytes of the layer III frame that begins with `head`; None if none does."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:  # noqa: PLR2004 - eleven bits set, then layer III
        return None
    version, rate, kbps, padding = head[1] >> 3 & 3, head[2] >> 2 & 3, head[2] >> 4, head[2] >> 1 & 1
    if version not in _RATES_HZ or rate == 3 or kbps in {0, 15}:  # noqa: PLR2004 - reserved values
        return None
    table, factor = (_KBPS_1, 144000) if version == _MPEG_1 else (_KBPS_2, 72000)
    return factor * table[kbps] // _RATES_HZ[version][rate] + padding
