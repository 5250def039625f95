"""A reports folder of runs that never happened, with figures that are easy to name."""

import copy
from pathlib import Path

from fabricate import HOSTILE, fabricate

from harness.rundir import SCHEMA, RunDir


def fabricate_runs(folder: Path, wer: list[float], *, hostile: bool = False) -> None:
    """Write one run a day from 1 March 2026, with these word error rates of the candidate."""
    inputs = fabricate(clips=4)
    for place, rate in enumerate(wer):
        day = f"2026-03-{place + 1:02d}"
        run, verdict = copy.deepcopy(dict(inputs.run)), copy.deepcopy(dict(inputs.verdict))
        run |= {"schema": SCHEMA, "created_at": f"{day}T09:30:00+00:00", "state": "recorded"}
        if hostile:
            run["provenance"]["corpus"]["name"] = HOSTILE
        verdict["verdict"] = "inconclusive"
        for rule in verdict["rules"]:
            if rule["metric"] == "wer":
                rule |= {"baseline": 0.05, "candidate": rate, "value": rate - 0.05, "verdict": "pass"}
        directory = RunDir(folder / f"{day}-support")
        directory.path.mkdir(parents=True)
        directory.write_run(run)
        directory.write_json("summary.json", inputs.summary)
        directory.write_json("verdict.json", verdict)
        (directory.path / "report.html").write_text("<!doctype html>", encoding="utf-8")
