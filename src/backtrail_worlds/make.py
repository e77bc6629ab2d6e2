"""A world written to disk: evidence in processes, truth apart."""

import multiprocessing
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from backtrail_worlds.emit.intrusion import write_intrusion
from backtrail_worlds.emit.published import write_published
from backtrail_worlds.emit.reference import write_reference
from backtrail_worlds.emit.servers import write_hop
from backtrail_worlds.emit.sink import Written
from backtrail_worlds.errors import WorldError
from backtrail_worlds.plan import plan
from backtrail_worlds.plan.model import Plan
from backtrail_worlds.spec import World, load
from backtrail_worlds.truth import write_truth

Job = tuple[str, int]
"""Kind of folder and its number in the plan."""

_state: tuple[World, Plan] | None = None
"""World and plan of a worker process: made once in each, from the same seed."""


def make(name: str, seed: int, scale: float, out: Path, jobs: int, on_file: Callable[[int, int], None]) -> None:
    """Write a world below `out`.

    Args:
        name: A built-in world or a path of a TOML file.
        seed: Of everything.
        scale: Volume of noise; nothing that is true depends on it.
        out: An empty or new folder.
        jobs: Processes.
        on_file: Told after each folder how many of how many are done.
    """
    world, raw = load(name)
    planned = plan(world, seed)
    evidence = out / "evidence"
    todo: list[Job] = [("hop", hop.number) for hop in planned.hops]
    todo += [("intrusion", intrusion.number) for intrusion in planned.intrusions]
    written = [*write_reference(evidence, world, planned), *write_published(evidence, world, planned)]
    done = (
        _in_processes(name, seed, scale, evidence, todo, jobs)
        if jobs > 1
        else _here(world, planned, scale, evidence, todo)
    )
    for count, part in enumerate(done, 1):
        written += part
        on_file(count, len(todo))
    write_truth(out / "truth", world, planned, raw, written)


def prepare(out: Path, force: bool) -> None:
    """Refuse a folder with something in it, or empty it of an older world.

    Raises:
        WorldError: It is not empty, or holds something that is no world.
    """
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not out.is_dir():
        raise WorldError(f"{out}: is a file")
    if not force:
        raise WorldError(f"{out}: is not empty; --force replaces the world in it")
    strange = sorted(path.name for path in out.iterdir() if path.name not in ("evidence", "truth"))
    if strange:
        raise WorldError(f"{out}: holds {', '.join(strange[:3])}, which is no part of a world; nothing was removed")
    for part in ("evidence", "truth"):
        shutil.rmtree(out / part, ignore_errors=True)


def _here(world: World, planned: Plan, scale: float, evidence: Path, todo: list[Job]) -> Iterator[list[Written]]:
    for job in todo:
        yield _write(world, planned, scale, evidence, job)


def _write(world: World, planned: Plan, scale: float, evidence: Path, job: Job) -> list[Written]:
    kind, number = job
    writer = write_hop if kind == "hop" else write_intrusion
    return writer(evidence, world, planned, number, scale)


def _in_processes(
    name: str, seed: int, scale: float, evidence: Path, todo: list[Job], jobs: int
) -> Iterator[list[Written]]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(name, seed)) as pool:
        tasks = [pool.submit(_work, scale, evidence, job) for job in todo]
        for task in tasks:
            yield task.result()


def _begin(name: str, seed: int) -> None:
    global _state  # noqa: PLW0603 - the one thing a worker keeps between jobs
    world, _ = load(name)
    _state = world, plan(world, seed)


def _work(scale: float, evidence: Path, job: Job) -> list[Written]:
    if _state is None:
        raise RuntimeError("a worker without a plan")
    return _write(*_state, scale, evidence, job)
