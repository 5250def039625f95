from xml.etree import ElementTree as ET

import pytest
from junitparser import JUnitXml
from rulings import SUMMARY, failing, finding, invalid, rule, sliced, verdict

from harness.report.junit import SLICE_CASES, junit_xml


def suite(document):
    (parsed,) = JUnitXml.fromstring(junit_xml(SUMMARY, document).encode())
    return parsed


def results(document):
    """Case name to the kind of its result; None: passed."""
    return {case.name: type(case.result[0]).__name__ if case.result else None for case in suite(document)}


@pytest.mark.parametrize(
    ("outcome", "severity", "expected"),
    [
        ("pass", "error", None),
        ("fail", "error", "Failure"),
        ("inconclusive", "error", "Error"),
        ("not_applicable", "error", "Skipped"),
        ("pass", "warn", None),
        ("fail", "warn", "Skipped"),
        ("inconclusive", "warn", "Skipped"),
    ],
)
def test_rule(outcome, severity, expected):
    """A rule is red exactly if it keeps the gate from passing."""
    document = verdict("inconclusive", rule("wer_abs", outcome, severity=severity))

    assert expected == results(document)["wer_abs"]


def test_one_case_a_rule():
    """Every rule is a case of its name, rules that are off are skipped, and the run itself is the first case."""
    document = verdict("fail", rule("wer_abs", "fail"), rule("success"))

    assert {"run": None, "wer_abs": "Failure", "success": None, "entity_miss": "Skipped"} == results(document)


def test_invalid_run():
    """An invalid run is one error, and no rule is red or green beside it."""
    document = verdict("invalid", rule("wer_abs", "fail"), rule("success"), reason="3 of 9 pairs are invalid")

    assert {"run": "Error", "wer_abs": "Skipped", "success": "Skipped", "entity_miss": "Skipped"} == results(document)


def test_invalid_run_says_what_to_do():
    """The error of an invalid run carries the next step and a line a clip."""
    (run,) = [case for case in suite(invalid("a", "b")) if case.name == "run"]

    assert "Do this.\na: 438 ms late\nb: 438 ms late" == run.result[0].text


def test_too_few_calls_show_no_interval():
    """The details of a red case name what does not exist."""
    few = rule("wer_abs", "inconclusive", low=None, high=None, interval_reason="too few calls for an interval")
    (case,) = [case for case in suite(verdict("inconclusive", few)) if case.name == "wer_abs"]

    assert "90 % interval too few calls, margin" in case.result[0].text


@pytest.mark.parametrize("word", ["fail", "inconclusive", "invalid"])
def test_a_side_that_failed_is_red_at_the_top(word):
    """With what to do; a few failed sessions are a warning, and what passes stays green."""
    (case,) = [case for case in suite(verdict(word, rule(), **failing())) if case.name == "run"]

    assert ("Why, in a sentence.", "Do this.") == (case.result[0].message, case.result[0].text)
    assert results(verdict("pass", rule(), **failing()))["run"] is None
    few = suite(verdict("inconclusive", rule(), **failing(mostly=False)))
    assert ["candidate: 1 of 3 sessions failed: HTTP 401 from POST https://a.example/v2/live (no such key)."] == [
        own.value for own in few.properties() if own.name == "warning.1"
    ]


@pytest.mark.parametrize("reason", ["no_reference", "nothing_judged"])
def test_run_that_shows_nothing(reason):
    """A run that can't pass although no rule is red is red itself."""
    document = verdict("inconclusive", rule("success"), reason=reason)

    assert "Error" == results(document)["run"]


def test_emulated():
    """An emulated result is marked as such in the suite's name, its properties and the class of every case."""
    parsed = suite(verdict("pass", rule()))
    properties = {item.name: item.value for item in parsed.properties()}

    assert "harness gate (emulated)" == parsed.name
    assert ("emulated", "r1") == (properties["endpoint"], properties["run_id"])
    assert "EMULATED" in properties["note"]
    assert {"harness.gate.emulated"} == {case.classname for case in parsed}


def test_live():
    """A live result carries no such mark."""
    assert "emulated" not in junit_xml(SUMMARY, verdict("pass", rule(), endpoint="live")).lower()


def test_details():
    """A red case tells the figures and where to listen."""
    (failure,) = next(case for case in suite(verdict("fail", rule("wer_abs", "fail"))) if case.name == "wer_abs").result

    assert "Because of wer_abs." == failure.message
    assert "margin +1.0 pp" in failure.text
    assert "a|b (report.html#clip=a%7Cb)" in failure.text


def test_slices():
    """A slice is red exactly if it keeps the gate from passing; one with too few calls is skipped, never hidden."""
    document = verdict(
        "fail",
        **sliced(
            finding("wer_abs[tag=clean]", "not_worse"),
            finding("wer_abs[tag=few]", "underpowered"),
            finding("wer_abs[tag=noisy]", severity="error"),
            finding("wer_rel[tag=noisy]"),
        ),
    )

    cases = results(document)

    expected = {"wer_abs[tag=noisy]": "Failure", "wer_rel[tag=noisy]": "Skipped", "wer_abs[tag=clean]": None}
    expected["wer_abs[tag=few]"] = "Skipped"
    assert expected == {name: result for name, result in cases.items() if "[" in name}
    assert list(expected) == [name for name in cases if "[" in name]
    assert {"Skipped"} == {result for name, result in results(document | {"verdict": "invalid"}).items() if "[" in name}


def test_many_slices_are_counted():
    """However many speakers a corpus has, the file stays bounded, and says how many cases are not there."""
    many = [finding(f"wer_abs[speaker={number}]", "underpowered") for number in range(SLICE_CASES + 7)]
    document = verdict("fail", **sliced(*many, finding("wer_abs[tag=noisy]", severity="error")))

    cases = list(suite(document))

    assert ("wer_abs[tag=noisy]", "slices") == (cases[2].name, cases[-1].name)
    assert SLICE_CASES == sum("[" in case.name for case in cases)
    assert cases[-1].result[0].message.startswith("8 more rules and slices are left out")


def test_control_characters():
    """XML has none; a reason or a tag that holds some must not cost CI the whole file."""
    by_ann = {"until": "2026-12-31", "by": "Ann\x1b]0;x\x07", "reason": "one\ntwo\ud800\ufffe"}
    document = verdict("fail", rule(outcome="fail", approved=by_ann), **sliced(finding("wer_abs[tag=\x00]")))

    text = junit_xml(SUMMARY, document)

    assert "by Ann\ufffd]0;x\ufffd: one two\ufffd\ufffd)" in text
    assert 'name="wer_abs[tag=\ufffd]"' in text
    ET.fromstring(text.encode())
