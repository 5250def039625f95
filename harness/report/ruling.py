"""The verdict as sentences and rows: what was decided, why, and what to do next."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.report.facts import dig
from harness.report.figures import Whisker, whisker
from harness.report.glossary import RULE_LABELS, RULES, term
from harness.report.numbers import Kind, number, show, show_difference, show_interval
from harness.report.term import Term
from harness.report.verdict_text import approved_text, blocks, mostly_failed, slice_findings, warnings_of
from harness.timeline.events import SIDES

HEADLINES = {
    "pass": "Go",
    "fail": "No go",
    "inconclusive": "Not enough evidence",
    "invalid": "Not a valid run",
    "none": "Not judged yet",
}

WORST_SHOWN = 3

VERDICT_WORDS = {
    "pass": "pass",
    "fail": "fail",
    "inconclusive": "inconclusive",
    "invalid": "invalid",
    "not_applicable": "no data",
    "off": "off",
}

TAGS = {
    "better": "better than the baseline",
    "worse_but_acceptable": "worse, but within the margin",
    "ci_disagrees": (
        "the interval is a bootstrap and the decision a t test over calls; here they fall on different sides of the margin, "
        "and the test decides"
    ),
    "secondary_unsupported": "the second normaliser does not know the language",
    "secondary_partial": "the second normaliser knows part of the languages",
    "rare": "rare events, so the bounds are exact ones, for events that come together in calls",
    "few_clusters": "fewer than 20 independent calls",
}


@dataclass(frozen=True, slots=True)
class Headline:
    """What a reader learns in ten seconds.

    Attributes:
        verdict: `pass`, `fail`, `inconclusive`, `invalid` or `none`.
        word: The decision in a few words.
        sentence: What it rests on.
        reasons: Rules or faults that decided, each a phrase.
        next_step: What to do now.
        details: Spoilt pairs behind the reasons, clip and finding, too many to read first.
    """

    verdict: str
    word: str
    sentence: str
    reasons: tuple[str, ...]
    next_step: str
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One gated rule with both sides' values and the difference against its margin.

    `evidence` is how much speech it rests on, in a few words; `detectable` the smallest difference that this much can
    detect, as a sentence.
    """

    rule: str
    label: str
    term: Term
    severity: str
    verdict: str
    word: str
    baseline: tuple[str, str]
    candidate: tuple[str, str]
    difference: str
    interval: str
    margin: str
    whisker: Whisker | None
    notes: tuple[str, ...]
    evidence: str
    detectable: str
    worst: tuple[str, ...]


def rules_of(verdict: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """The rules of `verdict.json`, in its order."""
    rules = dig(verdict, "rules")
    return [rule for rule in rules if isinstance(rule, Mapping)] if isinstance(rules, Sequence) else []


def headline(verdict: Mapping[str, Any] | None, baseline: str, candidate: str) -> Headline:
    """Say the verdict.

    Args:
        verdict: `verdict.json`, or None.
        baseline: The baseline's name for people.
        candidate: The candidate's name for people.
    """
    word = str(dig(verdict, "verdict") or "none")
    all_rules = rules_of(verdict)
    rules = [rule for rule in all_rules if rule.get("severity", "error") == "error" and not rule.get("approved")]
    approved = tuple(
        f"{RULE_LABELS.get(rule['rule'], rule['rule'])}: {show_difference(rule.get('value'), rule_kind(rule['rule']))}, {approved_text(rule)}"
        for rule in all_rules
        if rule.get("approved")
    )
    judged = [rule for rule in rules if rule.get("verdict") in {"pass", "fail", "inconclusive"}]
    of = {name: [rule for rule in judged if rule.get("verdict") == name] for name in ("pass", "fail", "inconclusive")}
    sentences = {
        "pass": f"{candidate} is within the margin of {baseline} on all {len(judged)} rules that can block{_but_for(approved)}.",
        "fail": f"{candidate} is worse than {baseline} by more than is allowed on {_out_of(of['fail'], judged)}{_in_slices(verdict)}.",
        "inconclusive": f"Nothing that blocks is proven worse, but {_out_of(of['inconclusive'], judged)} cannot be decided with this much speech.",
        "invalid": "Too much went wrong in the measurement itself. Read no result from the numbers below.",
        "none": "The run is scored; the rules have not been applied to it.",
    }
    sentence = sentences.get(word, "")
    if looked := str(dig(verdict, "last_look", "explanation") or ""):
        sentence += (
            f" The run was {looked}." if not dig(verdict, "last_look", "stopped_early") else f" The run {looked}."
        )
    deciding = of["fail"] if word == "fail" else of["inconclusive"] if word == "inconclusive" else []
    decided = tuple(_failure(rule) for rule in deciding) if word == "fail" else _undecided(deciding)
    if word == "fail":
        decided += tuple(found["explanation"] for found in _blocking_slices(verdict))
    stated, details = _faults(verdict)
    explanation = str(dig(verdict, "explanation") or "")
    explained = (explanation,) if explanation and word != "pass" else ()
    failures = tuple(mostly_failed(verdict or {})) if decided or stated or not explained else ()
    next_step = str(dig(verdict, "next_step") or "Run `harness gate`, then `harness report`.")
    return Headline(
        word,
        HEADLINES.get(word, word),
        sentence,
        failures
        + (decided or stated or explained)
        + approved
        + tuple(f"Warning: {text}" for text in warnings_of(verdict or {})),
        next_step,
        details,
    )


def _but_for(approved: Sequence[str]) -> str:
    count = len(approved)
    return f", but for {count} {'difference' if count == 1 else 'differences'} that somebody approved" if count else ""


def _in_slices(verdict: Mapping[str, Any] | None) -> str:
    """` and in 2 slices`, where slices decide and some failed."""
    count = len(_blocking_slices(verdict))
    return f" and in {count} {'slice' if count == 1 else 'slices'}" if count else ""


def _blocking_slices(verdict: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    return [found for found in slice_findings(verdict or {}, "fail") if blocks(found)]


def _faults(verdict: Mapping[str, Any] | None) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """What made a run invalid, and clip and findings of each pair behind it."""
    reasons = dig(verdict, "reasons") or ()
    pairs = [pair for reason in reasons for pair in reason["pairs"]]
    explanations = tuple(f"{reason['explanation'][:1].upper()}{reason['explanation'][1:]}." for reason in reasons)
    return explanations, tuple((pair["clip_id"], "; ".join(pair["findings"])) for pair in pairs)


def _out_of(some: Sequence[Any], of: Sequence[Any]) -> str:
    return f"{len(some)} of {len(of)} blocking rules"


def _failure(rule: Mapping[str, Any]) -> str:
    name = str(rule.get("rule", ""))
    kind = rule_kind(name)
    margin = number(rule.get("margin"))
    allowed = "none allowed" if margin == 0 else f"allowed {show_difference(margin, kind)}"
    return f"{rule_label(rule)}: {show_difference(rule.get('value'), kind)}, {allowed}"


def _undecided(rules: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Rules that are undecided for one reason share a line; how many calls are needed stands at each rule."""
    lines: dict[str, list[str]] = {}
    for rule in rules:
        why = str(rule.get("explanation") or "").split(". ")[0].removesuffix(".")
        lines.setdefault(why, []).append(rule_label(rule))
    return tuple(f"{', '.join(names)}{f': {why[:1].lower()}{why[1:]}' if why else ''}" for why, names in lines.items())


def rule_label(rule: Mapping[str, Any]) -> str:
    """What people read in place of a rule's name: the verdict's word, which knows what the rule was told to look at."""
    name = str(rule.get("rule", ""))
    return str(rule.get("label") or RULE_LABELS.get(name, name))


def rule_labels(verdict: Mapping[str, Any] | None) -> dict[str, str]:
    """The same of every rule, by name."""
    return RULE_LABELS | {str(rule.get("rule", "")): rule_label(rule) for rule in rules_of(verdict)}


def rule_kind(rule: str) -> Kind:
    """How the differences of a rule are written."""
    if rule == "wer_rel":
        return "relative"
    metric, _ = RULES.get(rule, (rule, None))
    return term(metric).kind


def rule_rows(verdict: Mapping[str, Any] | None, summary: Mapping[str, Any]) -> list[RuleRow]:
    """All rules, as rows.

    Args:
        verdict: `verdict.json`, or None.
        summary: `summary.json`.
    """
    return [_rule_row(rule, summary) for rule in rules_of(verdict)]


def _rule_row(rule: Mapping[str, Any], summary: Mapping[str, Any]) -> RuleRow:
    name = str(rule.get("rule", ""))
    metric, quantile = RULES.get(name, (name, None))
    metric = str(rule.get("metric") or metric)
    described = term(metric)
    kind = rule_kind(name)
    entry = dig(summary, "metrics", metric)
    baseline, candidate = (side_value(dig(entry, side), quantile, described.kind) for side in SIDES)
    value, low, high, margin = (number(rule.get(key)) for key in ("value", "low", "high", "margin"))
    evidence, detectable = _evidence(rule, kind)
    word = str(rule.get("verdict", ""))
    return RuleRow(
        rule=name,
        label=rule_label(rule),
        term=described,
        severity=str(rule.get("severity", "error")),
        verdict=word,
        word=f"{VERDICT_WORDS.get(word, word)} (approved)" if rule.get("approved") else VERDICT_WORDS.get(word, word),
        baseline=baseline,
        candidate=candidate,
        difference=show_difference(value, kind),
        interval=("too few calls" if rule.get("interval_reason") else "")
        if low is None or high is None
        else show_interval(low, high, kind),
        margin="none allowed" if margin == 0 else show_difference(margin, kind),
        whisker=whisker(value, low, high, margin),
        notes=_notes(rule),
        evidence=evidence,
        detectable=detectable,
        worst=tuple(str(dig(clip, "clip_id")) for clip in rule.get("worst") or ())[:WORST_SHOWN],
    )


def _notes(rule: Mapping[str, Any]) -> tuple[str, ...]:
    """Sentences under a rule: why it is not decided, and what else was found."""
    notes = []
    if rule.get("verdict") not in {"pass", "fail"} and rule.get("explanation"):
        notes.append(str(rule["explanation"]))
    if rule.get("approved"):
        text = approved_text(rule)
        notes.append(f"{text[0].upper()}{text[1:]}")
    return (
        *notes,
        *(f"{TAGS.get(tag, tag).capitalize()}." for tag in rule.get("tags") or () if tag != rule.get("reason")),
    )


def _evidence(rule: Mapping[str, Any], kind: Kind) -> tuple[str, str]:
    """How much speech a rule rests on, and the smallest difference that this much can detect, as a sentence."""
    calls, mde = number(rule.get("calls")), number(rule.get("mde"))
    if calls is None:
        return "", ""
    words = f"{calls:,.0f} call{'' if calls == 1 else 's'}"
    if not mde:
        return words, ""
    size = show_difference(abs(mde), kind).removeprefix("+")
    return (
        f"{words}, detects {size}",
        f"The smallest difference that this much speech detects four times in five: {size}.",
    )


def side_value(entry: Any, quantile: str | None, kind: Kind) -> tuple[str, str]:
    """One side's value of a metric and the counts behind it, as text.

    Args:
        entry: The side's object in `summary.json`.
        quantile: For a latency, which one; None reads `value`, or the median of a latency.
        kind: How the value is written.

    Returns:
        The value, and its counts, or an empty string; with them what the summary warns of.
    """
    if not isinstance(entry, Mapping):
        return show(number(entry), kind), ""
    key = quantile or ("value" if "value" in entry else "p50")
    reason = str(entry.get("reason") or "").replace("_", " ")
    parts = (_counts(entry), f"warning: {entry['warning']}" if entry.get("warning") else "")
    return show(entry.get(key), kind, reason=reason), ", ".join(part for part in parts if part)


QUANTILE = re.compile(r"(^|_)p\d+(\.\d+)?$")
AMOUNTS = {"audio_h": "h of audio", "audio_min": "min of audio", "speech_s": "s of speech"}
COUNTS = {"reference_words": "words", "final_tokens": "words"}


def _counts(entry: Mapping[str, Any]) -> str:
    """What a value was counted from: `n 40, 2 never`, `n 38, 2 without`, `80 of 1,000 reference words`, `40 sessions`."""
    if (n := number(entry.get("n"))) is not None:
        missing, largest = number(entry.get("missing")) or 0, number(entry.get("max"))
        excluded = number(entry.get("excluded")) or 0
        beside = [f"{missing:,.0f} never"] if missing else []
        beside += [f"{excluded:,.0f} without"] if excluded and n else []
        beside += [f"at most {show(largest, 'ms')}"] if largest is not None else []
        return ", ".join([f"n {n:,.0f}", *beside])
    parts = {key: number(item) for key, item in entry.items() if key != "value" and not QUANTILE.search(key)}
    counts = [(key, amount) for key, amount in parts.items() if amount is not None]
    if not counts or (len(counts) > 1 and not counts[1][1]):
        return ""
    if len(counts) == 1:
        return f"{_count_text(counts[0][1])} {counts[0][0].replace('_', ' ')}"
    (_, above), (name, below) = counts[:2]
    if name in AMOUNTS:
        return f"{_count_text(above)} in {_count_text(below)} {AMOUNTS[name]}"
    return f"{_count_text(above)} of {_count_text(below)} {COUNTS.get(name, name.replace('_', ' '))}"


def _count_text(amount: float) -> str:
    return f"{amount:,.0f}" if amount == round(amount) or abs(amount) >= 100 else f"{amount:,.2f}"  # noqa: PLR2004 - three digits
