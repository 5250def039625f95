"""Speech as Opus in an Ogg container, for pages that carry their audio within: a tenth of its size, the same length to the sample."""

import io

import numpy as np
import soundfile

from harness.audio.convert import Pcm16, resample, to_pcm16
from harness.audio.ogg import with_serial

RATES_HZ = (8000, 12000, 16000, 24000, 48000)
"""What Opus knows."""


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
    return with_serial(written.getvalue(), 1)  # the encoder draws one at random
