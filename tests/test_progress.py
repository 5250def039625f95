"""What is shown of a recording on its way."""

import pytest

from harness.progress import progress_printer
from harness.recording import Progress


def test_where_there_is_no_terminal_lines_say_what_is_left(capsys: pytest.CaptureFixture[str]):
    """Pairs, audio, time, and how many pairs had to be run again; a twentieth of the audio a line, or nothing if so wished."""
    for quiet in (False, True):
        with progress_printer(quiet=quiet) as show:
            show(Progress(0.0, 400.0, 0, 40, 4))
            show(Progress(10.0, 400.0, 1, 40, 4, reruns=1))
            show(Progress(20.0, 400.0, 2, 40, 4, reruns=2))
            show(Progress(0.0, 0.0, 0, 0, 4))

    assert [
        "replaying: 0/40 pairs, 6:40 of 6:40 audio left, about 1:40 at 4 pairs at once",
        "replaying: 2/40 pairs, 6:20 of 6:40 audio left, about 1:35 at 4 pairs at once, 2 pairs run again (spoilt on this machine)",
        "replaying: nothing left to record: all sessions are there",
    ] == capsys.readouterr().err.splitlines()
