"""What a file's own header claims, compared with what the file holds.

libsndfile silently shortens a WAV, AIFF, AU or SPHERE file whose header claims more audio than there is, which would make a
broken recording look like a short one. Three cases of a WAV's or AU's size that was never filled in:

- 0x7FFFF000 and above (ffmpeg, SoX and arecord write such a placeholder into a pipe): accepted, the audio ends with
  the file;
- 0 with audio behind it (a recorder that was killed): refused, because libsndfile reads no sample of it;
- 0 with nothing behind it: refused as empty.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Literal

from harness.audio import mp3, ogg
from harness.errors import CorpusError

ALLOWED = (
    "WAV, AIFF and AU (8, 16, 24 or 32 bit PCM, float, mu-law, A-law), NIST SPHERE, FLAC, OGG (Vorbis, Opus) and MP3"
)
_RIFF_MAGICS = (b"RIFF", b"RIFX", b"RF64")
_STREAM_PLACEHOLDER = 0x7FFFF000
_UNKNOWN_64 = 1 << 63  # what a writer that can't go back puts there has all bits set
_CONVERT = "Convert it, for instance with `ffmpeg -i IN -c:a pcm_s16le OUT.wav`."
# What people hand over that libsndfile can't decode, by the bytes it begins with.
_FOREIGN = {
    b"\x1a\x45\xdf\xa3": "WebM or Matroska",
    b"\x30\x26\xb2\x75": "WMA",
    b"#!AM": "AMR",
    b"wvpk": "WavPack",
    b"MAC ": "Monkey's Audio",
}
_BYTES_SHOWN = 4
_MOST_CHUNKS = 10_000  # in front of the audio
_LONGEST_HEADER = 1 << 20  # of a SPHERE file
_MOST_DIGITS = 18  # of a count in a SPHERE header


@dataclass(frozen=True, slots=True)
class Extent:
    """Where the audio of an uncompressed file lies: `offset` in bytes, and the `claimed` bytes from there.

    `exact`: even a huge claim is meant, because it is no 32-bit size that a stream could not fill in.
    """

    offset: int
    claimed: int
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Container:
    """What is known of a file without decoding it.

    Attributes:
        extent: Where uncompressed audio lies; None for FLAC, OGG and MP3.
        counted: Whether the file says how many samples it holds; some MP3 files don't.
    """

    extent: Extent | None = None
    counted: bool = True


def check_container(path: Path, file: FileIO) -> Container:
    """Refuse what is of no allowed kind, and a file that is shorter than its header claims.

    Raises:
        CorpusError: As above.
    """
    magic = file.read(12)
    if not magic:
        raise CorpusError(f"{path}: the file is empty (0 bytes). Replace it or remove it from the manifest.")
    if magic.startswith(b"fLaC"):
        return Container()  # says nothing about its size in bytes; damage shows when it is decoded
    if magic.startswith(b"OggS"):
        found, problem = Container(), ogg.end_problem(file)
    elif mp3.is_mp3(magic):
        counted, problem = mp3.check_length(file)
        found = Container(counted=counted)
    else:
        extent = _extent(path, magic, file)
        found, problem = Container(extent), _shortage(path, extent, os.fstat(file.fileno()).st_size)
    if problem is not None:
        raise CorpusError(damaged(path, problem))
    return found


def damaged(path: Path, what: str) -> str:
    """The message for a file that isn't whole."""
    return f"{path}: the file is truncated or damaged: {what}. Copy or export it again, or remove it from the manifest."


def _extent(path: Path, magic: bytes, file: FileIO) -> Extent:
    size = os.fstat(file.fileno()).st_size
    if magic[:4] in _RIFF_MAGICS:
        found = _riff_extent(file, "big" if magic[:4] == b"RIFX" else "little")
    elif magic[:4] == b"FORM":
        found = _aiff_extent(file)
    elif magic[:4] == b".snd":
        found = Extent(int.from_bytes(magic[4:8], "big"), int.from_bytes(magic[8:12], "big"))
    elif magic[:7] == b"NIST_1A":
        found = _sphere_extent(path, file)
    else:
        kind = _FOREIGN.get(magic[:4]) or ("MP4 or M4A" if magic[4:8] == b"ftyp" else None)
        what = f"it is {kind}" if kind else f"it begins with {_readable(magic[:_BYTES_SHOWN])}"
        raise CorpusError(f"{path}: not an audio file of an allowed kind ({what}). Allowed: {ALLOWED}. {_CONVERT}")
    if found is None:
        raise CorpusError(damaged(path, f"its header ends without a data chunk (the file has {size} bytes)"))
    return found


def _readable(beginning: bytes) -> str:
    """The first bytes of a file: as text if they are some."""
    text = beginning.decode("latin-1")
    return f'"{text}"' if text.isascii() and text.isprintable() else f"the bytes {beginning.hex(' ')}"


def _shortage(path: Path, extent: Extent, size: int) -> str | None:
    held = max(0, size - extent.offset)
    if extent.claimed == 0 and held > 0:
        raise CorpusError(
            f"{path}: the header says 0 bytes of audio but {held} bytes follow it; the recorder never finished the "
            "file. Repair it, for instance with `sox --ignore-length in.wav out.wav`."
        )
    if held < extent.claimed and (extent.exact or extent.claimed < _STREAM_PLACEHOLDER):
        return f"the header promises {extent.claimed} bytes of audio, the file holds {held}"
    return None


def _riff_extent(file: FileIO, byte_order: Literal["big", "little"]) -> Extent | None:
    """Walk the chunks behind the RIFF magic to the audio; None if there is none."""
    file.seek(12)
    size_64 = None
    for name, size in _chunks(file, byte_order):
        if name == b"data":
            at = file.tell()
            return Extent(at, size) if size_64 is None else Extent(at, size_64, exact=size_64 < _UNKNOWN_64)
        if name == b"ds64":  # RF64 keeps the real sizes here: riffSize, then dataSize, 64 bits each
            size_64 = int.from_bytes(file.read(16)[8:], byte_order)
    return None


def _aiff_extent(file: FileIO) -> Extent | None:
    file.seek(12)
    for name, size in _chunks(file, "big"):
        if name == b"SSND":  # an offset and a block size, four bytes each, stand before the samples
            skipped = int.from_bytes(file.read(8)[:4], "big")
            return Extent(file.tell() + skipped, size - 8 - skipped)
    return None


def _chunks(file: FileIO, byte_order: Literal["big", "little"]) -> Iterator[tuple[bytes, int]]:
    """Names and sizes of the chunks from here on, with the file at what each holds; a file of nothing but zeros has no end of them."""
    for _ in range(_MOST_CHUNKS):
        head = file.read(8)
        if len(head) < 8:  # noqa: PLR2004 - a name and a size, four bytes each
            return
        begin, size = file.tell(), int.from_bytes(head[4:], byte_order)
        yield head[:4], size
        file.seek(begin + size + size % 2)  # chunks are padded to even lengths


def _sphere_extent(path: Path, file: FileIO) -> Extent | None:
    """SPHERE: a text header, whose second line says how long it is."""
    file.seek(0)
    first = file.read(16).split(b"\n")
    if len(first) < 2 or not first[1].strip().isdigit():  # noqa: PLR2004 - the magic, then the header's length
        return None
    length = int(first[1])
    if length > _LONGEST_HEADER:
        return None
    file.seek(0)
    lines = (line.split(None, 2) for line in file.read(length).decode("latin-1").splitlines())
    fields = {line[0]: line[2].strip() for line in lines if len(line) == 3}  # noqa: PLR2004 - name, type, value
    if "," in fields.get("sample_coding", ""):
        raise CorpusError(
            f"{path}: the SPHERE file is compressed ({fields['sample_coding']}), which can't be decoded here. "
            "Convert it, for instance with `sph2pipe -f wav IN.sph OUT.wav`."
        )
    sizes = [fields.get(name, "") for name in ("sample_count", "channel_count", "sample_n_bytes")]
    if not all(size.isascii() and size.isdigit() and len(size) <= _MOST_DIGITS for size in sizes):
        return None
    count, channels, width = map(int, sizes)
    return Extent(length, count * channels * width, exact=True)
