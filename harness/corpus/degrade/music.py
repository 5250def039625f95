"""Hold music: chords and a melody, made up from a seed. Nobody owns it."""

import numpy as np
import numpy.typing as npt

from harness.audio.read import Samples

_BEAT_S = 0.5
_BEATS_A_CHORD = 4
_DECAY_S = 0.6
_FADE_S = 0.02
_PARTIALS = (1.0, 0.5, 0.25, 0.12)
_CHORDS = ((0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14))  # C, a, F, G: semitones above C
_ORDERS = ((0, 1, 2, 3), (0, 2, 1, 3), (0, 3, 1, 2))
_MIDDLE_C_HZ = 261.63


def hold_music(length_s: float, rate_hz: int, level_dbov: float, generator: np.random.Generator) -> Samples:
    """Music of shape (frames, 1), whose root mean square is `level_dbov`.

    Args:
        length_s: Of the music.
        rate_hz: Samples a second; partials above half of it are left out.
        level_dbov: In dB below full scale.
        generator: Chooses the key, the order of the chords and the melody.
    """
    frames = round(length_s * rate_hz)
    key = int(generator.integers(-5, 6))
    order = _ORDERS[int(generator.integers(len(_ORDERS)))]
    music = np.zeros(frames)
    for beat in range(int(np.ceil(length_s / _BEAT_S))):
        chord = _CHORDS[order[beat // _BEATS_A_CHORD % len(order)]]
        melody = chord[int(generator.integers(len(chord)))] + 12
        begin = round(beat * _BEAT_S * rate_hz)
        if beat % _BEATS_A_CHORD == 0:
            for note in chord:
                _play(music[begin:], key + note - 12, rate_hz, _BEATS_A_CHORD * _BEAT_S)
        if generator.random() < 0.8:  # noqa: PLR2004 - a rest now and then
            _play(music[begin:], key + melody, rate_hz, _BEAT_S)
    fade = round(_FADE_S * rate_hz)
    music[:fade] *= np.linspace(0, 1, fade)
    music[frames - fade :] *= np.linspace(1, 0, fade)
    music *= 10 ** (level_dbov / 20) / np.sqrt(np.mean(music**2))
    return music.astype(np.float32)[:, None]


def _play(into: npt.NDArray[np.float64], semitones: int, rate_hz: int, length_s: float) -> None:
    """Add a note that is struck and dies away."""
    time_s = np.arange(min(len(into), round(length_s * rate_hz))) / rate_hz
    attack = np.minimum(1.0, time_s / 0.005) * np.minimum(1.0, (length_s - time_s) / 0.02)
    pitch_hz = _MIDDLE_C_HZ * 2 ** (semitones / 12)
    for number, strength in enumerate(_PARTIALS, 1):
        if number * pitch_hz < rate_hz / 2:
            wave = np.sin(2 * np.pi * number * pitch_hz * time_s)
            into[: len(time_s)] += strength * attack * np.exp(-time_s * number / _DECAY_S) * wave
