"""Reads AssemblyAI parameters in whatever form they are: JSON, TOML, Python code, a WebSocket URL."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.errors import ConfigError
from harness.translation.python_code import Unset, calls
from harness.translation.query import GivenTwiceError, once, query_params

_URL = re.compile(r"(wss?|https?)://\S+", re.IGNORECASE)
_QUERY = re.compile(r"\??[\w.%-]+=[^\s\"'&=]*(&[\w.%-]+=[^\s\"'&]*)*&?")
_HALF = re.compile("[\ud800-\udfff]")
_PYTHON = re.compile(r"\b[A-Za-z_]\w*\s*\(|^\s*(import|from|def|class|async|await)\b", re.MULTILINE)

_SCRIPTS = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")


@dataclass(frozen=True, slots=True)
class Source:
    """Parameters as they stood.

    Attributes:
        kind: What the text was recognised as, e.g. `a Python call on line 12`.
        params: As given, under whatever names.
        unset: Parameters whose values only the program knows.
        notes: What else is to be said.
    """

    kind: str
    params: Mapping[str, Any]
    unset: tuple[Unset, ...] = ()
    notes: tuple[str, ...] = field(default=())


def read_source(text: str, name: str) -> Source:
    """Recognise a text and take the parameters out of it; nothing in it is executed.

    Args:
        text: The whole text.
        name: What messages call it: a file's name.

    Raises:
        ConfigError: It is none of what is understood, or holds no parameters.
    """
    text = text.removeprefix("\ufeff")
    stripped = text.strip()
    if not stripped:
        raise ConfigError(f"{name}: it is empty. {_EXPECTED}")
    try:
        return _recognised(text, stripped, name)
    except GivenTwiceError as error:
        raise ConfigError(
            f"{name}: {str(error)!r} is given twice, with two values. Give it once; a list as JSON."
        ) from None


def _recognised(text: str, stripped: str, name: str) -> Source:
    if _URL.fullmatch(stripped) or _QUERY.fullmatch(stripped):
        return _from_query(stripped, name)
    problems: dict[str, str] = {}
    for kind, read in _READERS:
        try:
            return read(text, name)
        except (ValueError, SyntaxError, RecursionError, MemoryError) as error:
            problems[kind] = _problem(error)
    if name.endswith(_SCRIPTS):
        raise ConfigError(
            f"{name}: TypeScript and JavaScript are read by `harness translate --code {name}`. {_EXPECTED}"
        )
    kind, problem = _likeliest(stripped, problems)
    raise ConfigError(f"{name}: not understood; as {kind} it is wrong: {problem[:200]}. {_EXPECTED}")


_EXPECTED = (
    "Give AssemblyAI's parameters as a JSON object, TOML, the Python call that has them (StreamingParameters(...)), or the "
    "WebSocket URL with its query."
)


def _problem(error: Exception) -> str:
    text = f"{error.msg} (line {error.lineno})" if isinstance(error, SyntaxError) else str(error)
    return " ".join(text.split()) or "it is nested too deeply"


def _likeliest(text: str, problems: Mapping[str, str]) -> tuple[str, str]:
    kind = "JSON" if text.startswith("{") else "Python" if _PYTHON.search(text) else "TOML"
    return kind, problems[kind]


def _from_query(text: str, name: str) -> Source:
    try:
        params = query_params(text)
    except ValueError:
        raise ConfigError(f"{name}: it looks like an address, but can't be read as one. {_EXPECTED}") from None
    kind = "the query of a WebSocket URL" if "://" in text else "a query string"
    return _checked(Source(kind, params), name)


def _from_json(text: str, name: str) -> Source:
    document = json.loads(text, object_pairs_hook=once)
    if not isinstance(document, dict):
        raise ConfigError(f"{name}: it is JSON, but no object. {_EXPECTED}")
    return _from_table(document, "JSON", name)


def _from_toml(text: str, name: str) -> Source:
    return _from_table(tomllib.loads(text), "TOML", name)


def _from_table(document: dict[str, Any], kind: str, name: str) -> Source:
    """A table of parameters, or a configuration of the harness, or of a project that holds one."""
    tool = document.get("tool")
    config = tool.get("harness", document) if isinstance(tool, dict) else document
    sides = {"baseline", "candidate"} & set(config)
    if not sides:
        return _checked(Source(f"{kind}: a table of parameters", document), name)
    baseline = config.get("baseline")
    params = baseline.get("params") if isinstance(baseline, dict) else None
    if not isinstance(params, dict):
        raise ConfigError(f"{name}: it is a configuration of the harness, but has no table baseline.params. Add it.")
    audio = config.get("audio")
    audio_format = (
        {key: audio[key] for key in ("encoding", "sample_rate") if key in audio} if isinstance(audio, dict) else {}
    )
    return _checked(Source(f"{kind}: baseline.params of a harness configuration", {**audio_format, **params}), name)


def _from_python(text: str, name: str) -> Source:
    found = calls(text)
    starts = [call for call in found if not call.within_session]
    if len(starts) > 1:
        lines = ", ".join(str(call.line) for call in starts)
        raise ConfigError(f"{name}: sessions are configured on {len(starts)} lines ({lines}). Give one of them alone.")
    if not starts:
        raise ConfigError(f"{name}: it is Python, but no AssemblyAI parameters are set in it. {_EXPECTED}")
    [start] = starts
    notes = tuple(
        f"Line {call.line} changes {', '.join(call.params) or 'parameters'} within a session; Gladia can change nothing then."
        for call in found
        if call.within_session
    )
    return Source(f"a Python {start.form} on line {start.line}", start.params, start.unset, notes)


def _checked(source: Source, name: str) -> Source:
    if not source.params:
        raise ConfigError(f"{name}: it holds no parameters. {_EXPECTED}")
    for parameter, value in source.params.items():
        if _HALF.search(f"{parameter} {json.dumps(value, ensure_ascii=False, default=str)}"):
            raise ConfigError(
                f"{name}: {parameter!a} has half a character (a surrogate), which is no text. Correct it."
            )
    return source


_READERS = (("JSON", _from_json), ("TOML", _from_toml), ("Python", _from_python))
