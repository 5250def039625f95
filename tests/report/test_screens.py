"""What people see, whole: read the files in `screens/` by eye; a change of wording shows there.

Renew them after a deliberate change: HARNESS_RENEW=1 python -m pytest tests/report/test_screens.py
"""

import io
import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import synthetic
from rich.console import Console
from rulings import SUMMARY

from harness.approve.differences import approved_differences
from harness.report.annotations import annotations
from harness.report.junit import junit_xml
from harness.report.markdown import LIMIT, summary_markdown
from harness.report.terminal import print_verdict
from harness.verdict.approval import Approvals
from harness.verdict.judge import judge, verdict_json
from harness.verdict.results import Against
from harness.verdict.rules import GateSettings

SCREENS = Path(__file__).parent / "screens"
TODAY = date(2026, 11, 25)


def judged(scores, *, emulated=False, settings=None, **options):
    options = {"run_valid": True, "invalid_reason": None, "run_id": "cutover"} | options
    return verdict_json(judge(scores, settings or GateSettings(resamples=999), emulated=emulated, **options))


def noisy():
    """Noisy callers fare worse, and everybody waits longer."""
    fine, bad = (
        synthetic.run(270, seed=1, slower_ms=120),
        synthetic.run(40, seed=2, candidate_wer=0.24, clip="noisy-{}"),
    )
    tagged = tuple(replace(row, tags=("noisy",)) for row in bad.sessions)
    return synthetic.scores((*fine.sessions, *tagged), (*fine.utterances, *bad.utterances), (*fine.turns, *bad.turns))


def failed():
    """The words of some callers and everybody's first partial."""
    return judged(noisy())


def approved():
    """The same; slices decide, that the words are worse was accepted, and one approval is out of date."""
    options = {"reason": "names of drugs, fixed in v2", "author": "Ann", "until": date(2026, 12, 31), "today": TODAY}
    approvals = approved_differences(failed(), ["wer_abs", "wer_rel"], **options)
    old = replace(approvals[0], name="first_partial_p50", unit="ms", value=100.0, high=110.0, until=date(2026, 11, 1))
    settings = GateSettings(resamples=999, slices="error")
    return judged(noisy(), approvals=Approvals((*approvals, old), TODAY), settings=settings)


def undecided():
    """Twelve calls on an emulator, as from a first try."""
    return judged(synthetic.run(12, seed=1), emulated=True)


def drift():
    """Nothing changed since the cutover but the SDK."""
    against = Against("accepted.json", "cutover", "2026-11-01T09:30:00+00:00", ("SDK was gladia 1 and is gladia 2",))
    return judged(synthetic.run(600, seed=1, turns=2), run_id="nightly", against=against)


DOCUMENTS = {"failed": failed, "approved": approved, "undecided": undecided, "drift": drift}


def on_terminal(document):
    file = io.StringIO()
    console = Console(file=file, width=80, force_terminal=True, color_system=None)
    print_verdict(SUMMARY, document, console)
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_whole(name):
    """The terminal of 80 columns, the page of a CI job, and the annotations."""
    document = DOCUMENTS[name]()
    views = {
        f"{name}.txt": on_terminal(document),
        f"{name}.md": summary_markdown(SUMMARY, document),
        f"{name}.annotations.txt": "\n".join(annotations(document)) + "\n",
    }

    for file, text in views.items():
        if os.environ.get("HARNESS_RENEW"):
            (SCREENS / file).write_text(text, encoding="utf-8")
        assert (SCREENS / file).read_text(encoding="utf-8") == text, file
    assert len(views[f"{name}.txt"].splitlines()) <= (29 if name == "approved" else 24)
    assert max(map(len, views[f"{name}.txt"].splitlines())) <= 80


def test_a_page_never_exceeds_what_a_comment_takes():
    """However long ids and reasons are and however many slices fail: whole rows are left out, and counted."""
    document = failed()
    for finding in (*document["rules"], *document["slices"]["findings"]):
        finding |= {"explanation": "why " * 20_000, "approved": None, "verdict": "fail", "name": "x" * 5_000}
        finding |= {"worst": [{"clip_id": "c" * 9_000, "link": "l" * 9_000}] * 5}
    document["approvals"] = [{"state": "expired", "explanation": "late | " * 10_000}] * 500
    document["explanation"] = "because " * 20_000

    text = summary_markdown(SUMMARY, document)

    assert len(text) <= LIMIT
    assert len(text.encode()) < 1_048_576
    assert "more warnings, see `verdict.json`" in text
    assert junit_xml(SUMMARY, document)
