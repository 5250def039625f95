"""The verdict as Markdown, for the summary page of a CI job: the answer first, then why, then what to do next."""

from collections.abc import Mapping
from typing import Any

from harness.report.glossary import RULE_LABELS
from harness.report.verdict_text import (
    ANSWERS,
    EMULATED_NOTE,
    FOR_DIAGNOSIS,
    RuleText,
    look_text,
    noise_text,
    reruns_text,
    rule_texts,
    sessions_text,
    throttled_text,
)

_MARKS = {"pass": "✅", "fail": "❌", "inconclusive": "❔", "invalid": "⛔", "not_applicable": "➖"}  # noqa: RUF001 - signs
_WORST_SHOWN = 3
_PAIRS_SHOWN = 10


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
    parts.append(f"{verdict['explanation']}\n")
    next_step = ["## What to do next\n", f"{verdict['next_step']}\n"]
    if word == "invalid":
        parts += [*next_step, *_spoilt_pairs(verdict), "## Rules\n", f"**{FOR_DIAGNOSIS}**\n", _rules_table(verdict)]
    else:
        parts += ["## Rules\n", _rules_table(verdict), *next_step]
    if word != "invalid" and (listening := _listening(verdict)):
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
    lines += [f"| {_name(item['rule'])} | | | | | | off | {_cell(item['reason'])} |" for item in verdict["skipped"]]
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
    return f"| {_name(text.rule, text.label)} | " + " | ".join(_cell(cell) for cell in cells) + " |"


def _listening(verdict: Mapping[str, Any]) -> str:
    """The worst recordings of the rules that keep the run from passing."""
    lines = []
    for rule in verdict["rules"]:
        if rule["severity"] == "error" and rule["verdict"] in {"fail", "inconclusive"} and rule["worst"]:
            clips = ", ".join(f"[{_cell(item['clip_id'])}]({item['link']})" for item in rule["worst"][:_WORST_SHOWN])
            lines.append(f"- {_name(rule['rule'], rule.get('label'))}: {clips}")
    return "\n".join(lines) + "\n" if lines else ""


def _spoilt_pairs(verdict: Mapping[str, Any]) -> list[str]:
    """The pairs that made the run invalid, worst first."""
    pairs = [pair for reason in verdict["reasons"] for pair in reason["pairs"]]
    if not pairs:
        return []
    lines = [f"- [{_cell(pair['clip_id'])}]({pair['link']}){_pass(pair)}: {pair['explanation']}" for pair in pairs]
    more = [f"- and {len(pairs) - _PAIRS_SHOWN} more, see `verdict.json`"] if len(pairs) > _PAIRS_SHOWN else []
    return ["## Invalid pairs\n", "\n".join([*lines[:_PAIRS_SHOWN], *more]) + "\n"]


def _pass(pair: Mapping[str, Any]) -> str:
    return f" (pass {pair['pass']})" if pair["pass"] > 1 else ""


def _facts(summary: Mapping[str, Any], verdict: Mapping[str, Any]) -> str:
    sides = [f"{side}: {sessions_text(counts)}" for side, counts in summary["sessions"].items()]
    reruns = reruns_text(summary)
    identical = {True: "identical", False: "**different**", None: "not comparable"}[summary["audio_identical"]]
    bootstrap = verdict["bootstrap"]
    lines = [
        f"- run `{verdict['run_id']}`, endpoint {verdict['endpoint']}",
        *([f"- {looked}"] if (looked := look_text(verdict)) else []),
        *([f"- noise floor: {noise}"] if (noise := noise_text(verdict)) else []),
        *(f"- sessions of the {side}" for side in sides),
        *([f"- {reruns}, because the harness spoilt their first recording"] if reruns else []),
        *([f"- {throttled}"] if (throttled := throttled_text(summary)) else []),
        f"- audio sent to both sides: {identical}",
        f"- normaliser `{summary['normalizer']}`",
        f"- bootstrap: {bootstrap['resamples']} resamples of calls, seed {bootstrap['seed']}",
    ]
    return "\n".join(lines) + "\n"


def _name(rule: str, label: str | None = None) -> str:
    """What people call a rule, and what the configuration calls it."""
    return f"{label or RULE_LABELS.get(rule, rule)} (`{rule}`)"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
