"""The runs of a reports folder as rows: what was compared, the verdict, and each rule's figures."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from harness.errors import RunError
from harness.one_line import one_line
from harness.report.facts import dig, is_emulated, side_facts, text
from harness.report.numbers import NOT_RECORDED, number, plural
from harness.report.verdict_text import RuleText, rule_texts
from harness.rundir import runs_in
from harness.timeline.events import SIDES


@dataclass(frozen=True, slots=True)
class RuleValue:
    """One rule of one run, in the rule's unit and as text.

    Attributes:
        rule: Its name.
        unit: As in `verdict.json`.
        severity: `error` or `warn`.
        verdict: `pass`, `fail`, `inconclusive` or `not_applicable`.
        baseline: Value of the metric (for a quantile rule, the quantile); None if it does not exist.
        candidate: The candidate's.
        text: The same figures as people read them.
    """

    rule: str
    unit: str
    severity: str
    verdict: str
    baseline: float | None
    candidate: float | None
    text: RuleText


@dataclass(frozen=True, slots=True)
class RunEntry:
    """One run.

    Attributes:
        run_id: Its folder's name.
        created_at: When it was begun, UTC; empty if not recorded.
        corpus: Name of the corpus.
        emulated: True if either side was on loopback.
        names: Provider and model of both sides, baseline first.
        sizes: `30 clips` or `30 clips, 2 passes`.
        verdict: `pass`, `fail`, `inconclusive`, `invalid`, or `none` before it was judged.
        state: `recorded`, `interrupted`, …
        rules: In the order of the table; empty before it was judged.
        link: To its report, or to the sweep whose baseline it is, relative to the folder; None if it has neither.
        alike: What has to be equal for two runs' figures to be put beside each other, by name.
        differing: What may differ between them, but should be known, by name.
    """

    run_id: str
    created_at: str
    corpus: str
    emulated: bool
    names: tuple[str, str]
    sizes: str
    verdict: str
    state: str
    rules: tuple[RuleValue, ...]
    link: str | None
    alike: tuple[tuple[str, str], ...]
    differing: tuple[tuple[str, str], ...]

    @property
    def day(self) -> str:
        """`2026-01-31 09:30`, UTC."""
        return self.created_at[:16].replace("T", " ")


def read_runs(reports: Path) -> tuple[list[RunEntry], list[str]]:
    """The runs in a folder, oldest first, and for each one that can't be read, why.

    Args:
        reports: The folder; what is no run in it is passed over.
    """
    found, damaged = [], []
    for run in runs_in(reports):
        try:
            document = run.read_run()
            summary, verdict = (
                run.read_json(name) if (run.path / name).is_file() else {} for name in ("summary.json", "verdict.json")
            )
            page = next((name for name in ("report.html", "sweep.html") if (run.path / name).is_file()), None)
            found.append(run_entry(run.path.name, document, summary, verdict, page=page))
        except RunError as error:
            damaged.append(_readable(str(error)))
        except (AttributeError, LookupError, TypeError, ValueError) as error:  # one such run must not cost the page
            damaged.append(_readable(f"{run.path}: not readable as a run ({error!r}). Run its stages again."))
    return sorted(found, key=lambda entry: (entry.created_at, entry.run_id)), damaged


def run_entry(
    name: str, run: Mapping[str, Any], summary: Mapping[str, Any], verdict: Mapping[str, Any], *, page: str | None
) -> RunEntry:
    """One run's row.

    Args:
        name: Its folder's name.
        run: `run.json`.
        summary: `summary.json`; empty before it was scored.
        verdict: `verdict.json`; empty before it was judged.
        page: The file in it that tells of it, if there is one.
    """
    sides = [side_facts(run, summary, side) for side in SIDES]
    corpus, audio = dig(run, "provenance", "corpus"), dig(run, "config", "audio")
    emulated = is_emulated(run, summary)
    clips, passes = dig(corpus, "clips"), dig(run, "config", "replay", "passes")
    sizes = [
        plural(clips, "clip") if clips is not None else "",
        plural(passes, "pass", "passes") if passes and passes != 1 else "",
    ]
    return RunEntry(
        run_id=_readable(name),
        created_at=str(run.get("created_at") or ""),
        corpus=text(dig(corpus, "name")),
        emulated=emulated,
        names=(_name(sides[0].provider, sides[0].model), _name(sides[1].provider, sides[1].model)),
        sizes=", ".join(size for size in sizes if size),
        verdict=str(verdict.get("verdict") or "none"),
        state=str(run.get("state") or ""),
        rules=tuple(_rules(verdict)),
        link=f"{quote(os.fsencode(name))}/{page}" if page else None,
        alike=(
            ("corpus", f"{text(dig(corpus, 'name'))}, manifest {str(dig(corpus, 'manifest_sha256'))[:12]}"),
            ("recordings", _recordings(dig(run, "identity", "recordings"))),
            ("audio format and chunks", str(audio)),
            ("normaliser", str(summary.get("normalizer"))),
            ("services", "emulated" if emulated else "live"),
        ),
        differing=tuple(
            (f"{side.side}'s {what}", value)
            for side in sides
            for what, value in (
                ("model", side.model),
                ("SDK", side.sdk),
                ("host", side.host),
                ("parameters", str(side.params)),
            )
        ),
    )


def _readable(name: str) -> str:
    """A name of the file system, whose bytes need not be text, as text."""
    return one_line(os.fsencode(name).decode("utf-8", "replace"))


def _rules(verdict: Mapping[str, Any]) -> Iterator[RuleValue]:
    if not verdict.get("rules"):
        return
    for rule, words in zip(verdict["rules"], rule_texts(verdict), strict=True):
        yield RuleValue(
            rule["rule"],
            rule["unit"],
            rule["severity"],
            rule["verdict"],
            number(rule["baseline"]),
            number(rule["candidate"]),
            words,
        )


def _recordings(hashes: Any) -> str:
    """Which clips were played, as a number of them and a hash over theirs."""
    listed = json.dumps(hashes, sort_keys=True).encode()
    return f"{len(hashes or ())} clips, {hashlib.sha256(listed).hexdigest()[:12]}"


def _name(provider: str, model: str) -> str:
    return provider if model in {"", NOT_RECORDED} else f"{provider} {model}"
