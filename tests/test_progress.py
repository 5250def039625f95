"""Progress of a recording, as people see it."""

import pytest
from rich.console import Console

from harness import progress
from harness.progress import progress_printer
from harness.recording import Progress

PASSED_S = (0, 1, 6, 60)


def shown(*, quiet: bool = False, lanes: int = 2) -> None:
    """A run of four pairs, 120 s of audio."""
    with progress_printer(quiet=quiet) as on_progress:
        for done_s in PASSED_S:
            on_progress(Progress(float(done_s), 120.0, done_s // 30, 4, lanes))


def test_a_log_has_plain_lines(capsys: pytest.CaptureFixture[str]):
    """One a twentieth of the audio, however often the run tells; one pair is one pair."""
    shown(lanes=1)

    assert [
        "replaying: 0/4 pairs, 2:00 of 2:00 audio left, about 2:00 at 1 pair at once",
        "replaying: 0/4 pairs, 1:54 of 2:00 audio left, about 1:54 at 1 pair at once",
        "replaying: 2/4 pairs, 1:00 of 2:00 audio left, about 1:00 at 1 pair at once",
    ] == capsys.readouterr().err.splitlines()


def test_a_terminal_has_a_bar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """With what is left beside it, which goes away when the run ends."""
    monkeypatch.setattr(progress, "Console", lambda **options: Console(**options, force_terminal=True, width=120))
    shown()

    told = capsys.readouterr().err
    assert "2/4 pairs, 1:00 of 2:00 audio left, about 0:30 at 2 pairs at once" in told
    assert "━" in told
    assert told.endswith("\x1b[2K")


def test_the_quiet_hear_nothing(capsys: pytest.CaptureFixture[str]):
    """Neither line nor bar."""
    shown(quiet=True)

    assert ("", "") == tuple(capsys.readouterr())


def test_a_resumed_run_that_is_whole_says_so(capsys: pytest.CaptureFixture[str]):
    """There is nothing to divide by."""
    with progress_printer(quiet=False) as on_progress:
        on_progress(Progress(0.0, 0.0, 0, 0, 2))

    assert "replaying: nothing left to record: all sessions are there\n" == capsys.readouterr().err


def test_pairs_that_are_run_again_are_counted(capsys: pytest.CaptureFixture[str]):
    """Whoever waits learns why it takes longer, and where."""
    with progress_printer(quiet=False) as on_progress:
        on_progress(Progress(60.0, 120.0, 2, 4, 2, reruns=1))

    assert capsys.readouterr().err.endswith("0:30 at 2 pairs at once, 1 pair run again (spoilt on this machine)\n")
