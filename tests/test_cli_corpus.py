"""`harness corpus import`, `align`, `degrade`, `redact` and `fetch` as a user meets them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from foreign import audio
from prompt_packages import fake_apt, needs, small_corpus

from harness.cli import run
from harness.corpus.fetch import catalogue


@pytest.fixture
def source(tmp_path: Path) -> Path:
    audio(tmp_path / "source" / "a.wav")
    (tmp_path / "source" / "a.txt").write_text("hello\n")
    return tmp_path / "source"


def test_what_was_guessed_and_made_is_said(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    """The format, why, what there is now, and what to do next."""
    assert run(["corpus", "import", str(source), str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "format: text (guessed: a.txt lies beside a.wav)",
        f"{tmp_path / 'out'}: 1 recording, 0 segments, 0 timed words, 0.0 min of audio",
        f"Next: harness corpus check {tmp_path / 'out'}",
    ]
    assert run(["corpus", "check", str(tmp_path / "out")]) == 0


def test_json_is_one_object(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    """For other programs."""
    assert run(["corpus", "import", str(source), str(tmp_path / "out"), "--json", "--format", "audio"]) == 0
    assert json.loads(capsys.readouterr().out)["format"] == "audio"


@pytest.mark.parametrize("arguments", [["--format", "nonsense"], ["--format", "kaldi"], ["--language", "klingon!"]])
def test_what_is_wrong_exits_2_with_one_line(
    source: Path, tmp_path: Path, arguments: list[str], capsys: pytest.CaptureFixture
):
    """And leaves nothing behind."""
    assert run(["corpus", "import", str(source), str(tmp_path / "out"), *arguments]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_help_needs_no_audio_library():
    """Importers are loaded when they are used."""
    code = "import harness.cli, sys; sys.exit('soundfile' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_was_aligned_is_said(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    """And why others were not."""
    pytest.importorskip("pocketsphinx")
    run(["corpus", "import", str(source), str(tmp_path / "out"), "--language", "es"])
    capsys.readouterr()
    assert run(["corpus", "align", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path / 'out'}: 0 words of 0 recordings were timed; 0 had word times already",
        "skipped a: its language is es; the aligner knows English",
    ]
    assert run(["corpus", "align", str(tmp_path / "out"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["aligned"] == 0


@pytest.mark.parametrize("named", ["/dev/null", "deep"])
def test_a_source_that_is_no_corpus_is_no_crash(tmp_path: Path, named: str, capsys: pytest.CaptureFixture):
    """A device, and JSON nested too deeply for the parser."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "m.jsonl").write_text("[" * 100_000 + "\n")

    assert run(["corpus", "import", str(tmp_path / named), str(tmp_path / "out")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_destination_that_cannot_be_made_is_named(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    """With the reason, and no traceback."""
    (tmp_path / "file").touch()
    assert run(["corpus", "import", str(source), str(tmp_path / "file" / "out")]) == 2
    assert "DESTINATION in a folder that you can write to" in capsys.readouterr().err


def test_what_was_degraded_is_said(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    """The copies, their tags, what could not be done as asked, and what to do next."""
    run(["corpus", "import", str(source), str(tmp_path / "in")])
    capsys.readouterr()
    wishes = ["--with", "telephone", "--with", "hold:length_s=1,where=pause", "--keep-originals"]
    assert run(["corpus", "degrade", str(tmp_path / "in"), str(tmp_path / "out"), *wishes]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path / 'out'}: 2 copies of 1 recordings, 0.1 min, and 1 originals",
        "tag: degradation=telephone",
        "tag: degradation=hold-1s-pause",
        "note: 1 copies have their hold music in front: there is no pause of 0.3 s to put it into",
        f"Next: harness corpus check {tmp_path / 'out'}",
    ]
    assert run(["corpus", "degrade", str(tmp_path / "in"), str(tmp_path / "bad"), "--with", "nois:snr_db=3"]) == 2
    assert "'nois' is no degradation; allowed are telephone, noise, " in capsys.readouterr().err
    assert run(["corpus", "check", str(tmp_path / "out")]) == 0


def test_what_was_redacted_is_said(tmp_path: Path, capsys: pytest.CaptureFixture):
    """What went, what to look at, and what to do next."""
    audio(tmp_path / "corpus" / "a.wav")
    word = {"word": "hello", "start": 0.5, "end": 0.8}
    line = {"id": "a", "audio_filepath": "a.wav", "text": "hello", "words": [word], "source": "x"}
    (tmp_path / "corpus" / "manifest.jsonl").write_text(json.dumps(line) + "\n")
    arguments = ["corpus", "redact", str(tmp_path / "corpus"), "--words", "HELLO", "--with", "silence"]
    assert run([*arguments, str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path / 'out'}: 1 spans and 1 words removed from 1 of 1 recordings",
        "note: left out, because it could repeat what was said: source (1)",
        f"Next: harness corpus check {tmp_path / 'out'} --listen",
    ]
    assert run([*arguments, str(tmp_path / "two"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["words"] == 1
    assert run(["corpus", "check", str(tmp_path / "out")]) == 0


def test_what_can_be_fetched_is_listed(capsys: pytest.CaptureFixture):
    """Names, languages, sizes, licences; nothing is downloaded."""
    assert run(["corpus", "fetch"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [
        "asterisk-en",
        "en-US",
        "18.3",
        "MB",
        "542",
        "prompts",
        "24.0",
        "min",
        "CC-BY-SA-3.0",
        "Allison",
        "Smith",
    ]
    assert lines[-1].endswith("Next: harness corpus fetch NAME")
    assert run(["corpus", "fetch", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["corpora"][1]["name"] == "asterisk-es"
    assert run(["corpus", "fetch", "nonsense"]) == 2
    assert "allowed are asterisk-en" in capsys.readouterr().err


def test_what_was_fetched_is_said(tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch):
    """The licence first; without a DESTINATION it lies in `corpora`."""
    needs("dpkg-deb")
    (tmp_path / "apt").mkdir()
    monkeypatch.setattr(catalogue, "CATALOGUE", (small_corpus(tmp_path / "apt"),))
    fake_apt(tmp_path / "apt", monkeypatch)
    monkeypatch.chdir(tmp_path)
    assert run(["corpus", "fetch", "prompts"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [
        "corpora/prompts: 2 recordings, 0.0 min of audio from prompts-wav 1.0-1, prompts 1.0-1",
        "licence: CC0-1.0, Ann Author; corpora/prompts/LICENCE.txt has its text",
    ]
    assert lines[-1] == "Next: harness corpus check corpora/prompts"
