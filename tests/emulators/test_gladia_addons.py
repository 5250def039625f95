from hypothesis import given
from hypothesis import strategies as st
from strategies import JSON

from harness.emulators.gladia_addons import Addons, entities, parse_addons, sentiments, summary, translated
from harness.emulators.gladia_session import utterance
from harness.emulators.recognition import TimedWord, join


def words(text):
    """Words of 100 ms each."""
    return tuple(TimedWord(word, 100 * n, 100 * (n + 1), 0.5) for n, word in enumerate(text.split()))


def said(text):
    return utterance(words(text), 0, f" {text}", "en")


def addons(**settings):
    errors = []
    parsed = parse_addons(settings, errors)
    return parsed, errors


def respelled(text, **settings):
    parsed, errors = addons(**settings)
    assert errors == []
    return join(parsed.respell(words(text)))


def test_a_pronunciation_becomes_its_value():
    """Longest first, whatever the case, with the mark that followed; the words' times embrace what they replace."""
    vocabulary = {
        "custom_vocabulary": True,
        "custom_vocabulary_config": {
            "vocabulary": ["Gladia", {"value": "New York City", "pronunciations": ["new york", "Big Apple"]}]
        },
    }
    assert respelled("From new York, GLADIA moved.", **vocabulary) == "From New York City, Gladia moved."
    parsed, _ = addons(**vocabulary)
    city = parsed.respell(words("the big apple!"))[1]
    assert city == TimedWord("New York City!", 100, 300, 0.5)


def test_a_spelling_becomes_its_key():
    """Only if switched on."""
    config = {"custom_spelling_config": {"spelling_dictionary": {"Gorish": ["ghorish", "go rish"]}}}
    assert respelled("ghorish go rish", custom_spelling=True, **config) == "Gorish Gorish"
    assert respelled("ghorish go rish", **config) == "ghorish go rish"


@given(st.text(alphabet="ab .,", max_size=30))
def test_without_spellings_nothing_changes(text):
    """Not a word."""
    assert Addons().respell(words(text)) == words(text)


FIELDS = [
    "custom_vocabulary",
    "custom_vocabulary_config",
    "custom_spelling",
    "custom_spelling_config",
    "translation",
    "translation_config",
    "sentiment_analysis",
]
CONFIG = st.dictionaries(st.sampled_from(["vocabulary", "spelling_dictionary", "target_languages"]), JSON)


@given(st.dictionaries(st.sampled_from(FIELDS), st.just(True) | CONFIG | JSON))
def test_any_settings_are_applied_or_refused_by_field(settings):
    """Nothing fails, and each error begins with the field's name."""
    parsed, errors = addons(**settings)
    parsed.respell(words("some words to respell"))
    assert [error for error in errors if not error.startswith("realtime_processing.")] == []


def test_forms_of_addons():
    """Their fields, and their plain content."""
    told = said("Ann paid 20 Euros.")
    assert [(each["entity_type"], each["text"]) for each in entities(told)] == [("NUMBER", "20"), ("NAME", "Euros")]
    assert sentiments(told)[0]["text"] == "Ann paid 20 Euros."
    assert translated(told, "de")["text"] == " [de] Ann paid 20 Euros."
    assert summary("bullet_points", [told, told]) == "- Ann paid 20 Euros.\n- Ann paid 20 Euros."
    assert summary("general", []) == ""
