"""What docs/corpora.md shows can be imported as it stands there."""

import json
import re
import shlex
from pathlib import Path

import pytest
from foreign import FIXTURES, audio, edited, fixture, imported, refusal

from harness.cli import run
from harness.corpus.degrade.spec import KINDS, parse_variant
from harness.corpus.importers.registry import FORMATS

PAGE = (Path(__file__).parents[2] / "docs" / "corpora.md").read_text(encoding="utf-8")


def example(heading: str) -> list[str]:
    """The lines of the first indented block below a heading."""
    section = PAGE.split(f"### {heading}\n", 1)[1]
    return [line.strip() for line in re.findall(r"(?:^ {4}.*\n)+", section, re.MULTILINE)[0].splitlines()]


def test_every_format_is_in_the_table():
    """In the order in which they are tried."""
    assert list(FORMATS) == re.findall(r"^\| `([a-z][a-z-]*)` \|", PAGE.split("## Degraded copies")[0], re.MULTILINE)


def test_the_message_shown_is_what_is_said(tmp_path: Path):
    """For a Kaldi directory with two times swapped."""
    source = fixture("kaldi", tmp_path, **{"audio/sw02001.sph": (4.0, 2), "audio/sw02005.wav": (2.0, 1)})
    edited(source / "segments", " 1.60 3.00", " 3.00 1.60")
    assert f"    {refusal(source)}\n" in PAGE


@pytest.mark.parametrize(
    ("heading", "file", "sound", "text"),
    [
        ("NeMo", "m.jsonl", "calls/1.wav", "good morning"),
        ("Hugging Face audiofolder", "metadata.csv", "a.wav", "Good morning, everybody."),
        ("Audacity", "a.txt", "a.wav", "good morning"),
    ],
)
def test_the_lines_shown_are_imported(tmp_path: Path, heading: str, file: str, sound: str, text: str):
    """Each example is a whole source, once there is audio."""
    audio(tmp_path / "source" / sound)
    (tmp_path / "source" / file).write_text("\n".join(example(heading)), encoding="utf-8")
    [found] = imported(tmp_path / "source")
    assert text in {found.get("text"), *(segment["text"] for segment in found.get("segments", ()))}


def test_the_kaldi_lines_shown_are_imported(tmp_path: Path):
    """Each line stands behind the name of its file."""
    audio(tmp_path / "source" / "audio" / "sw02001.sph", channels=2)
    for line in example("Kaldi"):
        name, content = line.split(None, 1)
        (tmp_path / "source" / name).write_text(f"{content}\n")
    [found] = imported(tmp_path / "source")
    assert [{"start": 0.5, "end": 1.5, "channel": 0, "text": "good morning", "speaker": "2001-A"}] == found["segments"]


def test_the_nist_lines_shown_are_imported(tmp_path: Path):
    """One of STM, one of RTTM, one of CTM."""
    audio(tmp_path / "source" / "meeting.wav")
    for suffix, line in zip(("stm", "rttm", "ctm"), example("STM, RTTM, CTM"), strict=True):
        (tmp_path / "source" / f"meeting.{suffix}").write_text(f"{line}\n")
    [found] = imported(tmp_path / "source")
    assert [
        {"start": 0.5, "end": 1.5, "text": "good morning everybody", "speaker": "ann", "turn_id": "turn-1"}
    ] == found["segments"]
    assert ["good"] == [word["word"] for word in found["words"]]


SOURCES = {
    "my/recordings": ("kaldi", {"audio/sw02001.sph": (4.0, 2), "audio/sw02005.wav": (2.0, 1)}),
    "cv-corpus/en": ("common-voice", {f"clips/common_voice_en_{number}.mp3": (1.0, 1) for number in (1, 2)}),
    "LibriSpeech/test-clean": ("librispeech", {f"61/70968/61-70968-000{number}.flac": (2.0, 1) for number in (0, 1)}),
    "data/manifests": ("lhotse", {"audio/call1.wav": (4.0, 2), "audio/utt2.flac": (1.5, 1)}),
}


@pytest.mark.parametrize("line", sorted(set(re.findall(r"^ {4}(harness corpus import .*)$", PAGE, re.MULTILINE))))
def test_the_imports_shown_run(
    tmp_path: Path, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    """Each in a folder that has what the page supposes; what comes out passes `corpus check`."""
    arguments = shlex.split(line)[1:]
    name, files = SOURCES[arguments[2]]
    (tmp_path / arguments[2]).parent.mkdir(parents=True)
    fixture(name, tmp_path / "made", **files).rename(tmp_path / arguments[2])
    monkeypatch.chdir(tmp_path)
    assert run([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["format"] == name
    assert run(["corpus", "check", arguments[3]]) == 0


def test_every_degradation_is_in_the_table():
    """In the order of the command's help."""
    rows = re.findall(r"^\| `([a-z]+)` \|", PAGE.split("## Degraded copies")[1], re.MULTILINE)
    assert list(KINDS) == rows[: len(KINDS)]


def test_the_degradations_shown_are_understood():
    """All that the page and the benchmark behind it name."""
    shown = re.findall(r"`((?:telephone|noise|loss|clipping|speed|reverb|silence|hold)(?::[^`]+)?)`", PAGE)
    assert len(KINDS) < len([parse_variant(spec) for spec in shown if ":" in spec])


def test_the_degrade_command_shown_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    """What comes out passes `corpus check`."""
    for name in ("a", "b", "c"):
        audio(tmp_path / "my" / "recordings" / f"{name}.wav")
    monkeypatch.chdir(tmp_path)
    assert run(["corpus", "import", "my/recordings", "my/corpus"]) == 0
    [line] = re.findall(r"^ {4}(harness corpus degrade .*)$", PAGE, re.MULTILINE)
    assert run(shlex.split(line)[1:]) == 0
    assert run(["corpus", "check", "my/robust"]) == 0
    assert "6 copies of 3 recordings" in capsys.readouterr().out


def test_the_fixtures_tell_where_they_are_from():
    """Every folder stands in their README."""
    readme = (FIXTURES / "README.md").read_text(encoding="utf-8")
    assert [] == [path.name for path in FIXTURES.iterdir() if path.is_dir() and f"`{path.name}`" not in readme]
