from dataclasses import replace

import pytest

from harness.calibration.material import Injection, Material, SidePlan, Utterance, Word, material_of
from harness.calibration.settings import Settings
from harness.calibration.truth import Rate, emitted_ms, latencies_ms, truth_of

WORDS = tuple(Word(f"w{place}", 1000 + 300 * place, 1300 + 300 * place) for place in range(10))
UTTERANCE = Utterance(WORDS, 3)  # 1.0 s to 4.0 s
LATER = Utterance(tuple(Word(f"{w.text}b", w.start_ms + 3200, w.end_ms + 3200) for w in WORDS), 3)  # from 4.2 s
INJECTION = Injection((), 2, 20, 40, cut=False, retracted=False, corrected=False)
PLAN = SidePlan("assemblyai", 130, 210, 60, (INJECTION,), fails=False)


@pytest.mark.parametrize(
    ("at_ms", "delay_ms", "chunk_ms", "expected"),
    [
        (1620, 130, 100, 1750),  # arrives at 1700: the delay decides
        (1620, 10, 100, 1700),  # can't be spoken of before it is there
        (1700, 0, 100, 1700),  # the chunk that ends with it holds it
        (1620, 130, 1000, 2000),
        (1620, 0, 62.5, 1625),
    ],
)
def test_a_script_speaks_after_its_delay_but_not_before_the_audio_arrives(
    at_ms: int, delay_ms: int, chunk_ms: float, expected: float
):
    """All in ms from T0."""
    assert expected == emitted_ms(at_ms, delay_ms, chunk_ms)


def test_latencies_by_hand():
    """Two words end at 1600 ms and the onset is at 1000; the turn ends at 4000. All else is the plan's delays."""
    found = latencies_ms(PLAN, (UTTERANCE,), 100)

    assert {
        "first_partial_ms": (1600 + 20 + 130 - 1000,),
        "endpoint_ms": (40 + 210,),
        "final_ms": (40 + 210 + 60,),
    } == found


def test_a_partial_waits_for_the_final_before_it():
    """The final of the first utterance leaves at 6000, when the second has begun at 4200."""
    slow = replace(PLAN, final_delay_ms=1900, injections=(INJECTION, INJECTION))
    first, second = latencies_ms(slow, (UTTERANCE, LATER), 100)["first_partial_ms"]

    assert (750, 1800) == (first, second)


def test_large_chunks_delay_what_is_said():
    """At 1000 ms a chunk, the partial of 1620 leaves at 2000, the final of 4040 at 5000."""
    found = latencies_ms(PLAN, (UTTERANCE,), 1000)

    assert {"first_partial_ms": (1000,), "endpoint_ms": (1000,), "final_ms": (1060,)} == found


def test_counts_are_those_of_the_sessions_that_count():
    """Three pairs, of which the first fails: its words count, its turns do not."""
    material = material_of(Settings(3, 20))
    truth = truth_of(material, "candidate", material.clip_ids)
    utterances = len(material.utterances)

    assert Rate(1, 3) == truth.rates["session_failure_rate"]
    assert (3 * 12 * utterances, 2 * utterances) == (
        truth.rates["wer"].trials,
        truth.rates["false_cutoff_rate"].trials,
    )


def test_a_pair_that_the_harness_spoiled_does_not_count():
    """Without the pair that fails there is no failure."""
    material = material_of(Settings(3, 20))

    assert Rate(0, 2) == truth_of(material, "candidate", material.clip_ids[1:]).rates["session_failure_rate"]


def test_quantiles_are_of_all_sessions_together():
    """Two sessions with 1 and 2 ms each: the median of 1, 1, 2, 2 is 1.5."""
    truth = truth_of(Material(Settings(2), (UTTERANCE,), {"baseline": PLAN}), "baseline", ("clip-001", "clip-002"))
    truth = replace(truth, latencies_ms={"final_ms": (1.0, 2.0)})

    assert (1.5, 2.0) == (truth.quantile_ms("final_ms", 0.5), truth.quantile_ms("final_ms", 0.95))


def test_nothing_has_no_quantile_and_no_rate():
    """If the harness spoiled every pair there is nothing to compare with."""
    material = material_of(Settings(2, 20))
    truth = truth_of(material, "baseline", ())

    assert (None, None) == (truth.quantile_ms("final_ms", 0.5), truth.rates["wer"].value)
