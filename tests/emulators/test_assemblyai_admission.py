from loopback import TestClock

from harness.emulators.assemblyai_admission import Admission, NewSessionLimit, Refusal

EXCESS = Refusal("Too many concurrent sessions", 3009, status=None)


def admitted(limit, attempts):
    return sum(limit.admit() for _ in range(attempts))


def test_the_limit_grows_while_it_is_used_and_shrinks_back():
    """By a tenth a minute from 70 % in use, back below 50 %, never under where it started."""
    clock = TestClock()
    limit = NewSessionLimit(10, clock)
    counts = []
    for attempts in (20, 20, 20, 0, 0, 20):
        counts.append(admitted(limit, attempts))
        clock.advance(60)
    assert counts == [10, 11, 12, 0, 0, 10]


def test_the_limit_stays_between_half_and_most_of_its_use():
    """60 % in use changes nothing."""
    clock = TestClock()
    limit = NewSessionLimit(10, clock)
    counts = []
    for attempts in (20, 6, 20):
        counts.append(admitted(limit, attempts))
        clock.advance(60)
    assert counts == [10, 6, 11]


def test_quiet_hours_cost_nothing():
    """A limit that nobody used for years answers at once."""
    clock = TestClock()
    limit = NewSessionLimit(10, clock)
    clock.advance(1e11)
    assert admitted(limit, 20) == 10


def test_a_minute_slides():
    """Room comes back as sessions grow older than a minute, not at the full minute."""
    clock = TestClock()
    limit = NewSessionLimit(2, clock)
    told = []
    for seconds in (0, 40, 10, 10, 10):
        clock.advance(seconds)
        told.append(limit.admit())
    assert told == [True, True, False, True, False]


def test_a_refused_client_uses_up_no_session():
    """Only who would be let in counts."""
    admission = Admission({"bad"}, 1, EXCESS, TestClock())
    assert [admission.admit(key, None) for key in ("bad", "good")] == [
        Refusal("Unauthorized Connection: Invalid API key"),
        None,
    ]
    assert EXCESS == admission.admit("good", None)


def test_expired_tokens_are_forgotten():
    """With the next one issued; what they were is still told."""
    clock = TestClock()
    admission = Admission(frozenset(), None, EXCESS, clock)
    old = admission.tokens.issue(60, None)
    clock.advance(61)
    admission.tokens.issue(60, None)
    assert len(admission.tokens._valid) == 1
    assert admission.admit("", old) == Refusal("Unauthorized Connection: Token already used or expired")
