"""Speech as Opus in an Ogg container, for pages that carry their audio within: a tenth of its size, the same length to the sample."""

import io
import struct
from functools import cache

import numpy as np
import soundfile

from harness.audio.convert import Pcm16, resample, to_pcm16

RATES_HZ = (8000, 12000, 16000, 24000, 48000)
"""What Opus knows."""

_CAPTURE = b"OggS"
_SERIAL_AT, _CRC_AT, _SEGMENTS_AT, _HEADER_BYTES = 14, 22, 26, 27
_POLYNOMIAL = 0x04C11DB7
_TOP_BIT, _WORD = 1 << 31, 0xFFFFFFFF


def encode_opus(pcm: Pcm16, sample_rate_hz: int) -> bytes:
    """Encode 16-bit mono samples; equal samples give equal bytes.

    Args:
        pcm: Shape (frames,).
        sample_rate_hz: Of them; a rate that Opus does not know is converted to the next higher one.
    """
    rate_hz = next((rate for rate in RATES_HZ if rate >= sample_rate_hz), RATES_HZ[-1])
    if rate_hz != sample_rate_hz:
        pcm = to_pcm16(resample(pcm.astype(np.float32) / np.float32(1 << 15), sample_rate_hz, rate_hz))
    written = io.BytesIO()
    soundfile.write(written, pcm, rate_hz, format="OGG", subtype="OPUS")
    return _with_serial(bytearray(written.getvalue()), 1)


def _with_serial(ogg: bytearray, serial: int) -> bytes:
    """Every page of the one stream with this serial number, which the encoder draws at random, and its checksum anew."""
    at = 0
    while at < len(ogg):
        if ogg[at : at + len(_CAPTURE)] != _CAPTURE:
            raise ValueError(f"no Ogg page at byte {at}")
        segments = ogg[at + _SEGMENTS_AT]
        table_at = at + _HEADER_BYTES
        end = table_at + segments + sum(ogg[table_at : table_at + segments])
        struct.pack_into("<I", ogg, at + _SERIAL_AT, serial)
        struct.pack_into("<I", ogg, at + _CRC_AT, 0)
        struct.pack_into("<I", ogg, at + _CRC_AT, _checksum(ogg[at:end]))
        at = end
    return bytes(ogg)


def _checksum(page: bytearray) -> int:
    """Ogg's own CRC (RFC 3533): most significant bit first, from zero, not inverted."""
    table, crc = _table(), 0
    for byte in page:
        crc = ((crc << 8) & _WORD) ^ table[(crc >> 24) ^ byte]
    return crc


@cache
def _table() -> tuple[int, ...]:
    found = []
    for byte in range(256):
        crc = byte << 24
        for _ in range(8):
            crc = ((crc << 1) ^ _POLYNOMIAL if crc & _TOP_BIT else crc << 1) & _WORD
        found.append(crc)
    return tuple(found)
