"""The verdict as Markdown, for the summary page of a CI job: the answer first, then why, then what to do next."""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.one_line import in_one_line
from harness.report.contract_rows import contract_line
from harness.report.fitting import Block, fitted
from harness.report.glossary import RULE_LABELS
from harness.report.verdict_text import (
    EMULATED_NOTE,
    FOR_DIAGNOSIS,
    LISTEN_TO,
    RuleText,
    SliceText,
    against_text,
    answer,
    blocks,
    look_text,
    noise_text,
    reruns_text,
    rule_texts,
    sessions_text,
    slice_findings,
    slice_text,
    slices_text,
    throttled_text,
    warnings_of,
)

LIMIT = 65_536
"""Characters that GitHub takes in a comment; the summary of a job may have 1 MiB, which these always stay within."""

_MARKS = {"pass": "✅", "fail": "❌", "inconclusive": "❔", "invalid": "⛔", "not_applicable": "➖"}  # noqa: RUF001 - signs
_APPROVED = "☑️"
_PAIRS_SHOWN = 10
_SLICES_SHOWN = 20
_LONGEST_CELL = 1_000


def summary_markdown(summary: Mapping[str, Any], verdict: Mapping[str, Any]) -> str:
    """`summary.md` of a run.

    Args:
        summary: `summary.json`.
        verdict: `verdict.json`.

    Returns:
        GitHub-flavoured Markdown of at most `LIMIT` characters, equal for equal input. What had to be left out is counted.
    """
    return fitted(_blocks(in_one_line(summary), in_one_line(verdict)), LIMIT)


def _blocks(summary: Mapping[str, Any], verdict: Mapping[str, Any]) -> Iterator[Block]:
    word = verdict["verdict"]
    yield Block(f"# {_MARKS[word]} {answer(verdict)} ({word})")
    if drift := against_text(verdict):
        yield Block(f"> **{_cell(drift.split(': ', 1)[0])}**: {_cell(drift.split(': ', 1)[1])}")
    if verdict["endpoint"] == "emulated":
        yield Block(f"> **Emulated run.** {EMULATED_NOTE}")
    yield Block(f"{_cell(verdict['explanation'])}")
    next_step = Block(f"## What to do next\n\n{verdict['next_step']}")
    if word == "invalid":
        yield next_step
        yield from _spoilt_pairs(verdict)
        yield _rules_table(verdict, f"## Rules\n\n**{FOR_DIAGNOSIS}**\n\n")
    else:
        yield _rules_table(verdict, "## Rules\n\n")
        yield next_step
    if told := warnings_of(verdict):
        yield Block("## Warnings\n", tuple(f"- {_cell(text)}" for text in told), of="warnings")
    yield from _slices(verdict)
    if word != "invalid":
        yield from _listening(verdict)
    yield Block("## Run\n\n" + _facts(summary, verdict))


def _rules_table(verdict: Mapping[str, Any], head: str) -> Block:
    head += "| rule | baseline | candidate | difference | 90 % interval | margin | verdict | why |\n"
    head += "|---|--:|--:|--:|--:|--:|---|---|"
    rows = [_rule_line(rule["verdict"], text) for rule, text in zip(verdict["rules"], rule_texts(verdict), strict=True)]
    rows += [f"| {_name(item['rule'])} | | | | | | off | {_cell(item['reason'])} |" for item in verdict["skipped"]]
    return Block(head, tuple(rows), of="rules")


def _rule_line(word: str, text: RuleText) -> str:
    cells = [
        text.baseline,
        text.candidate,
        text.difference,
        text.interval,
        text.margin,
        f"{_APPROVED} {text.approved}" if text.approved else f"{_MARKS[word]} {text.verdict}",
        text.explanation,
    ]
    return f"| {_name(text.rule, text.label)} | " + " | ".join(_cell(cell) for cell in cells) + " |"


def _listening(verdict: Mapping[str, Any]) -> Iterator[Block]:
    """The worst recordings of the rules that keep the run from passing."""
    lines = []
    for rule in verdict["rules"]:
        if blocks(rule) and rule["worst"]:
            clips = ", ".join(f"[{_cell(item['clip_id'])}]({item['link']})" for item in rule["worst"][:LISTEN_TO])
            lines.append(f"- {_name(rule['rule'], rule.get('label'))}: {clips}")
    if lines:
        yield Block("## Where to listen first\n", tuple(lines), of="rules")


def _slices(verdict: Mapping[str, Any]) -> Iterator[Block]:
    """The slices that are worse than a margin allows, and how many others there are."""
    summary = slices_text(verdict)
    if not summary:
        return
    head = f"## Slices\n\n{summary[0].upper()}{summary[1:]}."
    rows = tuple(_slice_line(slice_text(found)) for found in slice_findings(verdict, "fail"))
    if rows:
        head += "\n\n| rule and slice | difference | 90 % interval | margin | verdict |\n|---|--:|--:|--:|---|"
    yield Block(head, rows, _SLICES_SHOWN, of="slices")


def _slice_line(text: SliceText) -> str:
    word = f"{_APPROVED} {text.approved}" if text.approved else f"{_MARKS['fail']} {text.verdict}"
    cells = (_name(text.name, text.label), text.difference, text.interval, text.margin, word)
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _spoilt_pairs(verdict: Mapping[str, Any]) -> Iterator[Block]:
    """The pairs that made the run invalid, worst first."""
    pairs = [pair for reason in verdict["reasons"] for pair in reason["pairs"]]
    if pairs:
        lines = [f"- [{_cell(pair['clip_id'])}]({pair['link']}){_pass(pair)}: {pair['explanation']}" for pair in pairs]
        yield Block("## Invalid pairs\n", tuple(lines), _PAIRS_SHOWN, of="pairs")


def _pass(pair: Mapping[str, Any]) -> str:
    return f" (pass {pair['pass']})" if pair["pass"] > 1 else ""


def _facts(summary: Mapping[str, Any], verdict: Mapping[str, Any]) -> str:
    sides = [f"{side}: {sessions_text(counts)}" for side, counts in summary["sessions"].items()]
    reruns = reruns_text(summary)
    identical = {True: "identical", False: "**different**", None: "not comparable"}[summary["audio_identical"]]
    bootstrap = verdict["bootstrap"]
    lines = [
        f"- run `{_code(verdict['run_id'])}`, endpoint {verdict['endpoint']}",
        *([f"- {looked}"] if (looked := look_text(verdict)) else []),
        *([f"- noise floor: {noise}"] if (noise := noise_text(verdict)) else []),
        *(f"- sessions of the {side}" for side in sides),
        *(
            [f"- {reruns}, because an earlier recording was spoilt by harness, network or a refused key"]
            if reruns
            else []
        ),
        *([f"- {throttled}"] if (throttled := throttled_text(summary)) else []),
        f"- audio sent to both sides: {identical}",
        *([f"- {contract}"] if (contract := contract_line(summary)) else []),
        f"- normaliser `{summary['normalizer']}`",
        f"- each end of a 90 % interval is a one-sided 95 % bound; bootstrap: {bootstrap['resamples']} resamples of calls, seed {bootstrap['seed']}",
    ]
    return "\n".join(lines)


def _code(text: str) -> str:
    """For between backticks, which one of its own would end."""
    return text.replace("`", "'")


def _name(rule: str, label: str | None = None) -> str:
    """What people call a rule, and what the configuration calls it."""
    code = _code(rule)
    return f"{label or RULE_LABELS.get(rule, rule)} (`{code}`)"


def _cell(text: str) -> str:
    """Text that fits a cell: without bars, tags or links of its own, and not endless."""
    short = text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"
    return short.replace("|", "\\|").replace("<", "&lt;").replace("](", "]\\(")
