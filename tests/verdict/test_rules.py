import math
import subprocess
import sys

import pytest

from harness.errors import ConfigError
from harness.verdict.rules import BY_TIME, RULES, GateSettings

WER_ABS = RULES[0]
ENTITY_MISS = next(rule for rule in RULES if rule.name == "entity_miss")


def test_defaults():
    """Without configuration every rule keeps the margin and level of the table."""
    settings = GateSettings()

    assert [(rule.margin, rule.level) for rule in RULES] == [
        (settings.margin(rule), settings.level(rule)) for rule in RULES
    ]


def test_configured():
    """A configured margin and level replace the default of that rule."""
    settings = GateSettings(margins={"wer_abs": 0.02}, levels={"wer_abs": "warn"})

    assert (0.02, "warn") == (settings.margin(WER_ABS), settings.level(WER_ABS))


@pytest.mark.parametrize(("key", "value"), [("margins", 0.01), ("levels", "warn"), ("planned_differences", 0.0)])
def test_unknown_rule(key, value):
    """Wherever a rule is named, an unknown one is refused with the nearest name."""
    with pytest.raises(ConfigError, match=rf"gate\.{key}\.wer_abz: there is no rule 'wer_abz'. Did you mean 'wer_abs'"):
        GateSettings(**{key: {"wer_abz": value}})


@pytest.mark.parametrize(
    ("key", "settings"), [("levels.erasure", {"levels": {"erasure": "warning"}}), ("slices", {"slices": "warning"})]
)
def test_unknown_level(key, settings):
    """An unknown level is refused with the nearest word."""
    with pytest.raises(ConfigError, match=rf"gate\.{key}: 'warning'.*Did you mean 'warn'"):
        GateSettings(**settings)


@pytest.mark.parametrize("margin", [-0.01, math.nan, math.inf, True, "0.01", None])
def test_bad_margin(margin):
    """A margin is a finite number of at least 0."""
    with pytest.raises(ConfigError, match=r"gate\.margins\.wer_abs"):
        GateSettings(margins={"wer_abs": margin})


@pytest.mark.parametrize("changes", [{"seed": -1}, {"seed": 1.5}, {"resamples": 100}, {"resamples": True}])
def test_bad_bootstrap(changes):
    """Seed and resamples are whole numbers within their limits."""
    with pytest.raises(ConfigError, match=f"gate.{next(iter(changes))}"):
        GateSettings(**changes)


def test_the_source_of_endpoints_is_chosen():
    """By times `false_cutoff` reads another metric under another label, with the same margin; any other word is refused."""
    changed = set(GateSettings(endpoint_source="time").rules) - set(RULES)

    assert changed == set(BY_TIME.values())
    assert [("false_cutoff", "false_cutoff_rate_by_time", 0.02)] == [(r.name, r.metric, r.margin) for r in changed]
    assert GateSettings().rules == RULES
    with pytest.raises(ConfigError, match=r"gate\.endpoint_source: 'ear'.*Allowed: text, time"):
        GateSettings(endpoint_source="ear")


def test_entity_rule_needs_mentions():
    """The entity rule switches itself on with 100 mentions, and obeys a configured level at once."""
    automatic, explicit = GateSettings(), GateSettings(levels={"entity_miss": "error"})

    assert ["off", "error", "error"] == [
        automatic.level(ENTITY_MISS, 99),
        automatic.level(ENTITY_MISS, 100),
        explicit.level(ENTITY_MISS, 3),
    ]


def test_import_is_light():
    """Reading settings costs no numerical library, so that `harness --help` stays fast."""
    code = "import sys, harness.verdict.rules; print(sorted({'numpy', 'scipy', 'pandas'} & set(sys.modules)))"

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]\n" == result.stdout
