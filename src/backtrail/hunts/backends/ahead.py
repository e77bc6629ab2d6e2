"""Pieces made ahead of their use, by a thread: decompressing and scanning both leave Python's lock to others."""

import queue
import threading
from collections.abc import Iterator

_HELD = 4
"""Pieces that wait at most."""

_PATIENCE = 0.2
"""Seconds after which the thread looks whether anybody still wants its pieces."""


class _Failed:
    def __init__(self, error: BaseException) -> None:
        self.error = error


def ahead(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same pieces, in order; an error comes when its piece would have."""
    held: queue.Queue[bytes | _Failed | None] = queue.Queue(_HELD)
    over = threading.Event()
    thread = threading.Thread(target=_make, args=(pieces, held, over), daemon=True)
    thread.start()
    try:
        while (piece := held.get()) is not None:
            if isinstance(piece, _Failed):
                raise piece.error
            yield piece
    finally:
        over.set()
        thread.join(5)


def _make(pieces: Iterator[bytes], held: "queue.Queue[bytes | _Failed | None]", over: threading.Event) -> None:
    try:
        for piece in pieces:
            if not _put(held, piece, over):
                return
    except BaseException as error:  # noqa: BLE001 - told where the piece is wanted
        _put(held, _Failed(error), over)
        return
    _put(held, None, over)


def _put(held: "queue.Queue[bytes | _Failed | None]", piece: bytes | _Failed | None, over: threading.Event) -> bool:
    """Whether a piece was taken."""
    while not over.is_set():
        try:
            held.put(piece, timeout=_PATIENCE)
        except queue.Full:
            continue
        return True
    return False
