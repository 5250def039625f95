"""The lines of a manifest that is to be redacted, as they are written and as they are understood."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.audio.read import AudioInfo, probe, read_blocks
from harness.corpus.manifest import MANIFEST, survey_corpus, written_lines
from harness.corpus.recording import ManifestSegment, ManifestWord, Recording
from harness.errors import CorpusError


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Attributes:
        number: From 1.
        raw: As written.
        recording: As understood.
        info: Of its audio file.
        file: The first path in the manifest of this audio: lines may share a file, and files their content.
    """

    number: int
    raw: dict[str, Any]
    recording: Recording
    info: AudioInfo
    file: str

    def channel_of(self, part: ManifestWord | ManifestSegment) -> int:
        """The channel of the file that a word or segment was heard on."""
        return part.channel if part.channel is not None else self.recording.channel or 0

    @property
    def channels(self) -> range:
        """The channels of the file that this recording is."""
        only = self.recording.channel
        return range(self.info.channels) if only is None else range(only, only + 1)

    @property
    def place(self) -> str:
        """For messages."""
        return f"{MANIFEST}:{self.number}"

    def error(self, field: str, message: str) -> CorpusError:
        """What keeps this line from being redacted."""
        return CorpusError(f"{self.place}: {field}: {message}. Nothing was written.")


def read_lines(folder: Path) -> list[Line]:
    """All lines of a corpus without errors.

    Raises:
        CorpusError: It has some, or a line is nothing that could be written again.
    """
    errors = [problem for problem in survey_corpus(folder).problems if problem.severity == "error"]
    if errors:
        raise CorpusError(f"{folder}: {errors[0]}. Correct it: `harness corpus check {folder}` lists all.")
    raws = written_lines(folder)
    recordings = [Recording.model_validate_json(json.dumps(raw)) for raw in raws]
    files = dict.fromkeys(recording.audio_filepath for recording in recordings)
    infos = {file: probe(folder / file) for file in files}
    same = _same_audio(folder, infos)
    return [
        Line(number, raw, recording, infos[recording.audio_filepath], same[recording.audio_filepath])
        for number, (raw, recording) in enumerate(zip(raws, recordings, strict=True), 1)
    ]


def _same_audio(folder: Path, infos: Mapping[str, AudioInfo]) -> dict[str, str]:
    """For each file the first of the same samples: what is removed from one must not survive in a copy of it.

    Copies may differ in their bytes: in tags, in their container, by another lossless encoding.
    """
    alike: defaultdict[tuple[int, int, int], list[str]] = defaultdict(list)
    for file, info in infos.items():
        alike[info.frames, info.sample_rate_hz, info.channels].append(file)
    found = {file: file for file in infos}
    for files in alike.values():
        first: dict[bytes, str] = {}
        for file in files if len(files) > 1 else ():
            found[file] = first.setdefault(_samples_id(folder / file, infos[file]), file)
    return found


def _samples_id(path: Path, info: AudioInfo) -> bytes:
    found = hashlib.sha256()
    for block in read_blocks(path, range(info.channels)):
        found.update(block.tobytes())
    return found.digest()
