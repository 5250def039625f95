"""What a telephone line and an overdriven input do: the telephone band, lost packets, clipping."""

import io
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile
from scipy import signal

from harness.audio.convert import resample_blocks, to_pcm16
from harness.audio.read import Samples
from harness.corpus.degrade.sound import convolved

TELEPHONE_HZ = 8000
BAND_HZ = (300.0, 3400.0)
PACKET_S = 0.02
_TAPS = 257  # edges 100 Hz wide at 8 kHz
_FADED_AFTER = 3  # repetitions of a packet, 60 ms, after which there is nothing more to repeat
CODECS = {"mulaw": "ULAW", "alaw": "ALAW", "pcm": "PCM_16"}


def telephone(blocks: Iterable[Samples], rate_hz: int, channels: int, codec: str) -> Iterator[Samples]:
    """300 to 3400 Hz at 8 kHz, coded and decoded by G.711; positions in seconds stay where they were."""
    band = signal.firwin(_TAPS, BAND_HZ, pass_zero=False, fs=TELEPHONE_HZ).astype(np.float32)[:, None]
    narrow = convolved(resample_blocks(blocks, rate_hz, TELEPHONE_HZ, channels), band, delay=_TAPS // 2, tail=0)
    for block in narrow:
        yield _coded(block, CODECS[codec])


def _coded(block: Samples, subtype: str) -> Samples:
    """What is left of samples after libsndfile has coded them."""
    if not len(block):
        return block
    raw = io.BytesIO()
    kind: dict[str, Any] = {"format": "RAW", "subtype": subtype}
    soundfile.write(raw, to_pcm16(block), TELEPHONE_HZ, **kind)
    raw.seek(0)
    decoded, _ = soundfile.read(
        raw, dtype="float32", always_2d=True, samplerate=TELEPHONE_HZ, channels=block.shape[1], **kind
    )
    return np.asarray(decoded, np.float32)


def lost_packets(
    packets: int, loss: float, burst_packets: float, generator: np.random.Generator
) -> npt.NDArray[np.bool_]:
    """Which packets of a stream are lost.

    Args:
        packets: How many there are.
        loss: Share that is lost in the long run, below 1.
        burst_packets: Mean length of a loss, by Gilbert's model of two states; 0: each packet on its own.
        generator: Of randomness.
    """
    draws = generator.random(packets)
    if not burst_packets:
        return draws < loss
    mend = 1 / burst_packets
    breakdown = min(1.0, loss / (1 - loss) * mend)
    lost = np.zeros(packets, np.bool_)
    bad = generator.random() < loss  # begin as the model goes on, not always well
    for packet, draw in enumerate(draws):
        lost[packet] = bad
        bad = draw >= mend if bad else draw < breakdown
    return lost


def without_packets(
    blocks: Iterable[Samples], packet_frames: int, lost: npt.NDArray[np.bool_], *, repeat: bool
) -> Iterator[Samples]:
    """Blocks of shape (frames, channels) without their lost packets.

    Args:
        blocks: Consecutive samples.
        packet_frames: Length of a packet.
        lost: Shape (packets, channels).
        repeat: Conceal by the last packet that came, fainter each time and gone after 60 ms; else by silence.
    """
    last = missed = None
    for number, packet in enumerate(_regrouped(blocks, packet_frames)):
        missed = np.zeros(packet.shape[1], np.int64) if missed is None else missed
        last = np.zeros_like(packet) if last is None else last[: len(packet)]
        gone = lost[number]
        fade = np.maximum(0.0, 1 - missed / _FADED_AFTER) * repeat
        last = np.where(gone, last, packet)
        yield np.where(gone, last * fade.astype(np.float32), packet)
        missed = np.where(gone, missed + 1, 0)


def _regrouped(blocks: Iterable[Samples], frames: int) -> Iterator[Samples]:
    """The same samples in blocks of a given length; the last may be shorter."""
    rest: Samples | None = None
    for block in blocks:
        rest = block if rest is None else np.concatenate([rest, block])
        whole = len(rest) - len(rest) % frames
        yield from (rest[start : start + frames] for start in range(0, whole, frames))
        rest = rest[whole:]
    if rest is not None and len(rest):
        yield rest


def overdriven(blocks: Iterable[Samples], peak: float, drive_db: float) -> Iterator[Samples]:
    """Amplified so far that `peak` would lie `drive_db` above full scale, and cut off there."""
    gain = np.float32(10 ** (drive_db / 20) / peak)
    for block in blocks:
        yield np.clip(block * gain, -1.0, 1.0)
