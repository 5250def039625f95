"""When the sessions of a pair start."""

import threading
import time

from harness.replay.pair import LEAD_NS, Rendezvous


def test_both_start_a_moment_after_the_later_of_them_was_ready():
    """However long ago the reports were made."""
    rendezvous = Rendezvous(2)
    rendezvous.report(1_000)
    assert None is rendezvous.t0_ns
    rendezvous.report(5_000)

    assert (5_000 + LEAD_NS, True) == (rendezvous.t0_ns, rendezvous.paired)


def test_who_waited_for_one_that_never_came_starts_after_it_gave_up():
    """A service that doesn't answer takes its ten seconds: no chunk of the other may be due in the meantime."""
    rendezvous = Rendezvous(2)
    rendezvous.report(time.monotonic_ns() - 10_000_000_000)
    before_ns = time.monotonic_ns()
    rendezvous.report(None)

    assert before_ns + LEAD_NS <= rendezvous.wait(threading.Event()) <= time.monotonic_ns() + LEAD_NS
    assert not rendezvous.paired


def test_none_starts_if_none_is_ready():
    """There is nobody to send to."""
    rendezvous = Rendezvous(2)
    rendezvous.report(None)
    rendezvous.report(None)

    assert None is rendezvous.t0_ns
