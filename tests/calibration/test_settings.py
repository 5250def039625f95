import pytest

from harness.calibration.settings import Settings, grid
from harness.errors import ConfigError


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pairs": 0}, "--pairs is 0; allowed are 1 to 256"),
        ({"seconds": 0.5}, "--seconds is 0.5; allowed are 1 to 3600"),
        ({"chunk_ms": 40}, "--chunk-ms is 40; allowed are 50 to 1000"),
        ({"message_words": 9}, "--message-words is 9; allowed are 10 to 100"),
    ],
)
def test_impossible_values_are_refused_by_name(changes: dict, message: str):
    """The option, the value and what is allowed."""
    with pytest.raises(ConfigError, match=message):
        Settings(**changes)


def test_a_grid_is_every_combination():
    """Pairs vary fastest: one message size after the other."""
    found = [(each.pairs, each.chunk_ms, each.message_words) for each in grid((1, 8), (100,), (12, 40), seconds=30)]

    assert [(1, 100, 12), (8, 100, 12), (1, 100, 40), (8, 100, 40)] == found


def test_a_name_tells_calibrations_apart():
    """It names their folders."""
    assert Settings(8, chunk_ms=62.5, message_words=40).name == "p8-w40-c62.5"
