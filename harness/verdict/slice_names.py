"""Which slices of a run a session belongs to, by its tags, language, speaker, channel, duration and noise."""

import math
import re

from harness.metrics.scores import SessionScore

_DURATIONS_S = ((10.0, "under-10s"), (60.0, "10s-to-1min"), (600.0, "1min-to-10min"), (math.inf, "over-10min"))
_NOISES_DB = ((10.0, "loud"), (20.0, "moderate"), (math.inf, "quiet"))
_SNR = re.compile(r"snr(?:_db)?=(-?\d+(?:\.\d+)?)(?:db)?", re.IGNORECASE)

DURATIONS = tuple(name for _, name in _DURATIONS_S)
"""Classes of durations, short ones first."""


def slice_names(session: SessionScore) -> tuple[str, ...]:
    """The slices a session belongs to.

    `tag=noisy` and `band=wide` (of tags), `lang=es`, `speaker=ann`, `channel=1`, `duration=under-10s`, and from a numeric tag
    `snr=7` the class `noise=loud` (under 10 dB; `moderate` under 20 dB, else `quiet`).
    """
    names = [tag if "=" in tag else f"tag={tag}" for tag in session.tags]
    names += [f"noise={_class_of(float(m[1]), _NOISES_DB)}" for tag in session.tags if (m := _SNR.fullmatch(tag))]
    if session.language:
        names.append(f"lang={session.language}")
    if session.speaker:
        names.append(f"speaker={session.speaker}")
    if session.channel is not None:
        names.append(f"channel={session.channel}")
    names.append(f"duration={duration_class(session.duration_s)}")
    return tuple(dict.fromkeys(names))


def duration_class(duration_s: float) -> str:
    """One of `DURATIONS`."""
    return _class_of(duration_s, _DURATIONS_S)


def _class_of(value: float, classes: tuple[tuple[float, str], ...]) -> str:
    return next(name for limit, name in classes if value < limit or math.isinf(limit))
