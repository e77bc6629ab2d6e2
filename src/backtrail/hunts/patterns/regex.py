"""LIKE and MATCHES in bounded time.

RE2 runs a regular expression in time linear in the text. What it refuses (look-around, back-references) goes to a
matcher of our own that counts its steps and gives up with an error: a pattern from outside must not stop a hunt.
STIX 2.1 section 9.6 asks for PCRE; `$` therefore also matches before a newline at the very end.
"""

import re
from collections.abc import Callable

import re2

from backtrail.hunts.patterns.backtrack import Backtracker
from backtrail.model.errors import FormatError

Regex = Callable[[str | bytes], bool]

_MEMORY = 32 << 20


def like(pattern: str | bytes) -> Regex:
    """`%` is any text, `_` any single character, everything else itself; the whole value must match.

    >>> like("he__o%")("hello world"), like("he__o")("hello world")
    (True, False)
    """
    binary = isinstance(pattern, bytes)
    text = pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern
    whole = "".join(_LIKE.get(character) or re2.escape(character) for character in text)
    compiled = re2.compile(whole.encode("latin-1") if binary else whole, _options(binary, dot_nl=True))
    return lambda text: compiled.fullmatch(text) is not None


_LIKE = {"%": ".*", "_": "."}


def matcher(pattern: str | bytes) -> Regex:
    """A regular expression that is searched for.

    Raises:
        FormatError: It is none.
    """
    try:
        compiled = re2.compile(pattern, _options(isinstance(pattern, bytes)))
    except re2.error:
        return _slow(pattern)
    dollar = b"$" if isinstance(pattern, bytes) else "$"
    if dollar not in pattern:  # type: ignore[operator]
        return lambda text: compiled.search(text) is not None
    return lambda text: (
        compiled.search(text) is not None or (text[-1:] in ("\n", b"\n") and compiled.search(text[:-1]) is not None)
    )


def _slow(pattern: str | bytes) -> Regex:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise FormatError(f"not a regular expression: {error}", where="MATCHES") from None
    return Backtracker(pattern).search


def _options(binary: bool, *, dot_nl: bool = False) -> object:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    options.dot_nl = dot_nl
    if binary:
        options.encoding = re2.Options.Encoding.LATIN1
    return options
