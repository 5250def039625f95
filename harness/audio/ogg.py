"""Pages of OGG files: whether they are whole, for libsndfile passes over missing or broken ones without a word, and renumbering.

Pages: RFC 3533, section 6.
"""

import os
import zlib
from io import FileIO

_HEADER = 27  # bytes of a page in front of its segment table
_LAST_PAGE = 4  # a flag in byte 5
_MOST = _HEADER + 255 + 255 * 255  # bytes of the longest page
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def end_problem(file: FileIO) -> str | None:
    """What is wrong with the end of the file; None if it ends with the last page of a stream, whole."""
    size = os.fstat(file.fileno()).st_size
    file.seek(max(0, size - 2 * _MOST))
    tail = file.read()
    at = tail.rfind(b"OggS")
    while at >= 0:
        length = _page_length(tail[at : at + _HEADER + 255])
        if length is not None and at + length == len(tail):
            if tail[at + 5] & _LAST_PAGE:
                return None
            return "its last page doesn't end the stream"
        at = tail.rfind(b"OggS", 0, at) if at else -1
    return "its last page is cut off"


def page_problem(file: FileIO) -> str | None:
    """What is wrong with any page: its checksum or its number; None if all are whole. Reads the whole file."""
    file.seek(0)
    numbers: dict[bytes, int] = {}
    while head := file.read(_HEADER):
        place = file.tell() - len(head)
        table = file.read(head[26]) if len(head) == _HEADER and head.startswith(b"OggS") else b""
        length = _page_length(head + table)
        if length is None:
            return f"at byte {place} no page begins"
        page = head + table + file.read(length - _HEADER - len(table))
        if _checksum(page[:22] + bytes(4) + page[26:]) != int.from_bytes(page[22:26], "little"):
            return f"the page at byte {place} has another checksum than it says"
        serial, number = page[14:18], int.from_bytes(page[18:22], "little")
        if number != numbers.get(serial, number):
            return f"pages are missing before byte {place}"
        numbers[serial] = number + 1
    return None


def with_serial(stream: bytes, serial: int) -> bytes:
    """A whole file of one logical stream with another serial number on every page, and checksums to match."""
    written, at = bytearray(stream), 0
    while at < len(written):
        length = _page_length(bytes(written[at : at + _HEADER + 255]))
        if length is None:
            raise ValueError(f"at byte {at} no page begins")
        written[at + 14 : at + 18] = serial.to_bytes(4, "little")
        written[at + 22 : at + 26] = bytes(4)
        written[at + 22 : at + 26] = _checksum(bytes(written[at : at + length])).to_bytes(4, "little")
        at += length
    return bytes(written)


def _page_length(head: bytes) -> int | None:
    """Bytes of the page that begins with `head`; None if none begins there."""
    if len(head) < _HEADER or not head.startswith(b"OggS\0") or len(head) < _HEADER + head[26]:
        return None
    table = head[_HEADER : _HEADER + head[26]]
    return _HEADER + len(table) + sum(table)


def _checksum(page: bytes) -> int:
    """OGG's CRC is zlib's with the bits of every byte, and of the result, the other way round and nothing inverted."""
    mirrored = ~zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) & 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
