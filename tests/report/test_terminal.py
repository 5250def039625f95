import io

import pytest
from rich.console import Console
from rulings import SUMMARY, finding, invalid, rule, sliced, verdict

from harness.report.terminal import print_verdict

RULES = [
    rule("wer_abs", "fail"),
    rule("post_final_mutation", "pass", unit="count", baseline=2, candidate=0, value=0, low=None, high=None, margin=0),
    rule(
        "final_p95",
        "inconclusive",
        unit="ms",
        baseline=900,
        candidate=1000,
        value=100,
        low=-1234.5,
        high=5678.9,
        margin=300,
    ),
    rule("erasure", "inconclusive", unit="per_token", severity="warn", value=0.02, low=-0.12, high=0.16, margin=0.1),
]


def printed(document, summary=SUMMARY, **options):
    file = io.StringIO()
    print_verdict(summary, document, Console(file=file, **options))
    return file.getvalue()


def test_answer_why_next():
    """The answer stands first, then why, then what to do next."""
    lines = [line for line in printed(verdict("fail", *RULES)).splitlines() if line]

    assert "No go (fail)" == lines[0]
    assert lines[1].startswith("EMULATED.")
    assert ["Why, in a sentence.", "Next: Do this.", "Listen first: a|b"] == lines[2:5]
    assert lines[5].startswith("rule ")


def test_an_invalid_run_says_what_to_do_before_any_figure():
    """Nothing is to be read from the figures, so the next step comes first and the table says what it is good for."""
    lines = [line for line in printed(invalid("a", "b")).splitlines() if line]

    assert "Next: Do this." == lines[3]
    assert "For diagnosis only: the run is not valid." == lines[4]
    assert lines[5].startswith("rule ")


def test_sessions_are_accounted_for_in_full():
    """What failed, what the harness spoilt and what was run again is said, and once where both sides fared alike."""
    counts = {"planned": 30, "completed": 21, "failed": 0, "invalid": 9, "not_recorded": 0}
    alike = SUMMARY | {"sessions": {"baseline": counts, "candidate": counts}, "harness": {"reruns": 4}}
    unlike = alike | {"sessions": {"baseline": counts, "candidate": counts | {"completed": 20, "failed": 1}}}

    text = "21 of 30 completed, 0 failed, 9 spoilt by the harness"

    assert f"each side: {text}; 4 pairs spoilt at first and run again; same audio" in printed(
        verdict("pass", *RULES), alike
    )
    assert f"baseline: {text}\ncandidate: 20 of 30 completed, 1 failed, 9" in printed(verdict("pass", *RULES), unlike)


def test_too_few_calls_show_no_interval():
    """An interval that does not exist is said to be missing, not drawn as a point."""
    few = rule("wer_abs", "inconclusive", low=None, high=None, interval_reason="too few calls for an interval")

    assert "+1.2 pp  too few calls" in printed(verdict("inconclusive", few))


def test_live_is_unmarked():
    """A live result carries no mark."""
    assert "EMULATED" not in printed(verdict("fail", *RULES, endpoint="live"))


def test_plain_in_a_log():
    """Without a terminal there is no escape code, and nothing is cut or wrapped to a width nobody has."""
    text = printed(verdict("fail", *RULES), width=40)

    assert "\x1b" not in text
    assert "…" not in text
    assert "\N{MINUS SIGN}1234 to +5679 ms" in text.replace(",", "")
    assert ["Word error rate", "wer_abs", "8.0 %", "9.2 %", "+1.2 pp"] == next(
        [cell.strip() for cell in line.split("  ") if cell.strip()][:5]
        for line in text.splitlines()
        if "wer_abs" in line
    )


@pytest.mark.parametrize("width", [80, 120])
def test_fits_the_terminal(width):
    """On a terminal of 80 columns nothing is cut."""
    text = printed(verdict("fail", *RULES), width=width, force_terminal=True, color_system=None)

    assert "…" not in text
    assert max(len(line) for line in text.splitlines()) <= width


def test_one_screen():
    """Eleven rules and all that is said about them fit on one screen of 24 lines."""
    names = ["wer_abs", "wer_rel", "success", "final_p50", "final_p95", "first_partial_p50", "first_partial_p95"]
    names += ["false_cutoff", "entity_miss", "post_final_mutation", "erasure"]
    document = verdict("inconclusive", *(rule(name, "inconclusive") for name in names))

    text = printed(document, width=80, force_terminal=True, color_system=None)

    assert len(text.splitlines()) <= 24


def test_no_colour():
    """A console without colours gets none, whatever the verdict."""
    text = printed(verdict("fail", *RULES), width=120, force_terminal=True, no_color=True)

    assert "\x1b[31" not in text
    assert "1;31m" not in text


def test_markup_is_text():
    """Words from the corpus that look like markup are printed as they are."""
    document = verdict("inconclusive", *RULES, explanation="Clip [bold]x[/bold] is odd.")

    assert "Clip [bold]x[/bold] is odd." in printed(document)


def test_slices():
    """The first that fail are named, of the others the number is told, and none is a sentence too."""
    worse = sliced(*(finding(f"wer_abs[speaker={number}]") for number in range(5)), finding(outcome="not_worse"))
    fine = sliced(finding(outcome="not_worse"), finding(outcome="underpowered"))

    lines = printed(verdict("pass", *RULES, **worse)).splitlines()

    assert "FAIL (warn): Word error rate in speaker=0 +4.2 pp, margin +1.0 pp" in lines
    assert "5 of 6 tests of slices fail (3 more in summary.md)" in lines
    assert "none of 1 tests of slices fail; 1 has too few calls" in printed(verdict("pass", *RULES, **fine))
    assert "no slice has enough calls to be tested" in printed(
        verdict("pass", *RULES, **sliced(finding(outcome="underpowered")))
    )


def test_names_of_others_cannot_steer_the_terminal():
    """Nor begin a line, which a CI system could take for a command."""
    by_ann = {"until": "2026-12-31", "by": "Ann\x1b[2J", "reason": "drugs\n::error::x\u202e"}
    text = printed(verdict("fail", rule(outcome="fail", approved=by_ann), rule("wer_rel", "fail")))

    assert "by Ann\ufffd[2J: drugs ::error::x\ufffd)" in text


def test_what_a_narrow_table_leaves_out_stands_below_it():
    """`approve` takes codes, which 80 columns have no room for; and that a rule only warns is a star."""
    narrow = printed(verdict("fail", *RULES), width=80, force_terminal=True, color_system=None)
    wide = printed(verdict("fail", *RULES), width=126, force_terminal=True, color_system=None)

    assert "\n*: only warns; for `harness approve`: wer_abs\n" in narrow
    assert "\n*: only warns\n" in wide
    assert "…" not in wide


def test_no_number_of_calls_that_the_run_cannot_tell():
    """As the sentences do, the column says beyond what the number lies."""
    far = rule("wer_abs", "inconclusive", needed_calls=14_747, needed_calls_more_than=460)

    assert " >460  inconclusive" in printed(verdict("inconclusive", far))


def test_an_approved_failure_is_not_red():
    """It keeps nobody from passing."""
    accepted = {"until": "2026-12-31", "by": "Ann", "reason": "names"}
    document = verdict("pass", rule("wer_abs", "fail", approved=accepted))

    assert "\x1b[32mapproved" in printed(document, width=80, force_terminal=True, color_system="standard")
