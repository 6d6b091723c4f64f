"""What a share surely is."""

from hypothesis import given
from hypothesis import strategies as st

from midway.ops.trend import at_least


def test_few_prove_little_and_many_prove_much() -> None:
    assert round(100 * at_least(4, 393), 1) == 0.5
    assert round(100 * at_least(90, 891), 1) == 8.6
    assert round(100 * at_least(1018, 100_000), 2) == 0.97
    assert at_least(0, 0) == at_least(0, 500) == 0.0


@given(st.integers(1, 10**6), st.data())
def test_it_never_says_more_than_was_seen(of: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, of))
    assert 0 <= at_least(hits, of) <= hits / of
