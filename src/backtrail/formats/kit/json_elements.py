"""Elements of a JSON document, one at a time, in memory bounded by the largest element.

A STIX bundle of a million objects is one JSON document; decoding it whole costs gigabytes. The standard library's
C scanner (`raw_decode`) decodes each element out of a sliding window of text. Depth is bounded by its recursion
limit, size by `MAX_ELEMENT`. (ijson was tried: its path strings grow quadratically on nested brackets.)
"""

import codecs
import json
import re
from collections.abc import Iterator
from math import isinf
from typing import Any, BinaryIO

from backtrail.model.errors import FormatError, LimitError

WINDOW = 1 << 20
MAX_ELEMENT = 64 << 20

_SPACE = re.compile(r"[ \t\r\n]*")


class JsonElements:
    """A JSON document read from front to back.

    Bytes that are no UTF-8 come through as lone surrogates inside the element, so that one broken string does not
    stop the file; `observations` rejects such a value.

    Args:
        stream: UTF-8, with or without a byte order mark.
        name: What the document is called in error messages.
    """

    def __init__(self, stream: BinaryIO, name: str = "JSON document") -> None:
        self._stream = stream
        self._name = name
        self._utf8 = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
        self._text = ""
        self._at = 0
        self._passed = 0
        self._ended = False
        self._decoder = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite)

    @property
    def where(self) -> str:
        """Locator of the reading position."""
        return f"offset {self._passed + self._at}"

    def members(self, element_key: str) -> Iterator[tuple[str, Any]]:
        """Members of the top-level object; the array under `element_key` is given element by element.

        Yields:
            `(key, value)`; for each element of the array `(element_key, element)`.

        Raises:
            FormatError: The document is no JSON object, breaks off, or is malformed; `where` is the character offset.
            LimitError: One element is larger than `MAX_ELEMENT` or nested too deep.
        """
        self._expect("{")
        if self._next_is("}"):
            return
        while True:
            key = self._value()
            if not isinstance(key, str):
                raise FormatError(f"{self._name}: a key that is no string", where=self.where)
            self._expect(":")
            if key == element_key and self._peek() == "[":
                for element in self._elements():
                    yield key, element
            else:
                yield key, self._value()
            if not self._next_is(","):
                break
        self._expect("}")

    def whole(self) -> Any:
        """The document as one value. Raises as `members`."""
        return self._value()

    def _elements(self) -> Iterator[Any]:
        self._expect("[")
        if self._next_is("]"):
            return
        yield self._value()
        while self._next_is(","):
            yield self._value()
        self._expect("]")

    def _fill(self) -> bool:
        """Read on, dropping what was consumed; grow geometrically, so that a large element is not rescanned often."""
        if self._ended:
            return False
        self._passed += self._at
        rest = self._text[self._at :]
        self._at = 0
        data = self._stream.read(max(WINDOW, len(rest)))
        self._ended = not data
        self._text = rest + self._utf8.decode(data, self._ended)
        if len(self._text) > 2 * MAX_ELEMENT:
            raise LimitError(f"{self._name}: an element of more than {MAX_ELEMENT >> 20} MiB", where=self.where)
        return True

    def _peek(self) -> str:
        while True:
            match = _SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._fill():
                return ""

    def _next_is(self, char: str) -> bool:
        if self._peek() == char:
            self._at += 1
            return True
        return False

    def _expect(self, char: str) -> None:
        found = self._peek()
        if found != char:
            got = f"{found!r}" if found else "the end of the file"
            raise FormatError(f"{self._name}: expected {char!r}, found {got}", where=self.where)
        self._at += 1

    def _value(self) -> Any:
        self._peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._fill():
                    continue
                raise FormatError(f"{self._name}: {error.msg}", where=f"offset {self._passed + error.pos}") from None
            except RecursionError:
                raise LimitError(f"{self._name}: nested too deep", where=self.where) from None
            except ValueError as error:  # NaN, Infinity, an integer of thousands of digits
                raise FormatError(f"{self._name}: {error}", where=self.where) from None
            if end == len(self._text) and self._fill():  # a number may go on in the next window
                continue
            self._at = end
            return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")


def _finite(text: str) -> float:
    """`1e999` is well-formed, but as infinity it could not be written as JSON again."""
    if isinf(number := float(text)):
        raise ValueError("a number beyond the range of floating point")
    return number
