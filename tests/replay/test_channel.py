import os
import socket
import tempfile
import threading

from hypothesis import given
from hypothesis import strategies as st

from harness.replay.channel import Channel


def pair() -> tuple[Channel, Channel]:
    one, other = socket.socketpair()
    return Channel(one), Channel(other)


def receive(channel: Channel, count: int) -> list:
    values: list = []
    while len(values) < count:
        values.extend(channel.receive())
    return values


@given(st.lists(st.binary(max_size=3000) | st.text(max_size=100) | st.integers(), min_size=1, max_size=20))
def test_values_arrive_whole_and_in_order(values):
    """However the stream is cut."""
    one, other = pair()
    for value in values:
        one.send(value)

    assert receive(other, len(values)) == values
    one.close()
    other.close()


def test_a_value_larger_than_any_buffer_arrives_whole():
    """Ten megabytes, sent while the other end reads."""
    one, other = pair()
    large = os.urandom(10_000_000)
    sending = threading.Thread(target=one.send, args=(large,))
    sending.start()

    assert receive(other, 1) == [large]
    sending.join()
    one.close()
    other.close()


def test_open_files_come_along():
    """What is behind a descriptor can be read at the other end, though the file has no name and its sender closed it."""
    one, other = pair()
    with tempfile.TemporaryFile() as file:
        file.write(b"audio")
        file.flush()
        one.send("play", [file.fileno(), file.fileno()])

    assert receive(other, 1) == ["play"]
    assert [os.pread(descriptor, 10, 0) for descriptor in other.descriptors] == [b"audio", b"audio"]
    for descriptor in other.descriptors:
        os.close(descriptor)
    one.close()
    other.close()


def test_the_end_is_told():
    """A peer that hung up, in the middle of a value or not, is no value."""
    one, other = pair()
    one.close()

    assert other.receive() is None
    other.close()
