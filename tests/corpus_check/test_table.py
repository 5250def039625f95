import io

import pytest
from rich.console import Console
from small_corpus import write_manifest

from harness.corpus_check.check import check_corpus
from harness.corpus_check.findings import KINDS
from harness.corpus_check.table import print_check


def printed(folder, **options) -> str:
    page = io.StringIO()
    print_check(check_corpus(folder, **options), Console(file=page))
    return page.getvalue()


def test_a_check_is_described(tmp_path):
    """What there is, what it can prove, what is wrong, and whether it can be replayed."""
    folder = write_manifest(tmp_path, {"id": "a", "text": "hi", "tags": ["x=y"], "language": "en", "speaker": "s"}, "{")
    text = printed(folder)
    said = (
        "0 utterances, 0 turns, not counted: those of 1 clip without times (--listen finds them)",
        "times from  vad (1)",
        "tag          x=y",
        "What it can prove (SUPPOSED, on planning values)",
        "Clips without reference times count as one utterance each",
        "error: lines of the manifest that can't be used",
        "  manifest.jsonl:2: not valid JSON",
        "  Next: Correct the lines, or remove them.",
        "1 error, 1 warning",
        "the same with --listen",
    )
    flat = " ".join(text.split())  # a long path moves the ends of lines
    assert [] == [expected for expected in said if " ".join(expected.split()) not in flat]
    assert "--listen" not in printed(folder, listen=True)


def test_text_of_others_is_shown_as_it_is_and_steers_no_terminal(tmp_path):
    """Tags and names in square brackets are no markup, escape sequences and changes of direction no commands."""
    shown = {"tags": ["[/x]", "k=[red]y", "\x1b[2Jz"], "speaker": "[/s]\x07", "call_id": "\u202e[/c]"}
    folder = write_manifest(tmp_path, {"id": "a", **shown}, {"id": "b", "audio_filepath": "\x1b[31mno.wav"})

    text = printed(folder)

    assert [] == [each for each in ("[/x]", "[red]y", "\ufffd[2Jz", "/\ufffd[31mno.wav") if each not in text]
    assert set() == {"\x1b", "\x07", "\u202e"} & set(text)


def test_a_misspelt_key_is_told_with_what_it_costs(tmp_path):
    """The clip it leaves without a reference is counted; a missing path is a fault of the line, not of the audio."""
    lines = [{"id": "a", "txet": "hi"}, {"id": "b", "text": "hi"}, '{"id": "c", "audio_filpath": "a.wav"}']
    text = printed(write_manifest(tmp_path, *lines))

    assert "clips without reference text: 1 of 2" in " ".join(text.split())
    assert "recordings  2 of 3 lines in the manifest; 2 clips" in " ".join(text.split()).replace(
        "recordings ", "recordings  "
    )
    for said in (
        "warning: keys that may be misspelt",
        "Next: Correct the key.",
        "Next: Correct the lines, or remove them.",
    ):
        assert said in text
    assert "Restore or convert the file" not in text


def test_many_findings_of_a_kind_are_summed_up(tmp_path):
    """The worst are shown; a terminal is no place for a thousand lines."""
    lines = [{"id": f"a{index}", "text": "word " * (20 + index), "language": "en"} for index in range(9)]
    text = printed(write_manifest(tmp_path, *lines, *["{"] * 60))
    assert "more text than anybody says in the time (9)" in text
    assert ["a8", "a7", "a6"] == [line.split("'")[1] for line in text.splitlines() if "' has 'word" in line]
    for expected in ("... and 6 more; --json lists all", "... and 50 more; --json lists all", "60 errors, 18 warnings"):
        assert expected in text


@pytest.mark.parametrize("width", ["80", "200"])
def test_a_log_is_as_wide_as_it_says(tmp_path, monkeypatch, width):
    """$COLUMNS, where there is no terminal; no line ends in spaces."""
    monkeypatch.setenv("COLUMNS", width)
    lines = printed(write_manifest(tmp_path, {"id": "a", "text": "R&D " * 40})).splitlines()
    assert int(width) >= max(map(len, lines)) > 70
    assert [] == [line for line in lines if line.endswith(" ")]


def test_every_kind_says_what_is_allowed_and_what_to_do():
    """In whole sentences, where they are sentences."""
    for kind in KINDS.values():
        assert (True, True, True) == (bool(kind.title), bool(kind.allowed), kind.next_step.endswith("."))
