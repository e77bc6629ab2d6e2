"""Processes that look through tasks: forked, so that tables are shared; one that dies costs its task only."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from backtrail.hunts.backends.looking import Looker, News, Task


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def work(make: Callable[[], Looker], tasks: Sequence[Task], jobs: int) -> Iterator[tuple[Task, News]]:
    """News of all tasks, in the order in which they come.

    Args:
        make: Makes one who looks through tasks, in each process.
        tasks: The tasks.
        jobs: Processes; with one, the work is done in this one.
    """
    if jobs <= 1 or len(tasks) <= 1 or "fork" not in multiprocessing.get_all_start_methods():
        looker = make()
        for task in tasks:
            yield from ((task, news) for news in looker.look(task))
        return
    crew = _Crew(make, min(jobs, len(tasks)))
    try:
        yield from crew.work(list(tasks))
    finally:
        crew.stop()


class _Crew:
    """The processes."""

    def __init__(self, make: Callable[[], Looker], size: int) -> None:
        self._make = make
        self._context = multiprocessing.get_context("fork")
        self._at: dict[Connection, tuple[BaseProcess, Task | None]] = {}
        for _ in range(size):
            self._start()

    def _start(self) -> Connection:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(self._make, theirs), daemon=True)
        process.start()
        theirs.close()
        self._at[ours] = (process, None)
        return ours

    def work(self, tasks: list[Task]) -> Iterator[tuple[Task, News]]:
        """Hand out tasks, the first first, and give the news."""
        waiting = tasks[::-1]
        for pipe in list(self._at):
            self._hand(pipe, waiting)
        while busy := [pipe for pipe, (_, task) in self._at.items() if task]:
            for ready in wait(busy):
                assert isinstance(ready, Connection)
                task = self._at[ready][1]
                assert task is not None
                try:
                    news: News = ready.recv()
                except (EOFError, OSError):
                    news = self._dead(ready, task)
                    ready = self._start() if waiting else ready  # noqa: PLW2901 - another takes its place
                yield task, news
                if news.over and ready in self._at:
                    self._hand(ready, waiting)

    def _hand(self, pipe: Connection, waiting: list[Task]) -> None:
        task = waiting.pop() if waiting else None
        self._at[pipe] = (self._at[pipe][0], task)
        if task:
            pipe.send(task)

    def _dead(self, pipe: Connection, task: Task) -> News:
        process, _ = self._at.pop(pipe)
        process.join(1)
        reason = f"the process that read it died (exit {process.exitcode}); what it had told before is kept"
        return News([], problems=[(task.name, f"byte {task.start}", reason)], over=True)

    def stop(self) -> None:
        """End all processes."""
        for pipe, (process, _) in self._at.items():
            process.terminate()
            pipe.close()
        for process, _ in self._at.values():
            process.join(2)


def _serve(make: Callable[[], Looker], pipe: Connection) -> None:
    """A process: tasks in, news out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    looker = make()
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        for news in looker.look(task):
            pipe.send(news)
