"""Things made by one thread and looked at by two: by the one that asks for them, and by the maker when it is ahead.

Decompressing and scanning both leave Python's lock to others. Decompressing stays in one thread, since what it refers
back to lies in the cache of that thread's processor: taken in turns by two, zstd takes up to twice as long.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 4
"""Things that are made before they are asked for, at most, those that are looked at among them."""


class _End:
    """What comes behind the last thing: nothing, or an error."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def together(things: Iterator[T], own: Callable[[T], R], makers: Callable[[T], R]) -> Iterator[tuple[T, R]]:
    """Things with what is seen in them, in order; an error comes when its thing would have.

    Args:
        things: Taken by a thread of their own, at most `AHEAD` before they are asked for.
        own: Looks at things in the thread that asks for them.
        makers: Does the same in the thread that takes them.
    """
    shared: _Shared[T, R] = _Shared(things)
    thread = threading.Thread(target=shared.make, args=(makers,), daemon=True)
    thread.start()
    try:
        while not isinstance(made := shared.next(own), _End):
            yield made
            shared.given()
        if made.error:
            raise made.error
    finally:
        shared.stop()
        thread.join(5)


class _Shared(Generic[T, R]):
    """What the two threads share: things that wait to be looked at, and those that were; each change is told."""

    def __init__(self, things: Iterator[T]) -> None:
        self._things = things
        self._changed = threading.Condition(threading.Lock())
        self._waiting: deque[tuple[int, T]] = deque()
        self._done: dict[int, tuple[T, R] | _End] = {}
        self._taken = self._given = 0
        self._over = False

    def make(self, look: Callable[[T], R]) -> None:
        """Take things while there is room, look at them while there is none, until they end or nobody wants more."""
        while not self._over:
            if self._taken - self._given < AHEAD:
                self._take()
            elif not self._look(look):
                with self._changed:
                    self._changed.wait_for(lambda: self._over or self._waiting or self._taken - self._given < AHEAD)
        while self._look(look):
            pass

    def next(self, look: Callable[[T], R]) -> tuple[T, R] | _End:
        """The next thing; meanwhile this thread looks at things that wait."""
        while self._given not in self._done:
            if not self._look(look):
                with self._changed:
                    self._changed.wait_for(lambda: self._waiting or self._given in self._done)
        return self._done.pop(self._given)

    def given(self) -> None:
        """The thing that was given last is not needed any more."""
        with self._changed:
            self._given += 1
            self._changed.notify()

    def stop(self) -> None:
        """Nobody wants more."""
        with self._changed:
            self._over = True
            self._waiting.clear()
            self._changed.notify()

    def _take(self) -> None:
        try:
            thing: T | _End = next(self._things)
        except StopIteration:
            thing = _End()
        except BaseException as error:  # noqa: BLE001 - told where the thing is wanted
            thing = _End(error)
        with self._changed:
            if isinstance(thing, _End):
                self._done[self._taken] = thing
                self._over = True
            elif not self._over:
                self._waiting.append((self._taken, thing))
            self._taken += 1
            self._changed.notify()

    def _look(self, look: Callable[[T], R]) -> bool:
        """Look at the thing that waits longest; whether there is one."""
        try:
            number, thing = self._waiting.popleft()
        except IndexError:
            return False
        try:
            made: tuple[T, R] | _End = thing, look(thing)
        except BaseException as error:  # noqa: BLE001 - told where the thing is wanted
            made = _End(error)
        with self._changed:
            self._done[number] = made
            self._changed.notify()
        return True
