"""All latencies that are compared, in the order in which they are shown."""

from collections.abc import Callable, Iterator
from operator import attrgetter

from harness.verdict.estimands import Latency, Value
from harness.verdict.population import Population


def _each(table: str, field: str) -> Callable[[Population], Iterator[Value]]:
    def values(population: Population) -> Iterator[Value]:
        for pair in getattr(population, table):
            a, b = pair.baseline, pair.candidate
            yield a.clip_id, a.call_id, a.pass_number, getattr(a, field), getattr(b, field)

    return values


def _each_word(field: str) -> Callable[[Population], Iterator[Value]]:
    columns = attrgetter("clip_id", "call_id", "pass_number", f"baseline_{field}", f"candidate_{field}")

    def values(population: Population) -> Iterator[Value]:
        yield from map(columns, population.words)

    return values


_FULL = (0.5, 0.9, 0.95, 0.99)
_ENDS = (0.5, 0.9, 0.95)
_SHORT = (0.5, 0.95)

LATENCIES: tuple[Latency, ...] = (
    Latency("first_partial_ms", _each("utterances", "first_partial_ms"), _FULL),
    Latency("first_partial_prov_ms", _each("utterances", "first_partial_prov_ms"), _FULL, from_sending=True),
    Latency("first_text_ms", _each("utterances", "first_text_ms"), _FULL),
    Latency("first_text_prov_ms", _each("utterances", "first_text_prov_ms"), _FULL, from_sending=True),
    Latency("word_emission_ms", _each_word("emission_ms"), _FULL, of_words=True),
    Latency("word_emission_prov_ms", _each_word("emission_prov_ms"), _FULL, of_words=True, from_sending=True),
    Latency("word_stabilisation_ms", _each_word("stabilisation_ms"), _SHORT, of_words=True),
    Latency("word_final_ms", _each_word("final_ms"), _SHORT, of_words=True),
    Latency("final_ms", _each("turns", "final_ms"), _FULL),
    Latency("final_prov_ms", _each("turns", "final_prov_ms"), _FULL, from_sending=True),
    Latency("final_unformatted_ms", _each("turns", "final_unformatted_ms"), _SHORT, paired=False),
    Latency("final_formatted_ms", _each("turns", "final_formatted_ms"), _SHORT, paired=False),
    Latency("endpoint_ms", _each("turns", "endpoint_ms"), _ENDS),
    Latency("endpoint_by_time_ms", _each("turns", "endpoint_by_time_ms"), _ENDS),
    Latency("session_init_ms", _each("sessions", "session_init_ms"), _SHORT, paired=False),
    Latency("http_post_ms", _each("sessions", "http_post_ms"), _SHORT, paired=False),
    Latency("ws_open_ms", _each("sessions", "ws_open_ms"), _SHORT, paired=False),
    Latency("first_text_from_audio_start_ms", _each("sessions", "first_text_from_audio_start_ms"), _SHORT),
    Latency("flush_ms", _each("sessions", "flush_ms"), _SHORT, paired=False),
    Latency("close_ms", _each("sessions", "close_ms"), _SHORT, paired=False),
    Latency(
        "backlog_slope_ms_per_s", _each("sessions", "backlog_slope_ms_per_s"), (0.5,), unit="ms_per_s", warn_above=5.0
    ),
)

LATENCY: dict[str, Latency] = {latency.name: latency for latency in LATENCIES}
