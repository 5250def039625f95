import asyncio
from collections.abc import Callable

import pytest

from harness.emulators.faults import Fault
from harness.emulators.injection import SessionFaults
from harness.emulators.recognition import EndpointRules, Final, RecognitionEvent, StreamRequest, TimedWord, WireFormat

REQUEST = StreamRequest("gladia", 1, WireFormat("PCM_16", 16000), EndpointRules(0.5, 100, 1000))
FINAL = Final(0, 0, (TimedWord("queen", 100, 400),), 100, 400, "silence", 600)


class OnePhrase:
    """An engine, and its stream, that has heard a phrase as soon as it is opened."""

    def open(self, _request: object, emit: Callable[[RecognitionEvent], None]) -> "OnePhrase":
        emit(FINAL)
        return self

    async def finish(self) -> None:
        pass


@pytest.mark.parametrize(("kind", "more"), [("lose", {}), ("close", {"at_s": 9.0}), ("truncate", {"keep": 0.1})])
def test_an_order_that_is_withdrawn_takes_no_other_like_it_away(kind, more):
    """Two orders of the same fault are two: the second holds on when the first is gone, and is gone with itself."""
    orders = [(Fault(kind, **more),) for _ in range(2)]
    faults = SessionFaults(orders[0])
    faults.add(orders[1])
    held = lambda: len([*faults._connection, *faults._messages, *faults._texts])  # noqa: E731

    faults.remove(orders[0])
    assert 1 == held()
    faults.remove(orders[1])
    assert 0 == held()


def test_late_text_comes_though_the_order_was_withdrawn():
    """What was held back for later is told at the end, when nothing is left that says how much later."""
    told, order = [], (Fault("late", delay_ms=60_000.0),)
    faults = SessionFaults(order)
    stream = faults.open(OnePhrase(), REQUEST, told.append)
    assert [] == told

    faults.remove(order)
    asyncio.run(stream.finish())
    assert [FINAL] == told


def test_only_numbers_get_a_fraction():
    """A switch or a text under the same name stays what it is."""
    faults = SessionFaults((Fault("fraction", field="end"),))
    words = [{"end": 400}, {"end": True}, {"end": "400"}]
    [parcel] = faults.pack({"type": "Turn", "words": words}, "0", 0.0)
    assert [400.4, True, "400"] == [word["end"] for word in parcel.message["words"]]
