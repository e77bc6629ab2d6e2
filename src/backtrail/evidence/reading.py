"""Records of a blob: read here, or in a child process when the parser is native code.

A PDF parser is a large body of C++ that reads hostile bytes. It runs in a process of its own with bounds on memory,
processor time and wall time; what it hands back is decoded as plain records. When it dies, one file is lost, not
the case.
"""

import contextlib
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import BinaryIO

import msgspec
from msgspec import Struct

from backtrail import formats
from backtrail.formats.kit.format import Format, Read
from backtrail.model.errors import FormatError, LimitError
from backtrail.model.record import Record
from backtrail.model.telemetry import Telemetry

MEMORY = 2 << 30
PROCESSOR_SECONDS = 120
WALL_SECONDS = 180


class _Failure(Struct, frozen=True, tag=True):
    """How a child says that the file cannot be read on."""

    reason: str
    where: str


class _Line(Struct, frozen=True, tag=True):
    record: Record


class _Lines(Struct, frozen=True, tag=True):
    telemetry: Telemetry


_decoder = msgspec.json.Decoder(_Line | _Lines | _Failure)


def records(format: Format, stream: BinaryIO) -> Iterator[Read]:
    """Records of a stream in a format.

    Args:
        format: How to read it.
        stream: A real file (a child process reads from its descriptor).

    Raises:
        FormatError: The file cannot be read on; records before that place were given.
    """
    return _in_child(format, stream) if format.in_child else format.read(stream)


def _in_child(format: Format, stream: BinaryIO) -> Iterator[Read]:
    command = [sys.executable, "-m", "backtrail.evidence.reading", format.name]
    with subprocess.Popen(command, stdin=stream, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:  # noqa: S603
        timer = threading.Timer(WALL_SECONDS, child.kill)
        timer.start()
        try:
            assert child.stdout is not None
            for line in child.stdout:
                told = _decoder.decode(line)
                if isinstance(told, _Failure):
                    raise FormatError(told.reason, where=told.where)
                yield told.record if isinstance(told, _Line) else told.telemetry
            child.wait()
        finally:
            timer.cancel()
            child.kill()
    if child.returncode:
        raise LimitError(f"the {format.name} parser was ended (code {child.returncode})", where="offset 0")


def _limit_self() -> None:
    """Bounds on this process; the hard limits cannot be raised again."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _child(name: str) -> None:
    """Read standard input in a format and write a line for each record."""
    out = sys.stdout.buffer
    format = formats.named(name)
    _limit_self()
    try:
        for given in format.read(sys.stdin.buffer):
            told = _Line(given) if isinstance(given, Record) else _Lines(given)
            out.write(msgspec.json.encode(told) + b"\n")
    except FormatError as error:
        out.write(msgspec.json.encode(_Failure(error.reason, error.where)) + b"\n")
    except MemoryError:
        out.write(msgspec.json.encode(_Failure(f"needs more than {MEMORY >> 20} MiB", "offset 0")) + b"\n")
    out.flush()


if __name__ == "__main__":
    _child(sys.argv[1])
