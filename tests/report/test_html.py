"""The report as a file."""

import dataclasses
import re

import soundfile
from fabricate import HOSTILE, HOSTILE_NAME, fabricate
from hypothesis import given
from hypothesis import strategies as st

from harness.report.html import audio_name, render, write_report
from harness.report.packing import unpack
from harness.report.ruling import HEADLINES

BLOCK = re.compile(r'<script type="application/json" id="data-(\w+)">"([^"]*)"</script>')


def test_equal_inputs_give_equal_bytes(tmp_path):
    """Written twice, page and audio do not differ by a byte."""
    for name in ("a", "b"):
        write_report(fabricate(clips=3), tmp_path / name)
    first, second = ({p.relative_to(tmp_path / n): p.read_bytes() for p in _files(tmp_path / n)} for n in ("a", "b"))

    assert first == second


def test_audio_is_what_was_sent_and_only_where_allowed(tmp_path):
    """Each clip's samples lie beside the page losslessly, but for those that may not be copied."""
    inputs = fabricate(clips=2)
    write_report(inputs, tmp_path)
    allowed = [clip for clip in inputs.clips if clip.copy_audio]
    samples, rate_hz = soundfile.read(tmp_path / "audio" / "call-000.flac", dtype="int16")
    sent = inputs.audio(inputs.clips[0])

    assert {f"{audio_name(clip.clip_id)}.flac" for clip in allowed} == {p.name for p in (tmp_path / "audio").iterdir()}
    assert (sent.sample_rate_hz, sent.samples.tolist()) == (rate_hz, samples.tolist())


def test_the_report_explains_itself():
    """Whoever is sent one has no documentation; each answer that it can give is explained."""
    page = render(fabricate(clips=1), {})
    help_text = page.partition('id="reading"')[2].partition("</details>")[0]

    assert "How to read this report" in help_text
    assert [] == [word for name, word in HEADLINES.items() if name != "none" and f"<dt>{word}</dt>" not in help_text]


def test_a_page_says_whose_speech_it_holds():
    """Whoever is sent the file learns that people's words are in it, and whether their voices are."""
    inputs = fabricate(clips=1, hostile=False)
    sound = {"file": "audio/a.flac", "peaks_per_s": 1, "peaks": [0, 0]}

    said = [
        re.findall(
            r"Holds what the people recorded in the corpus (\S+) said: transcripts[^.]*(no recordings|their voices)",
            page,
        )
        for page in (render(inputs, {}), render(inputs, {inputs.clips[0].clip_id: sound}))
    ]

    name = inputs.run["provenance"]["corpus"]["name"]
    assert [[(name, "no recordings")], [(name, "their voices")]] == said


def test_hostile_text_never_becomes_markup():
    """The page's source holds no hostile text outside compressed data, but for what is escaped."""
    page = render(fabricate(clips=1), {})

    assert HOSTILE not in page
    assert HOSTILE_NAME not in page
    assert page.count("<script") == page.count("</script>")


def test_every_row_finds_its_details():
    """The index points each clip at the chunk and place that hold it."""
    inputs = fabricate(clips=11)
    blocks = {name: unpack(packed) for name, packed in BLOCK.findall(render(inputs, {}))}
    found = [blocks[str(chunk)][place]["id"] for chunk, place in (row["place"] for row in blocks["index"]["rows"])]

    assert [clip.clip_id for clip in inputs.clips] == found


def test_the_badge_is_on_every_section_unless_live():
    """An emulated run says so at each heading; a live one nowhere."""
    emulated, live = (render(fabricate(clips=1, live=live, hostile=False), {}) for live in (False, True))

    assert emulated.count('<span class="emulated-tag"') > len(re.findall(r'class="section-head"', emulated))
    assert "says nothing about either company" in emulated
    assert 'class="emulated-tag"' not in live.split("<script", maxsplit=1)[0]


def test_a_run_that_says_nothing_is_still_shown():
    """Without provenance, summary and verdict the page says that they were not recorded, and counts as emulated."""
    inputs = dataclasses.replace(fabricate(clips=1), run={}, summary={}, verdict=None)
    page = render(inputs, {})

    assert "Not judged yet" in page
    assert "not recorded" in page
    assert 'data-emulated="true"' in page


def test_a_run_without_clips_is_still_shown():
    """An empty run gives a page, not an error."""
    page = render(dataclasses.replace(fabricate(clips=1), clips=()), {})

    assert 'id="clip-table"' in page


@given(st.text(max_size=200), st.text(max_size=200))
def test_audio_names_are_safe_and_do_not_collide(first, second):
    """Any id gives a name that every file system takes, and different ids give different names."""
    assert re.fullmatch(r"[a-z0-9_-]{1,100}", audio_name(first))
    assert (first == second) == (audio_name(first) == audio_name(second))


def _files(folder):
    return (path for path in folder.rglob("*") if path.is_file())


def test_commands_in_a_sentence_are_code():
    """What stands between backquotes is shown as code, and markup in the sentence stays text."""
    inputs = fabricate(clips=1)
    page = render(dataclasses.replace(inputs, verdict={**inputs.verdict, "next_step": "Run `a <b>` & see."}), {})

    assert "Run <code>a &lt;b&gt;</code> &amp; see." in page
