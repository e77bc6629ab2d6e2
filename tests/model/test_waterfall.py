"""A waterfall adds up to its number exactly, whatever the bars, and nothing is netted in it."""

import math

from hypothesis import given
from hypothesis import strategies as st

from backtrail.model.waterfall import Row, folded, of_pair, stacked
from backtrail.model.weight import Bar, Explanation

bits = st.floats(-20, 20, allow_nan=False)
bars = st.lists(
    st.builds(
        Bar,
        kind=st.sampled_from(["mutex", "url", "keyboard-layout"]),
        value=st.text(max_size=8),
        family=st.just("malware"),
        strength=st.just("B"),
        spoof=st.just("med"),
        bits=bits | st.just(0.0),
        raw=st.just(0.0),
    ),
    max_size=40,
)


def pair(prior, some):
    total = math.fsum([prior, *(bar.bits for bar in some)])
    return Explanation(a="A", b="B", prior=prior, total=total, probability=0.5, bars=tuple(some), uncollected=("x",))


@given(bits, bars)
def test_the_bars_add_up_to_the_number_exactly(prior, some):
    found = of_pair(pair(prior, some))
    assert math.fsum(row.bits for row in found.rows) == found.total == found.rows[-1].so_far
    assert found.rows[0].sort == "prior" and found.rows[0].so_far == prior
    for before, row in zip(found.rows, found.rows[1:], strict=False):
        assert math.isclose(before.so_far + row.bits, row.so_far, abs_tol=1e-9)


@given(bits, bars)
def test_every_bar_is_there_once_and_what_weighs_nothing_stands_apart(prior, some):
    found = of_pair(pair(prior, some))
    shown = [(row.label, row.values[0], row.bits) for row in (*found.rows[1:], *found.idle)]
    assert sorted(shown) == sorted((bar.kind, bar.value, bar.bits) for bar in some)
    assert all(row.bits for row in found.rows[1:]) and not any(row.bits for row in found.idle)
    assert all((row.sort == "against") == (row.bits < 0) for row in found.rows[1:])
    assert found.uncollected == ("x",)


@given(st.lists(st.tuples(st.sampled_from(["for", "absent", "against"]), bits), max_size=60), st.integers(1, 5))
def test_what_is_folded_is_not_netted_and_contradictions_are_never_folded(some, most):
    signed = [(sort, abs(b) if sort == "for" else -abs(b)) for sort, b in some]
    rows = stacked(Row(sort=sort, label=str(n), bits=b) for n, (sort, b) in enumerate(signed))
    few = folded(rows, most)
    assert [r for r in few if r.sort == "against"] == [r for r in rows if r.sort == "against"]
    for sort in ("for", "absent"):
        of_sort = [r for r in few if r.sort == sort]
        assert len(of_sort) <= most + 1
        whole = math.fsum(r.bits for r in rows if r.sort == sort)
        assert math.isclose(math.fsum(r.bits for r in of_sort), whole, abs_tol=1e-9)
    if rows:
        assert few[-1].so_far == rows[-1].so_far
