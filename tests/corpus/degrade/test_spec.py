import pytest

from harness.corpus.degrade.spec import KINDS, parse_variant
from harness.errors import ConfigError


def test_what_is_left_out_has_its_default():
    """And the label tells only what differs from it."""
    [step] = parse_variant("noise:snr_db=10").steps
    assert ("noise", {"snr_db": 10.0, "kind": "white"}) == (step.kind, dict(step.parameters))
    assert "noise-10dB" == parse_variant("noise: snr_db=10, kind=white").label


def test_steps_are_joined():
    """A sign in a number joins nothing; the order is that of the text."""
    variant = parse_variant("noise:snr_db=+5,kind=babble+telephone + loss:loss_pct=5,burst_packets=3,conceal=repeat")
    assert "noise-5dB-babble+telephone+loss-5pct-3packets-repeat" == variant.label
    assert {"telephone", "noise", "loss", "clipping", "speed", "reverb", "silence", "hold"} == set(KINDS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("telefone", "'telefone' is no degradation; allowed are telephone, .*. Did you mean telephone?"),
        ("noise", "noise needs snr_db, as in noise:snr_db=10."),
        ("speed:factor=9", "factor is '9'; allowed is a number from 0.5 to 2. Correct it."),
        ("noise:snr_db=x", "snr_db is 'x'; allowed is a number from -20 to 60."),
        ("noise:snr_db=nan", "snr_db is 'nan'; allowed is"),
        ("noise:snr=1", "'snr' is no parameter; noise has snr_db, kind. Did you mean snr_db?"),
        ("noise:snr_db", "'snr_db' has no value; noise has"),
        ("noise:snr_db=1,snr_db=2", "'snr_db' stands twice; noise has"),
        ("telephone:codec=gsm", "codec is 'gsm'; allowed are mulaw, alaw, pcm. Choose one of them."),
        ("telephone+", "'telephone\\+' is no degradation"),
    ],
)
def test_a_wrong_spec_is_named(text, message):
    """What stands there, and what is allowed."""
    with pytest.raises(ConfigError, match=message.replace("?", r"\?")):
        parse_variant(text)
