"""Things made one after the other and looked at several at once: who made one looks at it while it is in the cache.

Decompressing and scanning both leave Python's lock to others. A thread that only unpacks, and others that only look,
would hand every block from core to core and wait for one another; here each takes its turn at unpacking.
"""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 2
"""Things that are done or being done at most, for each worker; besides, one is in use."""


class _End:
    """What comes behind the last thing: nothing, or an error."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def together(things: Iterator[T], workers: Sequence[Callable[[T], R]]) -> Iterator[tuple[T, R]]:
    """Things with what workers make of them, in order; an error comes when its thing would have.

    Args:
        things: Taken by one thread at a time, at most `AHEAD` for each worker before they are asked for.
        workers: The first in the thread that asks, whenever the next thing is not ready: one more thread than
            processors would take turns away from one that others wait for. The rest each in a thread of its own.
    """
    shared: _Shared[T, R] = _Shared(things, AHEAD * len(workers))
    own, *others = workers
    threads = [threading.Thread(target=shared.work, args=(worker,), daemon=True) for worker in others]
    for thread in threads:
        thread.start()
    early: dict[int, tuple[T, R] | _End] = {}
    number = 0
    try:
        while True:
            while number not in early:
                if shared.done.empty() and shared.room.acquire(blocking=False):
                    shared.take(own)
                at, made = shared.done.get()
                early[at] = made
            made = early.pop(number)
            if isinstance(made, _End):
                if made.error:
                    raise made.error
                return
            yield made
            shared.room.release()
            number += 1
    finally:
        shared.stop(len(threads))
        for thread in threads:
            thread.join(5)


class _Shared(Generic[T, R]):
    """What threads share: where things come from, in which order, and where they go."""

    def __init__(self, things: Iterator[T], room: int) -> None:
        self.done: queue.SimpleQueue[tuple[int, tuple[T, R] | _End]] = queue.SimpleQueue()
        self.room = threading.Semaphore(room)
        self._things = things
        self._turn = threading.Lock()
        self._number = 0
        self._over = False

    def work(self, worker: Callable[[T], R]) -> None:
        """Take things and look at them until there are none, or nobody wants them."""
        going = True
        while going:
            self.room.acquire()
            going = self.take(worker)

    def take(self, worker: Callable[[T], R]) -> bool:
        """Take a thing, look at it, and put it with the others; whether there was one to be had."""
        with self._turn:
            if self._over:
                return False
            number, thing = self._number, self._next()
            self._number += 1
            self._over = isinstance(thing, _End)
        self.done.put((number, thing if isinstance(thing, _End) else _made(worker, thing)))
        return True

    def stop(self, threads: int) -> None:
        """Nobody wants more; threads that wait for room are let go."""
        self._over = True
        for _ in range(threads):
            self.room.release()

    def _next(self) -> T | _End:
        try:
            return next(self._things)
        except StopIteration:
            return _End()
        except BaseException as error:  # noqa: BLE001 - told where the thing is wanted
            return _End(error)


def _made(worker: Callable[[T], R], thing: T) -> tuple[T, R] | _End:
    try:
        return thing, worker(thing)
    except BaseException as error:  # noqa: BLE001 - told where the thing is wanted
        return _End(error)
