"""A configuration is held against what Gladia's SDK declares, which the SDK itself does not do."""

from typing import Any

import pytest

from harness.providers.gladia_schema import schema_problems

VALID = {
    "endpointing": 1,
    "encoding": "wav/pcm",
    "bit_depth": 16,
    "model": "a later one",
    "custom_metadata": {"any": [1, None]},
    "language_config": {"languages": ["en"], "code_switching": False},
    "realtime_processing": {
        "custom_vocabulary_config": {"vocabulary": ["a", {"value": "b", "intensity": 0.5}]},
        "custom_spelling_config": {"spelling_dictionary": {"a": ["b"]}},
        "translation": None,
    },
}


def test_what_is_declared_has_no_problems():
    """Types in types, values of several types, whole numbers as numbers, null where a field may be left out."""
    assert [] == schema_problems(VALID)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"endpointing": "0.4"}, "endpointing: '0.4' is no number"),
        ({"endpointing": True}, "endpointing: True is no number"),
        ({"callback": 1}, "callback: 1 is no true or false"),
        ({"bit_depth": 12}, "bit_depth: 12 is none of 8, 16, 24, 32"),
        ({"language_config": {"languages": "en"}}, "language_config.languages: 'en' is no list"),
        ({"language_config": {"languages": ["xx"]}}, "language_config.languages[0]: 'xx' is none of af, am,"),
        ({"messages_config": []}, "messages_config: [] is no table"),
        (
            {"realtime_processing": {"custom_vocabulary_config": {"vocabulary": [{"value": 3}]}}},
            "realtime_processing.custom_vocabulary_config.vocabulary[0].value: 3 is no text",
        ),
        ({"endpoint": 1}, "endpoint: there is no such field. Did you mean endpointing or encoding?"),
    ],
)
def test_what_is_not_is_named_with_its_place(wrong: dict[str, Any], said: str):
    """And with what would be right."""
    [problem] = schema_problems(VALID | wrong)

    assert problem.startswith(said)
