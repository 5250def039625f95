import re

import pytest

from harness.providers.billing import assemblyai_price, gladia_price
from harness.providers.registry import provider


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, 0.15),
        ({"speech_model": "universal-streaming-multilingual"}, 0.15),
        ({"speech_model": "whisper-rt"}, 0.30),
        ({"speech_model": "u3-rt-pro"}, 0.45),
        ({"speech_model": "universal-3-6-pro"}, 0.45),
        ({"speech_model": "u3-rt-pro", "keyterms_prompt": ["Gladia"]}, 0.49),
    ],
)
def test_assemblyai_charges_by_model(params: dict, expected: float):
    """An hour's list price, with the add-on whose price is known."""
    price = assemblyai_price(params)

    assert price is not None
    assert expected == price.usd_per_hour


def test_a_model_of_unknown_price_has_none():
    """Unknown is not free."""
    assert assemblyai_price({"speech_model": "universal-9"}) is None


def test_what_may_cost_extra_is_named():
    """An add-on without a known price is not silently left out."""
    price = assemblyai_price({"speaker_labels": True, "redact_pii": False})

    assert price is not None
    assert price.excludes == ("speaker_labels",)


def test_a_third_partys_word_is_marked_as_such():
    """Gladia's price was seen only in somebody else's list."""
    assert "unverified" in gladia_price({}).source


@pytest.mark.parametrize("name", ["assemblyai", "gladia"])
def test_every_provider_states_rule_and_dated_price(name: str):
    """A price without a date is a rumour."""
    service = provider(name)
    price = service.list_price({})

    assert service.billed_by in {"session", "audio"}
    assert price is not None
    assert re.fullmatch(r"20\d\d-\d\d(-\d\d)?", price.as_of)
