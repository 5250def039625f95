"""One step of a degradation: from the audio that is, to the audio that becomes of it, and where its times have gone."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from harness.audio.convert import resample_blocks
from harness.audio.read import Samples
from harness.corpus.activity import ActivitySettings, speech_spans
from harness.corpus.degrade.babble import Talker, babble
from harness.corpus.degrade.line import (
    CODECS,
    PACKET_S,
    TELEPHONE_HZ,
    lost_packets,
    overdriven,
    telephone,
    without_packets,
)
from harness.corpus.degrade.music import hold_music
from harness.corpus.degrade.room import impulse_response, mixed, pink, white
from harness.corpus.degrade.sound import Sound, convolved, written
from harness.corpus.degrade.spec import Step
from harness.corpus.degrade.speech_level import active_level_dbov

MIN_PAUSE_S = 0.3
NO_PAUSE = "no_pause"  # the fact that hold music was to be put into a pause, and there is none
_PAUSES = ActivitySettings(min_silence_ms=300)
Spans = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a step may ask about the recording.

    Attributes:
        spoken: Where the references have speech, on any channel, in seconds of the audio as it is now; empty: unknown.
        talkers: Whom a crowd consists of; chosen by the generator.
    """

    spoken: Spans
    talkers: Callable[[np.random.Generator], list[Talker]]


@dataclass(frozen=True, slots=True)
class Result:
    """What a step makes.

    Attributes:
        blocks: Samples of shape (frames, channels).
        rate_hz: Of the samples.
        facts: What was drawn or measured.
        at_s: From a time before to the same instant after.
    """

    blocks: Iterator[Samples]
    rate_hz: int
    facts: dict[str, Any] = field(default_factory=dict)
    at_s: Callable[[float], float] = lambda time_s: time_s


@dataclass(frozen=True, slots=True)
class Applied:
    """A step's audio on disk, and as `Result`."""

    sound: Sound
    facts: dict[str, Any]
    at_s: Callable[[float], float]


def apply_step(step: Step, sound: Sound, path: Path, seed: int, scene: Scene) -> Applied:
    """Degrade some audio into the file `path`; the same seed gives the same samples."""
    result = _STEPS[step.kind](step, sound, seed, scene)
    made = written(path, result.blocks, result.rate_hz, len(sound.channels))
    turned_down = {} if made.gain == 1.0 else {"gain": round(made.gain, 6)}
    return Applied(made, result.facts | turned_down, result.at_s)


def subtype_after(steps: Sequence[Step]) -> str:
    """The sample encoding that keeps exactly what the last step left: G.711 is stored as G.711."""
    last = steps[-1]
    return CODECS[str(last.parameters["codec"])] if last.kind == "telephone" else "PCM_16"


def _telephone(step: Step, sound: Sound, _seed: int, _scene: Scene) -> Result:
    codec = str(step.parameters["codec"])
    return Result(telephone(sound.blocks(), sound.rate_hz, len(sound.channels), codec), TELEPHONE_HZ)


def _noise(step: Step, sound: Sound, seed: int, scene: Scene) -> Result:
    channels = len(sound.channels)
    speech_dbov = active_level_dbov(sound.blocks(), sound.rate_hz)
    facts: dict[str, Any] = {"speech_dbov": [round(level, 3) for level in speech_dbov]}
    kind = str(step.parameters["kind"])
    if kind == "babble":
        generator = np.random.default_rng(seed)
        crowds = [scene.talkers(generator) for _ in range(channels)]
        facts["talkers"] = [[{"id": one.id, "start": one.start_s} for one in crowd] for crowd in crowds]

    def noise() -> Iterator[Samples]:
        if kind == "babble":
            return babble(crowds, sound.rate_hz)
        return white(seed, channels) if kind == "white" else pink(seed, channels)

    wanted_dbov = [level - step.number("snr_db") for level in speech_dbov]
    _, blocks = mixed(sound.blocks, noise, wanted_dbov)
    return Result(blocks, sound.rate_hz, facts)


def _loss(step: Step, sound: Sound, seed: int, _scene: Scene) -> Result:
    generator = np.random.default_rng(seed)
    frames = round(PACKET_S * sound.rate_hz)
    packets = -(-sound.frames // frames)
    loss, burst = step.number("loss_pct") / 100, step.number("burst_packets")
    lost = np.stack([lost_packets(packets, loss, burst, generator) for _ in sound.channels], axis=1)
    blocks = without_packets(sound.blocks(), frames, lost, repeat=step.parameters["conceal"] == "repeat")
    return Result(blocks, sound.rate_hz, {"packets": packets, "lost": lost.sum(axis=0).tolist()})


def _clipping(step: Step, sound: Sound, _seed: int, _scene: Scene) -> Result:
    peak = max((float(np.abs(block).max(initial=0.0)) for block in sound.blocks()), default=0.0) or 1.0
    return Result(overdriven(sound.blocks(), peak, step.number("drive_db")), sound.rate_hz, {"peak": round(peak, 6)})


def _speed(step: Step, sound: Sound, _seed: int, _scene: Scene) -> Result:
    factor = step.number("factor")
    faster = resample_blocks(sound.blocks(), sound.rate_hz * factor, sound.rate_hz, len(sound.channels))
    return Result(faster, sound.rate_hz, at_s=lambda time_s: time_s / factor)


def _reverb(step: Step, sound: Sound, seed: int, _scene: Scene) -> Result:
    generator = np.random.default_rng(seed)
    channels = len(sound.channels)
    room = impulse_response(sound.rate_hz, step.number("rt60_s"), step.number("drr_db"), channels, generator)
    return Result(convolved(sound.blocks(), room, delay=0, tail=len(room) - 1), sound.rate_hz)


def _silence(step: Step, sound: Sound, _seed: int, _scene: Scene) -> Result:
    frames = round(step.number("lead_s") * sound.rate_hz)
    return _inserted(sound, np.zeros((frames, 1), np.float32), 0)


def _hold(step: Step, sound: Sound, seed: int, scene: Scene) -> Result:
    generator = np.random.default_rng(seed)
    music = hold_music(step.number("length_s"), sound.rate_hz, step.number("level_dbov"), generator)
    if step.parameters["where"] == "before":
        return _inserted(sound, music, 0)
    pause_s = _longest_pause(scene.spoken or _heard(sound))
    if pause_s is None:
        found = _inserted(sound, music, 0)
        return replace(found, facts=found.facts | {NO_PAUSE: True})
    return _inserted(sound, music, round(pause_s * sound.rate_hz))


def _inserted(sound: Sound, what: Samples, at_frame: int) -> Result:
    """Something of shape (frames, 1), heard on every channel, in front of a frame."""
    at_s, length_s = at_frame / sound.rate_hz, len(what) / sound.rate_hz

    def blocks() -> Iterator[Samples]:
        position, inserted = 0, np.repeat(what, len(sound.channels), axis=1)
        for block in sound.blocks():
            if position <= at_frame < position + len(block):
                yield block[: at_frame - position]
                yield inserted
                yield block[at_frame - position :]
            else:
                yield block
            position += len(block)

    facts = {"at": round(at_s, 6)}
    return Result(blocks(), sound.rate_hz, facts, lambda time_s: time_s + length_s if time_s >= at_s else time_s)


def _longest_pause(spoken: Spans) -> float | None:
    """The middle of the longest pause between stretches of speech; None if there is none of 0.3 s."""
    gaps, end_s = [], 0.0
    for number, (start_s, stop_s) in enumerate(sorted(spoken)):
        if number and start_s - end_s >= MIN_PAUSE_S:
            gaps.append((end_s, start_s))
        end_s = max(end_s, stop_s)
    longest = max(gaps, key=lambda gap: gap[1] - gap[0], default=None)
    return None if longest is None else sum(longest) / 2


def _heard(sound: Sound) -> Spans:
    """Where the speech detector hears somebody, on any channel."""
    spans = (
        speech_spans((block[:, index] for block in sound.blocks()), sound.rate_hz, _PAUSES)
        for index in range(len(sound.channels))
    )
    return tuple(itertools.chain.from_iterable(spans))


_STEPS: dict[str, Callable[[Step, Sound, int, Scene], Result]] = {
    "telephone": _telephone,
    "noise": _noise,
    "loss": _loss,
    "clipping": _clipping,
    "speed": _speed,
    "reverb": _reverb,
    "silence": _silence,
    "hold": _hold,
}
