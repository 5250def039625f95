import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.sync.server import ServerConnection, serve

from harness.providers.wire import WireLog, connect_tapped


@contextmanager
def server(handler: Callable[[ServerConnection], None], **options) -> Iterator[str]:
    with serve(handler, "127.0.0.1", 0, **options) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"ws://127.0.0.1:{listening.socket.getsockname()[1]}"
        listening.shutdown()
        thread.join()


def drain(socket) -> list:
    messages = []
    try:
        while True:
            messages.append(socket.recv())
    except ConnectionClosed:
        return messages


def test_every_text_frame_is_kept_as_it_came():
    """Raw text, also when it is fragmented, in the order of arrival; binary frames are none of ours."""

    def talk(peer: ServerConnection) -> None:
        peer.send("plain")
        peer.send(["frag", "men", "ted ✓"])
        peer.send(b"binary")
        peer.send("")

    log = WireLog()
    with server(talk) as url:
        messages = drain(connect_tapped(log, connect, url))

    assert messages == ["plain", "fragmented ✓", b"binary", ""]
    assert [frame.data.decode() for frame in log.received] == ["plain", "fragmented ✓", ""]
    stamps = [frame.wire_ns for frame in log.received]
    assert stamps == sorted(stamps)


def test_a_frame_is_stamped_at_its_arrival_not_when_the_consumer_takes_it():
    """A consumer that does not read delays neither the stamp nor the reading of the socket, beyond the library's 16."""

    class Watched(WireLog):
        all_arrived = threading.Event()

        def frame_arrived(self, wire_ns: int, data: bytes, **stamp: bool) -> None:
            super().frame_arrived(wire_ns, data, **stamp)
            if data == b"99":
                self.all_arrived.set()

    def talk(peer: ServerConnection) -> None:
        for number in range(100):
            peer.send(str(number))
        peer.recv()

    log = Watched()
    with server(talk) as url:
        socket = connect_tapped(log, connect, url)
        assert log.all_arrived.wait(60)  # nobody has called recv() yet
        taken_ns = time.monotonic_ns()
        socket.recv()
        socket.send("done")
        drain(socket)

    assert all(frame.wire_ns < taken_ns for frame in log.received)
    assert [frame.queued for frame in log.received] == list(range(100))


def test_a_handler_is_stamped_on_the_frame_it_handles():
    """The stamp goes to the frame that was taken last; a frame without handler has none."""

    def talk(peer: ServerConnection) -> None:
        for text in ("handled", "ignored", "handled too"):
            peer.send(text)

    log = WireLog()
    with server(talk) as url:
        socket = connect_tapped(log, connect, url)
        for _ in range(3):
            if socket.recv() != "ignored":
                log.handler_called()
        drain(socket)

    assert [frame.handler_ns is not None for frame in log.received] == [True, False, True]
    assert all(frame.handler_ns is None or frame.handler_ns >= frame.wire_ns for frame in log.received)


def test_a_handler_before_any_frame_stamps_nothing():
    """An error reported while dialling has no frame."""
    assert WireLog().handler_called() is None


def test_sent_audio_is_counted_hashed_and_stamped_after_the_write():
    """The hash is of what was written to the socket, in order."""
    log = WireLog()
    with server(drain) as url:
        socket = connect_tapped(log, connect, url)
        before_ns = time.monotonic_ns()
        socket.send(b"abc")
        socket.send("stop")
        socket.send(bytearray(b"de"))
        after_ns = time.monotonic_ns()
        socket.close()

    assert [write.end_byte for write in log.sent_audio] == [3, 5]
    assert all(before_ns <= write.sent_ns <= after_ns for write in log.sent_audio)
    assert [text for _, text in log.sent_text] == ["stop"]
    assert log.audio_sha256 == hashlib.sha256(b"abcde").hexdigest()


def test_without_audio_there_is_no_hash():
    """The hash of nothing would look like a result."""
    assert WireLog().audio_sha256 == ""


def test_the_end_of_a_socket_is_kept_with_its_code():
    """Close code and reason are the server's."""
    log = WireLog()
    with server(lambda peer: peer.close(4403, "session over")) as url:
        drain(connect_tapped(log, connect, url))
        assert log.closed.wait(60)

    [connection] = log.connections
    assert (connection.close_code, connection.close_reason) == (4403, "session over")
    assert connection.dial_ns < connection.open_ns < connection.closed_ns


def test_a_refused_upgrade_is_a_dial_that_never_opened():
    """An HTTP refusal leaves neither an open nor a close instant."""
    log = WireLog()
    with (
        server(drain, process_request=lambda peer, _request: peer.respond(401, "no")) as url,
        pytest.raises(InvalidStatus),
    ):
        connect_tapped(log, connect, url)

    [connection] = log.connections
    assert (connection.open_ns, connection.closed_ns) == (None, None)
