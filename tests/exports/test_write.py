"""The files of an export."""

import weakref
from dataclasses import fields
from pathlib import Path

import pytest
from builders import clip, timeline, turn, utterance

from harness.errors import ConfigError, RunError
from harness.exports.write import FORMATS, ExportInput, write_export
from harness.metrics.settings import ScoreSettings
from harness.timeline.events import Side
from harness.timeline.fold import fold
from harness.timeline.segments import FoldedSession

CLIPS = tuple(clip([utterance("nine lives", 0.5, 1.0)], clip_id=f"c{number}") for number in range(4))


def session(clip_id: str, side: Side, pass_number: int) -> FoldedSession:
    return fold(timeline([turn(1.0, f"{side} {pass_number}", final=True, formatted=True)], clip_id=clip_id, side=side))


def inputs(sessions=session, recorded=lambda *_: True, clips=CLIPS, passes: int = 2) -> ExportInput:
    return ExportInput("run", clips, passes, ScoreSettings(), lambda clip_id: f"folder-{clip_id}", recorded, sessions)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("stm", ["baseline.1.stm", "baseline.2.stm", "candidate.1.stm", "candidate.2.stm", "reference.stm"]),
        (
            "srt",
            [f"folder-c0/{one}.srt" for one in ("baseline.1", "baseline.2", "candidate.1", "candidate.2", "reference")],
        ),
        ("trace", ["folder-c0/pair.1.trace.json", "folder-c0/pair.2.trace.json"]),
    ],
)
def test_both_sides_all_passes_and_the_reference_have_files(tmp_path: Path, name: str, expected: list[str]):
    """One for all clips where a tool compares words, else one a clip."""
    written = write_export(inputs(clips=CLIPS[:1]), name, tmp_path)

    assert expected == sorted(str(path.relative_to(tmp_path)) for path in written)
    assert expected == sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())


def test_what_was_not_recorded_has_no_file(tmp_path: Path):
    """A run of one side, of a corpus without references."""
    free = (clip([utterance(None, 0.0, 1.0)]),)
    only = inputs(
        sessions=lambda *key: session(*key) if key[1:] == ("baseline", 1) else None,
        recorded=lambda *key: key[1:] == ("baseline", 1),
        clips=free,
    )

    assert ["baseline.1.ctm"] == [path.name for path in write_export(only, "ctm", tmp_path)]
    assert ["baseline.1.vtt"] == [path.name for path in write_export(only, "vtt", tmp_path)]


class Watched(FoldedSession):
    """A session whose end can be seen."""

    __slots__ = ("__weakref__",)


@pytest.mark.parametrize("name", FORMATS)
def test_sessions_are_read_one_at_a_time(tmp_path: Path, name: str):
    """However long the run: when one is read, never more than a pair before it is held."""
    held: list[int] = []
    seen: list[weakref.ref[Watched]] = []

    def watched(clip_id: str, side: Side, pass_number: int) -> FoldedSession:
        held.append(sum(one() is not None for one in seen))
        one = session(clip_id, side, pass_number)
        watched_one = Watched(*(getattr(one, field.name) for field in fields(one)))
        seen.append(weakref.ref(watched_one))
        return watched_one

    write_export(inputs(sessions=watched, passes=1), name, tmp_path)

    assert 2 * len(CLIPS) == len(held)
    assert max(held) <= 3


@pytest.mark.parametrize("name", FORMATS)
def test_a_damaged_session_leaves_no_half_file(tmp_path: Path, name: str):
    """What was there before stays as it was."""

    def damaged(clip_id: str, side: Side, pass_number: int) -> FoldedSession:
        if clip_id == "c1":
            raise RunError("damaged")
        return session(clip_id, side, pass_number)

    with pytest.raises(RunError, match="damaged"):
        write_export(inputs(sessions=damaged), name, tmp_path)

    assert [] == [path.name for path in tmp_path.glob(".*")] + [path.name for path in tmp_path.glob("baseline*")]


def test_the_same_run_gives_the_same_bytes(tmp_path: Path):
    """Files are replaced, not appended to."""
    for name in FORMATS:
        [first, *_] = write_export(inputs(clips=CLIPS[:1], passes=1), name, tmp_path)
        content = first.read_bytes()
        write_export(inputs(clips=CLIPS[:1], passes=1), name, tmp_path)
        assert content == first.read_bytes()


def test_what_can_not_be_is_said(tmp_path: Path):
    """Normalised subtitles, and a folder that is a file."""
    with pytest.raises(ConfigError, match="--normalized with --format srt: only ctm, stm, seglst have words"):
        write_export(inputs(), "srt", tmp_path, normalized=True)
    (tmp_path / "taken").write_text("")
    with pytest.raises(ConfigError, match=r"--out .*taken: can't be written .*Choose another folder"):
        write_export(inputs(), "stm", tmp_path / "taken")
