"""What commands share."""

import signal

import pytest

from harness.cli_shared import stoppable


def test_ctrl_c_asks_first_and_the_second_time_ends_the_program(capsys: pytest.CaptureFixture[str]):
    """A run that hangs on its way to an orderly end can be ended all the same; then signals are as they were."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with stoppable() as stop:
        assert not stop.is_set()
        signal.raise_signal(signal.SIGTERM)
        assert stop.is_set()
        assert "harness: stopping; what was finished is kept" in capsys.readouterr().err
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

    assert before == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
