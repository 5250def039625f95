import asyncio
import logging
from time import monotonic_ns

from loopback import ToneEngine, pause, spoken

from harness.emulators.listening import RecogniserStream
from harness.emulators.monitor import Monitor
from harness.emulators.recognition import EndpointRules, Final, StreamRequest, WireFormat

REQUEST = StreamRequest("gladia", 1, WireFormat("PCM_16", 16000), EndpointRules(0.5, 300, 300))
SENTENCE = spoken("yes") + pause(480)


class Held(ToneEngine):
    """Understands everything, when it is let."""

    def __init__(self):
        self.asked, self.let = asyncio.Event(), asyncio.Event()

    async def decode(self, samples, priority, key):
        self.asked.set()
        await self.let.wait()
        return await super().decode(samples, priority, key)


async def lines(caplog, count):
    """Until so many are logged."""
    while len(caplog.messages) < count:  # noqa: ASYNC110 - the log signals nothing that could be awaited
        await asyncio.sleep(0)


def test_a_recogniser_that_falls_behind_is_told_of_by_how_much(caplog):
    """In the metrics as long as audio waits, as the worst since the start, and in the log when it begins and when it is over."""

    async def run():
        monitor, engine, events = Monitor(), Held(), []
        watch = asyncio.create_task(monitor.probe_loop())
        stream = RecogniserStream(REQUEST, engine, engine, events.append, monitor)
        stream.push(SENTENCE, monotonic_ns() - 3_000_000_000)
        await engine.asked.wait()
        await lines(caplog, 1)
        waiting = monitor.snapshot()["behind_ms"]
        engine.let.set()
        await stream.finish()
        await lines(caplog, 2)
        watch.cancel()
        return waiting, monitor.snapshot()["behind_ms"], events

    with caplog.at_level(logging.WARNING):
        waiting, after, events = asyncio.run(run())
    assert waiting["now"] > 3000 > after["now"] == 0.0
    assert after["max"] > 3000
    assert [event.text for event in events if isinstance(event, Final)] == ["yes"]
    assert [message.split(" s ")[1] for message in caplog.messages] == ["behind real time."] * 2


def test_a_stream_that_was_closed_waits_for_nobody():
    """Whatever it had not listened to."""

    async def run():
        monitor, engine = Monitor(), Held()
        stream = RecogniserStream(REQUEST, engine, engine, lambda event: None, monitor)
        stream.push(SENTENCE, monotonic_ns() - 3_000_000_000)
        before_ms = monitor.behind_now_ms()
        stream.close()
        return before_ms, monitor.behind_now_ms()

    before_ms, after_ms = asyncio.run(run())
    assert before_ms > 3000 > after_ms == 0.0
