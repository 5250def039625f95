"""AssemblyAI parameters found in code, by the table of `harness translate`."""

from collections.abc import Iterator
from typing import Any

from harness.code_scan.findings import ParameterRow
from harness.code_scan.names import snake_case
from harness.code_scan.syntax import Place
from harness.code_scan.uses import Entries, Unknown
from harness.translation.names import ANYTHING, Correction, corrected, is_secret
from harness.translation.rules import NO_COUNTERPART, RULES

# Options of the TypeScript SDK that stand among the parameters and are none.
_OPTIONS = frozenset(
    {
        "api_key", "token", "websocket_base_url", "connect_timeout", "max_connection_retries", "connection_retry_delay",
        "channel_attribution",
    }
)  # fmt: skip


def rows_of(entries: Entries) -> tuple[ParameterRow, ...]:
    """What becomes of each parameter, in the order of the code."""
    return tuple(
        _row(name, entry.value, entry.place) for name, entry in entries.items() if snake_case(name) not in _OPTIONS
    )


def ignored(entries: Entries) -> Iterator[tuple[str, Place, str]]:
    """(name, place, what to know) of the parameters that AssemblyAI's SDK does not have."""
    for name, entry in entries.items():
        if name not in RULES and name not in _OPTIONS:
            yield name, entry.place, _correction(name, entry.value).said


def _row(name: str, value: Any, place: Place) -> ParameterRow:
    is_literal = not is_secret(name) and not isinstance(value, Unknown)
    shown = "…" if is_secret(name) else _shown(value)
    rule = RULES.get(name)
    if rule is None:
        correction = _correction(name, value)
        meant = RULES.get(correction.meant or "")
        fidelity, target = (meant.fidelity, meant.target) if meant else ("none", NO_COUNTERPART)
        return ParameterRow(place.line, name, shown, is_literal, fidelity, target, correction.said, "")
    return ParameterRow(place.line, name, shown, is_literal, rule.fidelity, rule.target, rule.conversion, rule.risk)


def _correction(name: str, value: Any) -> Correction:
    """Whose name it is instead, and what its value means there, as far as the code tells."""
    return corrected({name: ANYTHING if isinstance(value, Unknown) else _shown(value)})[1][0]


def _shown(value: Any) -> Any:
    if isinstance(value, Unknown):
        return value.text
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return {name: _shown(entry.value) for name, entry in value.items()} if isinstance(value, dict) else value
