"""What `--with` names: `telephone`, `noise:snr_db=10,kind=babble`, or several joined by `+`, applied from left to right."""

import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from harness.errors import ConfigError

Value = float | str
_JOINT = re.compile(r"\+(?=\s*[a-z])")
_UNITS = {"db": "dB", "dbov": "dBov", "s": "s", "pct": "pct", "packets": "packets"}


@dataclass(frozen=True, slots=True)
class Number:
    """A parameter that is a number from `low` to `high`; `default` None: it has to be given."""

    low: float
    high: float
    default: float | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A parameter that is one of some words; the first is the default."""

    names: tuple[str, ...]

    @property
    def default(self) -> str:
        """Taken if none is given."""
        return self.names[0]


KINDS: Mapping[str, Mapping[str, Number | Choice]] = MappingProxyType(
    {
        "telephone": {"codec": Choice(("mulaw", "alaw", "pcm"))},
        "noise": {"snr_db": Number(-20, 60), "kind": Choice(("white", "pink", "babble"))},
        "loss": {
            "loss_pct": Number(0, 90),
            "burst_packets": Number(1, 1000, 0),
            "conceal": Choice(("silence", "repeat")),
        },
        "clipping": {"drive_db": Number(0, 60)},
        "speed": {"factor": Number(0.5, 2)},
        "reverb": {"rt60_s": Number(0.05, 5), "drr_db": Number(-20, 40, 0)},
        "silence": {"lead_s": Number(0, 600)},
        "hold": {
            "length_s": Number(1, 300),
            "where": Choice(("before", "pause")),
            "level_dbov": Number(-60, -10, -26),
        },
    }
)


@dataclass(frozen=True, slots=True)
class Step:
    """One degradation, with all its parameters."""

    kind: str
    parameters: Mapping[str, Value] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """`noise-10dB-babble`: the kind, and what isn't the default."""
        allowed = KINDS[self.kind]
        told = [_told(name, value) for name, value in self.parameters.items() if value != allowed[name].default]
        return "-".join([self.kind, *told])

    def number(self, name: str) -> float:
        """A parameter that is a number."""
        return float(self.parameters[name])


@dataclass(frozen=True, slots=True)
class Variant:
    """What one `--with` makes of every recording."""

    steps: tuple[Step, ...]

    @property
    def label(self) -> str:
        """For the tag and the ids: `noise-10dB-babble+telephone`."""
        return "+".join(step.label for step in self.steps)


def _told(name: str, value: Value) -> str:
    return value if isinstance(value, str) else f"{value:g}{_UNITS.get(name.rpartition('_')[2], '')}"


def parse_variant(text: str) -> Variant:
    """Read the value of one `--with`.

    Raises:
        ConfigError: A kind, a parameter or a value is none that there is.
    """
    return Variant(tuple(_step(part.strip(), text) for part in _JOINT.split(text)))


def _step(part: str, whole: str) -> Step:
    kind, _, rest = part.partition(":")
    if kind not in KINDS:
        raise ConfigError(f"--with is {whole!r}: {kind!r} is no degradation; allowed are {_named(kind, KINDS)}")
    allowed = KINDS[kind]
    given: dict[str, Value] = {}
    for pair in filter(None, (one.strip() for one in rest.split(","))):
        name, equals, value = (one.strip() for one in pair.partition("="))
        if not equals or name not in allowed or name in given:
            problem = "stands twice" if name in given else "is no parameter" if equals else "has no value"
            raise ConfigError(f"--with is {whole!r}: {name!r} {problem}; {kind} has {_named(name, allowed)}")
        given[name] = _value(value, allowed[name], f"--with is {whole!r}: {name}")
    for name, parameter in allowed.items():
        if name not in given and parameter.default is None:
            raise ConfigError(f"--with is {whole!r}: {kind} needs {name}, as in {kind}:{name}={_example(parameter)}.")
    return Step(kind, {name: given.get(name, parameter.default or 0.0) for name, parameter in allowed.items()})


def _value(text: str, parameter: Number | Choice, where: str) -> Value:
    if isinstance(parameter, Choice):
        if text not in parameter.names:
            raise ConfigError(f"{where} is {text!r}; allowed are {', '.join(parameter.names)}. Choose one of them.")
        return text
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not parameter.low <= number <= parameter.high:
        raise ConfigError(
            f"{where} is {text!r}; allowed is a number from {parameter.low:g} to {parameter.high:g}. Correct it."
        )
    return number


def _example(parameter: Number | Choice) -> str:
    return parameter.default if isinstance(parameter, Choice) else f"{min(max(10.0, parameter.low), parameter.high):g}"


def _named(wrong: str, allowed: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(wrong, allowed, n=1)
    return f"{', '.join(allowed)}.{f' Did you mean {close[0]}?' if close else ''}"
