import pytest
from rulings import SUMMARY, finding, invalid, rule, sliced, verdict

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

    (row,) = [line for line in text.splitlines() if line.startswith("| Word error rate (`wer_abs`)")]

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

    rows = [line for line in summary_markdown(SUMMARY, verdict("fail", never, nothing)).splitlines() if "(`" in line]

    assert ["900 ms", "never", "+∞"] == [cell.strip() for cell in rows[0].split("|")[2:5]]
    assert ["", "", "", ""] == [cell.strip() for cell in rows[1].split("|")[2:6]]


def test_next_step():
    """The next step of the verdict has its own heading."""
    text = summary_markdown(SUMMARY, verdict("inconclusive", rule("wer_abs", "inconclusive")))

    assert text.split("## What to do next")[1].startswith("\n\nDo this.\n")


def test_an_invalid_run_is_short():
    """The next step comes before any figure, pairs are a line each, and only the worst are listed."""
    text = summary_markdown(SUMMARY, invalid(*(f"c{number:02}" for number in range(12))))

    headings = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    listed = [line for line in text.splitlines() if line.startswith(("- [c", "- and"))]

    assert ["What to do next", "Invalid pairs", "Rules", "Run"] == headings
    assert "**For diagnosis only: the run is not valid.**" in text
    assert ("- [c00](report.html#clip=c00): 438 ms late", 10) == (listed[0], len(listed))
    assert "\n\nand 2 more pairs, see `verdict.json`\n\n" in text


def test_reruns():
    """Pairs that were run again are accounted for; without any there is nothing to say."""
    again = SUMMARY | {"harness": SUMMARY["harness"] | {"reruns": 1}}

    assert "- 1 pair spoilt at first and run again: the last recording counts" in summary_markdown(
        again, verdict("pass", rule())
    )
    assert "run again" not in summary_markdown(SUMMARY, verdict("pass", rule()))


def test_refusals_for_a_quota():
    """Sessions that were refused for a quota and dialled again are accounted for."""
    throttled = SUMMARY | {"harness": SUMMARY["harness"] | {"throttled_count": 3, "throttled": {"gladia": 3}}}

    assert "- 3 refusals for a quota (gladia 3), dialled again\n" in summary_markdown(
        throttled, verdict("pass", rule())
    )
    assert "quota" not in summary_markdown(SUMMARY, verdict("pass", rule()))


def test_too_few_calls_show_no_interval():
    """An interval that does not exist is said to be missing."""
    few = rule("wer_abs", "inconclusive", low=None, high=None, interval_reason="too few calls for an interval")

    assert "| too few calls |" in summary_markdown(SUMMARY, verdict("inconclusive", few))


def test_worst_recordings():
    """The rules that keep the run from passing link to the recordings to hear first, safely inside a table or list."""
    text = summary_markdown(SUMMARY, verdict("fail", rule("wer_abs", "fail"), rule("success")))

    assert ["- Word error rate (`wer_abs`): [a\\|b](report.html#clip=a%7Cb)"] == [
        line for line in text.splitlines() if "report.html" in line
    ]


def test_skipped():
    """A rule that is off is listed with the reason, never hidden."""
    assert "| Entities missed (`entity_miss`) | | | | | | off | fewer than 100 trials |" in summary_markdown(
        SUMMARY, verdict("pass", rule())
    )


def test_slices():
    """Those that fail are rows, at most twenty; of the others only the number is told."""
    worse = [finding(f"wer_abs[speaker={number}]") for number in range(22)]
    findings = sliced(*worse, finding(outcome="not_worse"), finding(outcome="underpowered"))
    text = summary_markdown(SUMMARY, verdict("pass", rule(), **findings))

    section = text.split("## Slices\n\n")[1].split("\n\n## ")[0].splitlines()

    assert "22 of 23 tests of slices fail; 1 has too few calls." == section[0]
    row = (
        "| Word error rate in speaker=0 (`wer_abs[speaker=0]`) | +4.2 pp | +3.0 to +5.4 pp | +1.0 pp | ❌ FAIL (warn) |"
    )
    assert row == section[4]
    assert (26, "and 2 more slices, see `verdict.json`") == (len(section), section[-1])
    assert "## Slices" not in summary_markdown(SUMMARY, verdict("pass", rule()))


def test_names_of_others_are_no_markup():
    """Neither tags nor links, and no end of a code span or a row."""
    by_ann = {"until": "2026-12-31", "by": "Ann", "reason": "<img src=x>\n| [x](//y)"}
    text = summary_markdown(
        SUMMARY,
        verdict("fail", rule(outcome="fail", approved=by_ann), **sliced(finding("wer_abs[tag=a`b]"))),
    )

    assert r"by Ann: &lt;img src=x> \| [x]\(//y))" in text
    assert "(`wer_abs[tag=a'b]`)" in text
