import pytest
from rulings import SUMMARY, rule, verdict

from harness.report.markdown import summary_markdown


@pytest.mark.parametrize(
    ("outcome", "heading"),
    [
        ("pass", "Go (pass)"),
        ("fail", "No go (fail)"),
        ("inconclusive", "Not enough evidence (inconclusive)"),
        ("invalid", "Not a valid run (invalid)"),
    ],
)
def test_answer_first(outcome, heading):
    """The first line is the answer."""
    assert summary_markdown(SUMMARY, verdict(outcome, rule())).splitlines()[0].endswith(heading)


def test_emulated_at_the_top():
    """An emulated run says so before any figure; a live one doesn't."""
    emulated = summary_markdown(SUMMARY, verdict("pass", rule()))
    live = summary_markdown(SUMMARY, verdict("pass", rule(), endpoint="live"))

    assert "Emulated run" in emulated.split("\n\n")[1]
    assert "Emulated run" not in live


def test_row():
    """A rule is a row with both sides, the difference, its interval and the margin."""
    text = summary_markdown(SUMMARY, verdict("fail", rule("wer_abs", "fail")))

    (row,) = [line for line in text.splitlines() if line.startswith("| `wer_abs`")]

    assert [
        "8.0 %",
        "9.2 %",
        "+1.2 pp",
        "\N{MINUS SIGN}0.1 to +2.5 pp",
        "+1.0 pp",
        "❌ FAIL",
        "Because of wer_abs.",
    ] == [cell.strip() for cell in row.split("|")[2:-1]]


def test_infinite_and_missing():
    """What never came is a word or the sign of infinity, what does not exist an empty cell."""
    never = rule(
        "final_p95", "fail", unit="ms", baseline=900, candidate="inf", value="inf", low="inf", high="inf", margin=300
    )
    nothing = rule("wer_abs", "inconclusive", baseline=None, candidate=None, value=None, low=None, high=None)

    rows = [line for line in summary_markdown(SUMMARY, verdict("fail", never, nothing)).splitlines() if "| `" in line]

    assert ["900 ms", "never", "+∞"] == [cell.strip() for cell in rows[0].split("|")[2:5]]
    assert ["", "", "", ""] == [cell.strip() for cell in rows[1].split("|")[2:6]]


def test_next_step():
    """An inconclusive run says how many calls to add."""
    text = summary_markdown(SUMMARY, verdict("inconclusive", rule("wer_abs", "inconclusive")))

    assert "about 40 more independent calls" in text.split("## What to do next")[1]


def test_worst_recordings():
    """The rules that keep the run from passing link to the recordings to hear first, safely inside a table or list."""
    text = summary_markdown(SUMMARY, verdict("fail", rule("wer_abs", "fail"), rule("success")))

    assert ["- `wer_abs`: [a\\|b](report.html#clip=a%7Cb)"] == [
        line for line in text.splitlines() if "report.html" in line
    ]


def test_skipped():
    """A rule that is off is listed with the reason, never hidden."""
    assert "| `entity_miss` | | | | | | off | fewer than 100 trials |" in summary_markdown(
        SUMMARY, verdict("pass", rule())
    )
