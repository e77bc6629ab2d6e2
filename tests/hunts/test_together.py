"""One thread makes, two look: the order stays, errors come in their place, nothing runs far ahead."""

import threading
import time
from itertools import count, islice

import pytest

from backtrail.hunts.backends.together import AHEAD, together


def late(number: int) -> int:
    """Even ones take longer than the odd ones behind them."""
    time.sleep(0.002 if number % 2 == 0 else 0)
    return number * number


@pytest.mark.parametrize("size", [0, 1, AHEAD, 50])
def test_things_come_in_order_with_what_was_made_of_them(size):
    assert list(together(iter(range(size)), late, late)) == [(n, n * n) for n in range(size)]


def test_one_thread_makes_and_two_look():
    """Three busy threads would take turns away from one another on two processors."""
    makers = []

    def things():
        for number in range(50):
            makers.append(threading.current_thread())
            yield number

    def look(_: int) -> threading.Thread:
        time.sleep(0.001)
        return threading.current_thread()

    lookers = {thread for _, thread in together(things(), look, look)}
    assert len(set(makers)) == 1
    assert lookers == {threading.current_thread(), makers[0]}


def test_an_error_comes_when_its_thing_would_have():
    def things():
        yield from range(5)
        raise OSError("broken off")

    seen = []
    with pytest.raises(OSError, match="broken off"):
        seen += (n for n, _ in together(things(), late, late))
    found = together(things(), late, late)
    assert [n for n, _ in islice(found, 5)] == list(range(5))


def test_an_error_of_a_worker_is_told():
    def worker(number: int) -> int:
        return 1 // (3 - number)

    found = together(iter(range(9)), worker, worker)
    assert [n for n, _ in islice(found, 3)] == [0, 1, 2]
    with pytest.raises(ZeroDivisionError):
        next(found)


def test_nothing_is_taken_far_ahead_and_threads_end_when_nobody_wants_more():
    taken = []
    found = together((taken.append(n) or n for n in count()), late, late)
    assert [n for n, _ in islice(found, 10)] == list(range(10))
    time.sleep(0.05)
    assert len(taken) <= 10 + AHEAD
    before = threading.active_count()
    found.close()
    assert threading.active_count() == before - 1
