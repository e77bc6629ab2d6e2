"""Dates as a caller writes them: made canonical in one place, or refused with what would do."""

from typing import overload

from backtrail.model.errors import UsageError
from backtrail.model.times import earliest, moment


@overload
def asked(text: str, option: str) -> str: ...
@overload
def asked(text: str | None, option: str) -> str | None: ...
def asked(text: str | None, option: str) -> str | None:
    """The canonical spelling of a moment that a caller gives.

    Args:
        text: A moment of any precision, such as 2012, 2012-06, 2012-06-30 or 2012-06-30T14:00Z; None stays None.
        option: Name of the option or argument, for the message.

    Raises:
        UsageError: It is no date.
    """
    if text is None:
        return None
    try:
        return moment(text)
    except ValueError:
        raise UsageError(f"{option}: {text!r} is no date; 2012-06-30 is one, and so are 2012-06 and 2012") from None


def instant(text: str | None, option: str) -> float | None:
    """The first instant of a moment that a caller gives, in seconds since 1970; None stays None.

    Raises:
        UsageError: It is no date.
    """
    day = asked(text, option)
    return earliest(day).timestamp() if day else None
