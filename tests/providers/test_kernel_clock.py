import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import trustme

from harness.providers import kernel_clock
from harness.providers.kernel_clock import StampedSocket

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux stamps TCP segments")


@contextmanager
def connected(*, tls: bool) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of one TCP connection: ours and the service's."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ours = socket.create_connection(listening.getsockname())
        theirs, _ = listening.accept()
    if tls:
        authority = trustme.CA()
        server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
        authority.issue_cert("localhost").configure_cert(server)
        authority.configure_trust(client)
        ends: list[socket.socket] = []
        thread = threading.Thread(target=lambda: ends.append(server.wrap_socket(theirs, server_side=True)))
        thread.start()
        ours = client.wrap_socket(ours, server_hostname="localhost")
        thread.join()
        [theirs] = ends
    with ours, theirs:
        yield ours, theirs


def wait_for_arrival(end: socket.socket) -> None:
    """Block until something lies in the kernel's buffer, and leave it there."""
    socket.socket.recv(end, 1, socket.MSG_PEEK)


def stamping(ours: socket.socket, theirs: socket.socket) -> StampedSocket:
    """Once the kernel stamps, which it begins to do some time after it was asked to."""
    stamped = StampedSocket(ours)
    for _ in range(1000):
        theirs.sendall(b"handshake")
        stamped.recv(65536)
        if stamped.by_kernel:
            break
    return stamped


@linux
@pytest.mark.parametrize("tls", [False, True])
def test_data_is_stamped_when_it_arrived_however_late_it_is_read(tls: bool):
    """Between the arrival and the read lies an instant; the stamp is before it, and after the sending."""
    with connected(tls=tls) as (ours, theirs):
        stamped = stamping(ours, theirs)
        for text in (b"first", b"second"):
            before_ns = time.monotonic_ns()
            theirs.sendall(text)
            wait_for_arrival(ours)
            arrived_before_ns = time.monotonic_ns()

            assert (stamped.recv(65536), stamped.by_kernel) == (text, True)
            assert before_ns <= stamped.arrived_ns <= arrived_before_ns


@linux
def test_an_interruption_between_the_clocks_moves_no_stamp(monkeypatch):
    """The scheduler may take the processor away while the wall clock is compared with the monotonic one."""
    with connected(tls=False) as (ours, theirs):
        stamped = stamping(ours, theirs)
        before_ns = time.monotonic_ns()
        theirs.sendall(b"text")
        wait_for_arrival(ours)
        arrived_before_ns, real_ns, interruptions_ns = time.monotonic_ns(), time.time_ns, iter([5_000_000])

        def interrupted_ns() -> int:
            end_ns = time.monotonic_ns() + next(interruptions_ns, 0)
            while time.monotonic_ns() < end_ns:
                pass
            return real_ns()

        monkeypatch.setattr(time, "time_ns", interrupted_ns)

        assert (stamped.recv(65536), stamped.by_kernel) == (b"text", True)
        assert before_ns <= stamped.arrived_ns <= arrived_before_ns


def test_on_a_busy_machine_the_least_interrupted_comparison_of_the_clocks_counts(monkeypatch):
    """Though none was without interruption."""
    readings = iter([(9_000, 1), (5_000, 2), (7_000, 3), (6_000, 4), (8_000, 5)])
    monkeypatch.setattr(kernel_clock, "_read_clocks", lambda: next(readings))

    assert 2 == kernel_clock._wall_ahead_ns()


@linux
def test_a_wall_clock_that_is_set_meanwhile_falls_back_to_the_read(monkeypatch):
    """A stamp before the last read or after this one is none; the read's own instant is taken, and said to be that."""
    with connected(tls=False) as (ours, theirs):
        stamped = StampedSocket(ours)
        real_ns = time.time_ns
        for hours in (-1, 1):
            theirs.sendall(b"text")
            wait_for_arrival(ours)
            monkeypatch.setattr(time, "time_ns", lambda hours=hours: real_ns() + hours * 3_600_000_000_000)
            before_ns = time.monotonic_ns()
            stamped.recv(65536)
            monkeypatch.undo()

            assert stamped.by_kernel is False
            assert before_ns <= stamped.arrived_ns <= time.monotonic_ns()


def test_without_stamps_the_read_counts(monkeypatch):
    """On a system that has none, all works and the stamp is the process's."""
    monkeypatch.setattr(sys, "platform", "darwin")
    with connected(tls=False) as (ours, theirs):
        stamped = StampedSocket(ours)
        theirs.sendall(b"text")
        wait_for_arrival(ours)
        before_ns = time.monotonic_ns()

        assert (stamped.recv(65536), stamped.by_kernel) == (b"text", False)
        assert before_ns <= stamped.arrived_ns <= time.monotonic_ns()


@pytest.mark.parametrize("tls", [False, True])
def test_the_end_of_the_stream_is_an_empty_read(tls: bool):
    """A peer that goes away ends the stream as on a plain socket."""
    with connected(tls=tls) as (ours, theirs):
        stamped = StampedSocket(ours)
        socket.socket.shutdown(theirs, socket.SHUT_WR)

        assert stamped.recv(65536) == b""


def test_all_else_is_the_sockets_own():
    """Names, addresses and sending pass through."""
    with connected(tls=False) as (ours, theirs):
        stamped = StampedSocket(ours)
        stamped.sendall(b"to the service")

        assert stamped.fileno() == ours.fileno()
        assert stamped.getpeername() == theirs.getsockname()
        assert theirs.recv(100) == b"to the service"
