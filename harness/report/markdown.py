"""The verdict as Markdown, for the summary page of a CI job: the answer first, then why, then what to do next."""

from collections.abc import Mapping
from typing import Any

from harness.report.verdict_text import ANSWERS, EMULATED_NOTE, RuleText, next_steps, rule_texts

_MARKS = {"pass": "✅", "fail": "❌", "inconclusive": "❔", "invalid": "⛔", "not_applicable": "➖"}  # noqa: RUF001 - signs
_WORST_SHOWN = 3


def summary_markdown(summary: Mapping[str, Any], verdict: Mapping[str, Any]) -> str:
    """`summary.md` of a run.

    Args:
        summary: `summary.json`.
        verdict: `verdict.json`.

    Returns:
        GitHub-flavoured Markdown, equal for equal input.
    """
    word = verdict["verdict"]
    parts = [f"# {_MARKS[word]} {ANSWERS[word]} ({word})\n"]
    if verdict["endpoint"] == "emulated":
        parts.append(f"> **Emulated run.** {EMULATED_NOTE}\n")
    parts += [f"{verdict['explanation']}\n", "## Rules\n", _rules_table(verdict), "## What to do next\n"]
    parts.append(f"{next_steps(verdict)}\n")
    if listening := _listening(verdict):
        parts += ["## Where to listen first\n", listening]
    parts += ["## Run\n", _facts(summary, verdict)]
    return "\n".join(parts)


def _rules_table(verdict: Mapping[str, Any]) -> str:
    lines = [
        "| rule | baseline | candidate | difference | 90 % interval | margin | verdict | why |",
        "|---|--:|--:|--:|--:|--:|---|---|",
    ]
    lines += [
        _rule_line(rule["verdict"], text) for rule, text in zip(verdict["rules"], rule_texts(verdict), strict=True)
    ]
    lines += [f"| `{item['rule']}` | | | | | | off | {_cell(item['reason'])} |" for item in verdict["skipped"]]
    return "\n".join(lines) + "\n"


def _rule_line(word: str, text: RuleText) -> str:
    cells = [
        text.baseline,
        text.candidate,
        text.difference,
        text.interval,
        text.margin,
        f"{_MARKS[word]} {text.verdict}",
        text.explanation,
    ]
    return f"| `{text.rule}` | " + " | ".join(_cell(cell) for cell in cells) + " |"


def _listening(verdict: Mapping[str, Any]) -> str:
    """The worst recordings of the rules that keep the run from passing."""
    lines = []
    for rule in verdict["rules"]:
        if rule["severity"] == "error" and rule["verdict"] in {"fail", "inconclusive"} and rule["worst"]:
            clips = ", ".join(f"[{_cell(item['clip_id'])}]({item['link']})" for item in rule["worst"][:_WORST_SHOWN])
            lines.append(f"- `{rule['rule']}`: {clips}")
    return "\n".join(lines) + "\n" if lines else ""


def _facts(summary: Mapping[str, Any], verdict: Mapping[str, Any]) -> str:
    sides = [
        f"{side} {counts['completed']} of {counts['planned']} completed, {counts['failed']} failed, "
        f"{counts['invalid']} spoilt by the harness"
        for side, counts in summary["sessions"].items()
    ]
    identical = {True: "identical", False: "**different**", None: "not comparable"}[summary["audio_identical"]]
    bootstrap = verdict["bootstrap"]
    lines = [
        f"- run `{verdict['run_id']}`, endpoint {verdict['endpoint']}",
        *(f"- sessions of the {side}" for side in sides),
        f"- audio sent to both sides: {identical}",
        f"- normaliser `{summary['normalizer']}`",
        f"- bootstrap: {bootstrap['resamples']} resamples of calls, seed {bootstrap['seed']}",
    ]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
