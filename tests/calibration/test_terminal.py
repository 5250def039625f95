import io

from calibrations import document
from rich.console import Console

from harness.calibration.terminal import print_calibrations


def printed(*documents: dict) -> str:
    console = Console(file=io.StringIO(), color_system=None)
    print_calibrations(documents, console)
    return console.file.getvalue()


def test_one_is_printed_in_full():
    """Distributions, biases of both sides, cost and outcome."""
    text = printed(document())

    for expected in (
        "2 pairs at once",
        "send lateness",
        "first_partial_ms p95",
        "own share is 20 %",
        "Within the limits.",
    ):
        assert expected in text


def test_several_are_a_line_each():
    """With what went beyond the limits below."""
    text = printed(document(), document(pairs=32, broken_limits=["2 of 64 sessions are invalid"]))

    assert ["kept", "beyond"] == [
        line.split()[-1] for line in text.splitlines() if line.startswith(("2 ", "32 ")) and "+" in line
    ]
    assert "2 of 64 sessions are invalid" in text


def test_what_was_not_measured_is_left_out():
    """Without the SDKs alone there is no share to speak of."""
    text = printed(document(engine_cpu_share=None, cpu={"sdks_alone_per_audio_s": None}))

    assert "share" not in text
