from dataclasses import replace
from pathlib import Path

import pytest
from scripted import DEMO

from harness.config import load_config, override
from harness.forecast.disk import disk_use
from harness.planning import RunPlan, plan_run


def planned(limit: int | None = None, **changes) -> RunPlan:
    loaded = override(load_config(folder=DEMO), {"corpus.path": str(DEMO), **changes})
    return plan_run(loaded, limit=limit)


def test_it_estimates_what_the_demo_was_seen_to_write(tmp_path: Path):
    """Measured on one run: 464,830 bytes of timelines, 4,896,272 of audio, 628,579 of all else."""
    use = disk_use(planned(), tmp_path)

    assert pytest.approx(464_830, rel=0.1) == use.timelines
    assert pytest.approx(4_896_272, rel=0.25) == use.audio
    assert pytest.approx(628_579, rel=0.1) == use.report
    assert use.timelines + use.audio + use.report == use.total


def test_passes_repeat_timelines_and_scores_but_not_audio(tmp_path: Path):
    """A clip's audio is kept once."""
    once, twice = (disk_use(planned(3, **{"replay.passes": passes}), tmp_path) for passes in (1, 2))

    assert (2 * once.timelines, once.audio) == (twice.timelines, twice.audio)
    assert once.report < twice.report


def test_shorter_chunks_leave_more_behind(tmp_path: Path):
    """Every chunk is an event, and at Gladia an acknowledgement."""
    long, short = (disk_use(planned(3, **{"audio.chunk_ms": ms}), tmp_path).timelines for ms in (1000.0, 50.0))

    assert short > 3 * long


def test_audio_that_may_not_be_copied_takes_no_room(tmp_path: Path):
    """`copy_audio = false` in the manifest."""
    plan = planned(3)
    kept = replace(plan, clips=tuple(replace(clip, copy_audio=False) for clip in plan.clips))

    assert disk_use(kept, tmp_path).audio == 0


def test_a_folder_that_is_not_there_yet_counts_as_the_one_above_it(tmp_path: Path):
    """A plan makes no folder."""
    use = disk_use(planned(1), tmp_path / "not" / "yet")

    assert use.free > 0
    assert not (tmp_path / "not").exists()


def test_a_fifth_is_kept_to_spare(tmp_path: Path):
    """An estimate that just fits does not fit."""
    use = disk_use(planned(1), tmp_path)

    assert replace(use, free=round(use.total * 1.1)).is_short
    assert not replace(use, free=round(use.total * 1.3)).is_short
