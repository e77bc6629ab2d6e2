"""Things made ahead of their use, by a thread: decompressing and scanning both leave Python's lock to others."""

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

HELD = 2
"""Things that wait at most; besides, one is being made and one is in use."""

_PATIENCE = 0.2
"""Seconds after which the thread looks whether anybody still wants its things."""


class _Failed:
    def __init__(self, error: BaseException) -> None:
        self.error = error


def ahead(things: Iterator[T]) -> Iterator[T]:
    """The same things, in order; an error comes when its thing would have."""
    maker = _Maker(things)
    maker.start()
    try:
        while (thing := maker.made.get()) is not None:
            if isinstance(thing, _Failed):
                raise thing.error
            yield thing
    finally:
        maker.over.set()
        maker.join(5)


def spread(things: Iterator[T], workers: Sequence[Callable[[T], R]]) -> Iterator[tuple[T, R]]:
    """Things with what workers make of them, in order: each worker in a thread of its own, a thing for each at once."""
    with ExitStack() as stack:
        pools = [stack.enter_context(ThreadPoolExecutor(1)) for _ in workers]
        turns = cycle(zip(pools, workers, strict=True))
        begun: deque[tuple[T, Future[R]]] = deque()
        for thing, (pool, worker) in zip(things, turns, strict=False):
            begun.append((thing, pool.submit(worker, thing)))
            if len(begun) == len(workers):
                first, made = begun.popleft()
                yield first, made.result()
        yield from ((thing, made.result()) for thing, made in begun)


class _Maker(threading.Thread, Generic[T]):
    def __init__(self, things: Iterator[T]) -> None:
        super().__init__(daemon=True)
        self.made: queue.Queue[T | _Failed | None] = queue.Queue(HELD)
        self.over = threading.Event()
        self._things = things

    def run(self) -> None:
        try:
            for thing in self._things:
                if not self._put(thing):
                    return
        except BaseException as error:  # noqa: BLE001 - told where the thing is wanted
            self._put(_Failed(error))
            return
        self._put(None)

    def _put(self, thing: T | _Failed | None) -> bool:
        """Whether it was taken."""
        while not self.over.is_set():
            try:
                self.made.put(thing, timeout=_PATIENCE)
            except queue.Full:
                continue
            return True
        return False
