"""`harness corpus degrade`: a new corpus of degraded copies; the source stays as it is.

A copy belongs to the call of its original, so that it is no independent evidence, and says how it was made: with what
seed and parameters, of which recording, by which versions.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from harness.corpus.degrade.babble import Talker, averaged, chosen
from harness.corpus.degrade.sound import Sound, sound_of, write_wav
from harness.corpus.degrade.spec import Variant, parse_variant
from harness.corpus.degrade.speech_level import active_level_dbov
from harness.corpus.degrade.steps import NO_PAUSE, Scene, Spans, apply_step, subtype_after
from harness.corpus.manifest import MANIFEST, file_sha256, survey_corpus, written_lines
from harness.corpus.new_corpus import check_destination, new_folder, write_lines
from harness.corpus.recording import Recording
from harness.errors import ConfigError, CorpusError

FIELD = "degradation"
_TIMED = ("segments", "words")
_WORK = ".work"
_RATES_HZ = (4000, 192_000)


@dataclass(frozen=True, slots=True)
class DegradeReport:
    """What was made.

    Attributes:
        path: The new corpus.
        recordings: Of the source, that were degraded.
        originals: Of these, kept beside their copies.
        variants: The label of each, as in the tag `degradation=LABEL`.
        audio_s: Length of all copies together.
        without_pause: Copies that have their hold music in front, because there is no pause to put it into.
    """

    path: Path
    recordings: int
    originals: int
    variants: tuple[str, ...]
    audio_s: float
    without_pause: int

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self) | {"path": str(self.path), "audio_s": round(self.audio_s, 3)}


def degrade_corpus(
    source: Path,
    destination: Path,
    specs: Sequence[str],
    *,
    seed: int = 0,
    keep_originals: bool = False,
    select: str | None = None,
) -> DegradeReport:
    """Make a corpus of degraded copies of the recordings of another.

    Args:
        source: A corpus.
        destination: The folder to make; it may exist if it is empty.
        specs: What each variant does, as for `parse_variant`.
        seed: Of all randomness; with the same one, the same copies are made.
        keep_originals: Put the originals beside their copies, with the tag `degradation=none`.
        select: Only these recordings, as for `--select`.

    Raises:
        ConfigError: A spec or the selection is wrong.
        CorpusError: The source is wrong or the destination taken; nothing was written.
    """
    variants = _variants(specs)
    check_destination(source, destination)
    chosen_lines, everything = _lines(source, select)
    listener = _Listener(source, everything)
    with new_folder(destination) as stage:
        lines: list[dict[str, Any]] = []
        audio_s = 0.0
        for line, recording in chosen_lines:
            if keep_originals:
                _copy(source, stage, line)
                lines.append(_tagged(line, "none"))
            for variant in variants:
                lines.append(_degraded(listener, stage, line, recording, variant=variant, seed=seed))
                audio_s += lines[-1]["duration"]
        write_lines(stage, lines)
        _check(stage)
    return DegradeReport(
        path=destination,
        recordings=len(chosen_lines),
        originals=len(chosen_lines) if keep_originals else 0,
        variants=tuple(variant.label for variant in variants),
        audio_s=audio_s,
        without_pause=sum(NO_PAUSE in step for line in lines if FIELD in line for step in line[FIELD]["steps"]),
    )


def _variants(specs: Sequence[str]) -> list[Variant]:
    variants: dict[str, Variant] = {}
    for spec in specs:
        variant = parse_variant(spec)
        if variant.label in variants:
            raise ConfigError(f"--with is {spec!r}, which makes {variant.label} again. Leave one of them out.")
        variants[variant.label] = variant
    if not variants:
        raise ConfigError("nothing to do: name a degradation, as in --with telephone or --with noise:snr_db=10.")
    return list(variants.values())


def _lines(source: Path, select: str | None) -> tuple[list[tuple[dict[str, Any], Recording]], list[Recording]]:
    """The selected lines of a corpus without errors, as written and as read, and all its recordings."""
    survey = survey_corpus(source, select=select)
    errors = [problem for problem in survey.problems if problem.severity == "error"]
    if errors:
        raise CorpusError(f"{source}: {errors[0]}. Correct it: `harness corpus check {source}` lists all.")
    wanted = {clip.recording_id for clip in survey.clips}
    if not wanted:
        raise CorpusError(f"{source}: no recording matches --select {select!r}. See `harness corpus check {source}`.")
    written = written_lines(source)
    read = [Recording.model_validate_json(json.dumps(line)) for line in written]
    for number, line in enumerate(written, 1):
        if FIELD in line and line["id"] in wanted:
            raise CorpusError(
                f"{source / MANIFEST}:{number}: {FIELD}: {line['id']!r} is a degraded copy already. Degrade the corpus that it was "
                "made from; several steps are joined by +, as in noise:snr_db=10+telephone."
            )
    pairs = zip(written, read, strict=True)
    return [(line, recording) for line, recording in pairs if recording.id in wanted], read


class _Listener:
    """Who babbles, how loud they speak, and what a file's hash is: each file is heard once."""

    def __init__(self, source: Path, recordings: Sequence[Recording]) -> None:
        self.source = source
        self._recordings = recordings
        self.sha256: Callable[[str], str] = cache(lambda path: file_sha256(source / path))
        self._heard: Callable[[Recording], tuple[Sound, float]] = cache(self._listen)

    def _listen(self, recording: Recording) -> tuple[Sound, float]:
        sound = sound_of(self.source / recording.audio_filepath, recording.channel)
        return sound, active_level_dbov(averaged(sound), sound.rate_hz)[0]

    def talkers(self, beside: Recording, generator: np.random.Generator) -> list[Talker]:
        """A crowd behind a recording."""
        return chosen(self._recordings, beside, generator, self._heard)


def _degraded(
    listener: _Listener, stage: Path, line: dict[str, Any], recording: Recording, *, variant: Variant, seed: int
) -> dict[str, Any]:
    """Write one copy; returns its line."""
    sound = sound_of(listener.source / recording.audio_filepath, recording.channel)
    if not _RATES_HZ[0] <= sound.rate_hz <= _RATES_HZ[1]:
        raise CorpusError(
            f"{listener.source / recording.audio_filepath}: has {sound.rate_hz} samples a second; copies are made of "
            f"{_RATES_HZ[0]} to {_RATES_HZ[1]}. Convert it, or leave it out with --select."
        )
    copy = _mono(line) if recording.channel is not None else line
    steps = []
    with tempfile.TemporaryDirectory(dir=stage, prefix=_WORK) as work:
        for number, step in enumerate(variant.steps):
            drawn = step_seed(seed, recording.id, Variant(variant.steps[: number + 1]))
            scene = Scene(_spoken(copy), lambda generator: listener.talkers(recording, generator))
            done = apply_step(step, sound, Path(work) / f"{number}.wav", drawn, scene)
            sound, copy = done.sound, _moved(copy, done.at_s)
            steps.append({"name": step.kind, **step.parameters, "seed": drawn, **done.facts})
        name = f"{recording.id}.{variant.label.replace('+', '_')}"
        file = f"degraded/{name}.wav"
        write_wav(stage / file, sound, subtype_after(variant.steps))
    history = {"of": recording.id, "source_sha256": listener.sha256(recording.audio_filepath), "seed": seed}
    return _tagged(copy, variant.label) | {
        "id": name,
        "audio_filepath": file,
        "duration": round(sound.duration_s, 6),
        "call_id": line.get("call_id", recording.id),
        FIELD: history | {"steps": steps, "made_with": _versions()},
    }


def step_seed(seed: int, recording_id: str, until: Variant) -> int:
    """The seed of the last step of a chain: `noise` alone and `noise+telephone` hear the same noise."""
    return int.from_bytes(hashlib.sha256(f"{seed}\n{recording_id}\n{until.label}".encode()).digest()[:6], "big")


@cache
def _versions() -> dict[str, str]:
    packages = ("cutover-harness", "numpy", "scipy", "soxr")
    return {name: version(name) for name in packages} | {"libsndfile": soundfile.__libsndfile_version__}


def _tagged(line: dict[str, Any], label: str) -> dict[str, Any]:
    return line | {"tags": [*line.get("tags", ()), f"{FIELD}={label}"]}


def _mono(line: dict[str, Any]) -> dict[str, Any]:
    """The recording is one channel of its file; the copy has no other."""
    bare = {key: value for key, value in line.items() if key != "channel"}
    spans = {field: [_without(one, "channel") for one in line[field]] for field in _TIMED if line.get(field)}
    return bare | spans


def _without(values: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != key}


def _moved(line: dict[str, Any], at_s: Callable[[float], float]) -> dict[str, Any]:
    """With every reference time where the same instant is now."""
    spans = {
        field: [one | {edge: round(at_s(one[edge]), 6) for edge in ("start", "end")} for one in line[field]]
        for field in _TIMED
        if line.get(field)
    }
    return line | spans


def _spoken(line: dict[str, Any]) -> Spans:
    return tuple((one["start"], one["end"]) for one in line.get("segments") or line.get("words") or ())


def _copy(source: Path, stage: Path, line: dict[str, Any]) -> None:
    target = stage / line["audio_filepath"]
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / line["audio_filepath"], target)


def _check(stage: Path) -> None:
    errors = [problem for problem in survey_corpus(stage).problems if problem.severity == "error"]
    if errors:
        raise CorpusError(f"a copy would be no good recording: {errors[0]}. Nothing was written; correct the original.")
