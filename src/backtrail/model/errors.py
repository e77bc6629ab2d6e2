"""Every error Backtrail raises on purpose; anything else is a bug.

The numbers are the exit codes of the terminal door (`docs/cli.md`) and the same in the library.
"""


class BacktrailError(Exception):
    """Root of every error raised on purpose."""

    exit_code = 1


class UsageError(BacktrailError):
    """The call itself is wrong: an argument, an option, a combination of them."""

    exit_code = 2


class NotFoundError(BacktrailError):
    """No such case, file or id; the message names the nearest known one where there is any."""

    exit_code = 3


class PolicyError(BacktrailError):
    """Refused by a rule: a leak, a marking, a missing sign-off."""

    exit_code = 4


class ConflictError(BacktrailError):
    """The present state forbids it: an undo blocked by a later decision, a case that exists."""

    exit_code = 5


class FormatError(BacktrailError):
    """Bytes break the rules of their format at a known place.

    Attributes:
        reason: What is wrong, in words, without the place.
        where: Locator of the place, as in `Record.where`.
    """

    def __init__(self, reason: str, *, where: str) -> None:
        super().__init__(f"{reason} (at {where})")
        self.reason = reason
        self.where = where


class UnknownFormatError(FormatError):
    """No registered format claims this input."""


class LimitError(FormatError):
    """Input is larger, deeper or slower than the stated bounds allow."""


def interrupted(error: BaseException) -> bool:
    """Whether it is a person's Ctrl-C; during a query DuckDB gives that as a RuntimeError of its own instead."""
    return isinstance(error, KeyboardInterrupt) or (
        isinstance(error, RuntimeError) and str(error) == "Query interrupted"
    )
