"""Whatever others write, it is read or refused in words of ours; `run.py` beside this looks for what breaks it, coverage-guided."""

import random
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutations import mutated
from targets import TARGETS

FOUND = Path(__file__).parent / "found"
CASES = sorted(path.relative_to(FOUND) for path in FOUND.glob("*/*"))
SLOW = {"in-run", "tables"}
LONGEST = 1 << 14

seeds_of = cache(lambda name: tuple(TARGETS[name].seeds()))


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_valid_is_read(name: str):
    """No seed is refused, so that changes of it reach what lies behind the first check."""
    for seed in seeds_of(name)[: 1 if name in SLOW else None]:
        TARGETS[name].read(seed)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_broke_a_reader_once_does_not_any_more(case: Path):
    """Each kept case is read or refused."""
    TARGETS[case.parts[0]]((FOUND / case).read_bytes())


@settings(max_examples=120)
@given(st.sampled_from([name for name in TARGETS if name not in SLOW]), st.integers(0, 2**32))
def test_what_is_almost_valid_is_read_or_refused(name: str, number: int):
    """Valid input with some of its tokens changed, dropped, doubled, exchanged or replaced by what is awkward."""
    dice = random.Random(number)
    TARGETS[name](mutated(dice.choice(seeds_of(name)), dice, LONGEST))


@settings(max_examples=50)
@given(
    st.sampled_from([name for name in TARGETS if name not in SLOW]),
    st.binary(max_size=200) | st.text(max_size=100).map(str.encode),
)
def test_anything_is_read_or_refused(name: str, data: bytes):
    """Bytes and texts that never were an input."""
    TARGETS[name](data)
