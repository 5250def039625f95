import numpy as np
import soundfile

from harness.audio.peaks import encode_flac, peaks


def test_each_column_has_its_extremes():
    """Two columns of 10 ms and a shorter last one."""
    samples = np.zeros(170, np.float32)
    samples[3], samples[79], samples[80], samples[169] = 1.0, -0.5, 0.25, -1.0
    assert [[-63 - 1, 127], [0, 32], [-127, 0]] == peaks(samples, 8000).tolist()


def test_columns_do_not_drift_when_the_rate_is_no_multiple():
    """At 11025 Hz a second still has 100 columns, and what happens after 9.5 s is in column 950."""
    samples = np.zeros(110250, np.float32)
    samples[round(9.505 * 11025)] = 1.0
    columns = peaks(samples, 11025)
    assert (1000, [950]) == (len(columns), np.flatnonzero(columns[:, 1]).tolist())


def test_no_samples_no_columns():
    """An empty clip has an empty waveform."""
    assert (0, 2) == peaks(np.zeros(0, np.float32), 16000).shape


def test_flac_is_lossless_and_reproducible(tmp_path):
    """The same samples give the same bytes, and come back unchanged."""
    pcm = np.random.default_rng(0).integers(-32768, 32768, 5000).astype(np.int16)
    for name in ("a.flac", "b.flac"):
        encode_flac(tmp_path / name, pcm, 16000)
    assert (tmp_path / "a.flac").read_bytes() == (tmp_path / "b.flac").read_bytes()
    samples, rate_hz = soundfile.read(tmp_path / "a.flac", dtype="int16")
    assert (16000, pcm.tolist()) == (rate_hz, samples.tolist())
