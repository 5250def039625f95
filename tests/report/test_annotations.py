"""The verdict as workflow commands of GitHub."""

import re
from urllib.parse import unquote

from rulings import finding, invalid, rule, sliced, verdict

from harness.report.annotations import MOST, annotations

COMMAND = re.compile(r"::(error|warning|notice) title=([^:,]*)::(.*)")


def parsed(document):
    return [tuple(unquote(part) for part in COMMAND.fullmatch(line).groups()) for line in annotations(document)]


def test_what_blocks_is_an_error_and_what_warns_a_warning():
    """Level, approval and slice decide as they do in the gate."""
    by_ann = {"until": "2026-12-31", "by": "Ann", "reason": "drug names"}
    document = verdict(
        "fail",
        rule("wer_abs", "fail"),
        rule("wer_rel", "fail", approved=by_ann),
        rule("success"),
        rule("erasure", "fail", severity="warn"),
        endpoint="live",
        approvals=[{"state": "expired", "explanation": "wer_abs: the approval expired."}],
        **sliced(finding("wer_abs[tag=noisy]", severity="error"), finding("wer_abs[tag=clean]", "not_worse")),
    )

    assert [
        ("error", "Word error rate: FAIL", "+1.2 pp, margin +1.0 pp. Because of wer_abs."),
        ("error", "Word error rate in tag=noisy: FAIL", "+4.2 pp, margin +1.0 pp. Because of wer_abs[tag=noisy]."),
        ("warning", "harness gate", "wer_abs: the approval expired."),
        (
            "warning",
            "Relative word errors: approved",
            "+1.2 pp, margin +1.0 pp. fail (approved until 2026-12-31 by Ann: drug names)",
        ),
        ("warning", "Erasure: FAIL (warn)", "+1.2 pp, margin +1.0 pp. Because of erasure."),
    ] == parsed(document)


def test_ten_of_a_kind():
    """GitHub shows no more of one step; the last one says how many there would be."""
    found = parsed(
        verdict("fail", **sliced(*(finding(f"wer_abs[speaker={number}]", severity="error") for number in range(12))))
    )

    errors = [message for kind, _, message in found if kind == "error"]
    assert (MOST, "and 3 more, see summary.md") == (len(errors), errors[-1])


def test_an_invalid_run_is_one_error():
    """No rule is annotated beside it; an emulated run says that it is one."""
    found = parsed(invalid("a"))

    assert [("error", "Not a valid run"), ("notice", "Emulated run")] == [(kind, title) for kind, title, _ in found]


def test_text_cannot_end_a_command():
    """Per cents, colons and commas are escaped, and line ends are blanks."""
    [line, _] = annotations(verdict("fail", rule(explanation="100 %\n::warning::x", outcome="fail")))

    assert line.endswith(" 100 %25 ::warning::x")
    assert "\n" not in line


def test_a_pass_is_a_notice():
    """And a run that could not be judged an error."""
    assert [("notice", "Go")] == [found[:2] for found in parsed(verdict("pass", rule(), endpoint="live"))]
    assert [("error", "Not enough evidence")] == [
        found[:2] for found in parsed(verdict("inconclusive", rule(), endpoint="live", reason="no_reference"))
    ]
