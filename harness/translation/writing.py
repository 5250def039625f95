"""A translation for programs: a configuration of the harness as TOML, Gladia's as JSON, all of it as one object."""

import json
from collections.abc import Iterator
from typing import Any

from harness.audio.chunking import trailing_silence_s
from harness.one_line import one_line
from harness.providers.turn_silences import turn_silence_s
from harness.toml_text import toml_table
from harness.translation.endpointing import Variant
from harness.translation.result import Result
from harness.translation.rules import SECRETS
from harness.translation.translate import Row, Translation

_TRAILING_SILENCE_S = (3.0, 60.0)  # the harness's default, and the most it takes
SCHEMA = "harness.translation/1"


def as_toml(result: Result, variant: Variant) -> str:
    """A configuration of the harness that compares the parameters as they are with their translation."""
    return "\n".join(_toml_lines(result, variant)) + "\n"


def _toml_lines(result: Result, variant: Variant) -> Iterator[str]:
    audio = result.variants[variant].audio
    yield _comment(f"AssemblyAI parameters of {result.name} ({result.source.kind}) and their translation for Gladia.")
    for unset in result.source.unset:
        yield _comment(f"Not known, set it yourself: {unset.name} = {unset.code} (line {unset.line}).")
    for name in SECRETS & result.baseline.keys():
        yield _comment(f"Left out as a secret: {name}.")
    needed_s = trailing_silence_s(*turn_silence_s(result.baseline))
    silence_s = min(_TRAILING_SILENCE_S[1], max(_TRAILING_SILENCE_S[0], needed_s))
    format_ = {"encoding": audio.encoding, "sample_rate": audio.sample_rate_hz, "trailing_silence_s": silence_s}
    yield from toml_table("audio", format_)
    yield ""
    params = {name: value for name, value in result.shown_baseline.items() if name not in {"encoding", "sample_rate"}}
    yield from toml_table("baseline", {"provider": "assemblyai", "params": params})
    yield ""
    yield _comment(
        f'params = "translate" and variant = "{variant}" send the same; a sweep of variants starts from that form.'
    )
    yield from toml_table("candidate", {"provider": "gladia", "params": result.candidate_params(variant)})


def _comment(text: str) -> str:
    return f"# {one_line(text)}"


def as_json(result: Result, variant: Variant) -> str:
    """Gladia's configuration alone, complete, as its API takes it."""
    return json.dumps(result.sent(variant), ensure_ascii=False, indent=2) + "\n"


def as_document(result: Result) -> dict[str, Any]:
    """Everything that is known, both variants, secrets left out."""
    return {
        "schema": SCHEMA,
        "source": result.name,
        "recognised": result.source.kind,
        "notes": list(result.source.notes),
        "unset": [{"name": one.name, "line": one.line, "code": one.code} for one in result.source.unset],
        "corrections": [{"given": one.given, "meant": one.meant, "said": one.said} for one in result.corrections],
        "baseline": result.shown_baseline,
        "variants": {name: _variant(result, name, translation) for name, translation in result.variants.items()},
    }


def _variant(result: Result, variant: Variant, translation: Translation) -> dict[str, Any]:
    return {
        "config": result.sent(variant),
        "rows": [_row(row) for row in translation.rows],
        "additions": [
            {"sends": dict(one.sends), "why": one.why, "measure": list(one.measure)} for one in translation.additions
        ],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "field": row.field,
        "value": None if row.field in SECRETS else row.value,
        "fidelity": row.fidelity,
        "target": row.target,
        "sends": dict(row.sends),
        "conversion": row.conversion,
        "risk": row.risk,
        "measure": list(row.measure),
        "lost": row.lost,
    }
