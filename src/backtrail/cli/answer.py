"""Answers of commands on stdout: JSON, delimited rows, or as a person reads them."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from rich.console import Console

from backtrail.cli.display import display
from backtrail.cli.rows import write_rows
from backtrail.verbs.table import Table


class _Screen(Console):
    """Where a person reads."""

    def __init__(self) -> None:
        super().__init__(highlight=False)

    def on_broken_pipe(self) -> None:
        """Nobody reads on, as after `| head`, which is no failure (rich would exit with 1)."""
        raise BrokenPipeError


def answer(result: object, as_json: bool = False, delimiter: str | None = None) -> None:
    """Print a result: JSON (a line for each row of a table), delimited rows, or as a person reads it."""
    content = getattr(result, "content", b"")
    with heard():
        if isinstance(content, bytes) and content and not as_json:
            sys.stdout.buffer.write(content)
        elif delimiter:
            write_rows(result, delimiter, sys.stdout)
        elif as_json:
            for document in result if isinstance(result, Table) else [result]:
                sys.stdout.buffer.write(msgspec.json.encode(document) + b"\n")
        else:
            display(_Screen(), result)


def in_json(document: object) -> None:
    """Print a document as a line of JSON."""
    with heard():
        sys.stdout.buffer.write(msgspec.json.encode(document) + b"\n")


@contextmanager
def heard() -> Iterator[None]:
    """What is printed inside goes to whoever reads: where nobody does, the command still ends with its code."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        unheard()


def unheard() -> None:
    """Nobody reads on, as after `| head`: what is printed from now on goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
