"""Several threads that take turns: the order stays, errors come in their place, nothing runs far ahead."""

import threading
import time
from itertools import count, islice

import pytest

from backtrail.hunts.backends.together import AHEAD, together


def late(number: int) -> int:
    """Even ones take longer than the odd ones behind them."""
    time.sleep(0.002 if number % 2 == 0 else 0)
    return number * number


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_things_come_in_order_with_what_was_made_of_them(workers):
    assert list(together(iter(range(50)), [late] * workers)) == [(n, n * n) for n in range(50)]


def test_who_asks_looks_as_well():
    """Three busy threads would take turns away from one another on two processors."""
    threads = {thread for _, thread in together(iter(range(50)), [lambda _: threading.current_thread()] * 2)}
    assert threading.current_thread() in threads
    assert len(threads) <= 2


def test_an_error_comes_when_its_thing_would_have():
    def things():
        yield from range(5)
        raise OSError("broken off")

    seen = []
    with pytest.raises(OSError, match="broken off"):
        seen += (n for n, _ in together(things(), [late, late]))
    found = together(things(), [late, late])
    assert [n for n, _ in islice(found, 5)] == list(range(5))


def test_an_error_of_a_worker_is_told():
    def worker(number: int) -> int:
        return 1 // (3 - number)

    found = together(iter(range(9)), [worker, worker])
    assert [n for n, _ in islice(found, 3)] == [0, 1, 2]
    with pytest.raises(ZeroDivisionError):
        next(found)


def test_nothing_is_taken_far_ahead_and_threads_end_when_nobody_wants_more():
    taken = []
    found = together((taken.append(n) or n for n in count()), [late, late])
    assert [n for n, _ in islice(found, 10)] == list(range(10))
    time.sleep(0.05)
    assert len(taken) <= 10 + 2 * AHEAD
    before = threading.active_count()
    found.close()
    assert threading.active_count() == before - 1
