"""From bytes as received to 16 kHz samples, independent of how the bytes were cut into messages."""

import io

import numpy as np
import numpy.typing as npt
import soundfile as sf
import soxr

from harness.emulators.recognition import WireFormat

SAMPLE_RATE_HZ = 16_000

Samples = npt.NDArray[np.float32]


class WireAudio:
    """Decodes and resamples one stream, whatever its chunks; state is a partial sample and the resampler's window."""

    def __init__(self, wire_format: WireFormat) -> None:
        self._format = wire_format
        self._rest = b""
        self._resampler = (
            None
            if wire_format.sample_rate_hz == SAMPLE_RATE_HZ
            else soxr.ResampleStream(wire_format.sample_rate_hz, SAMPLE_RATE_HZ, wire_format.channels, dtype="float32")
        )

    def push(self, data: bytes) -> Samples:
        """Samples of shape `(n, channels)` at 16 kHz that became available; possibly none."""
        data = self._rest + data
        usable = len(data) - len(data) % self._format.frame_bytes
        self._rest = data[usable:]
        return self._resample(decode(data[:usable], self._format), last=False)

    def finish(self) -> Samples:
        """What the resampler still holds; a partial sample is dropped."""
        return self._resample(np.zeros((0, self._format.channels), np.float32), last=True)

    def _resample(self, samples: Samples, *, last: bool) -> Samples:
        if self._resampler is None:
            return samples
        mono = self._format.channels == 1  # soxr wants one dimension for one channel
        resampled = self._resampler.resample_chunk(samples[:, 0] if mono else samples, last=last)
        return np.asarray(resampled, np.float32).reshape(-1, self._format.channels)


def decode(data: bytes, wire_format: WireFormat) -> Samples:
    """Whole sample frames to float samples in -1..1, shape `(n, channels)`."""
    if not data:
        return np.zeros((0, wire_format.channels), np.float32)
    samples, _ = sf.read(
        io.BytesIO(data),
        format="RAW",
        subtype=wire_format.subtype,
        samplerate=wire_format.sample_rate_hz,
        channels=wire_format.channels,
        endian="LITTLE",
        dtype="float32",
        always_2d=True,
    )
    return np.asarray(samples, np.float32)
