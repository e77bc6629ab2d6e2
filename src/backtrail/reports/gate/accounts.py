"""Accounts of a victim's people, known by their mailboxes, and where a name stands for an account.

A secret `jdoe@` is an account: `jdoe` by itself is also a word of a language, or nobody's. It is looked for where
accounts are written (homes, switches of programs, domains, files named after a mailbox); one that is no word, such as
`j.doe`, wherever it stands.
"""

import re
from collections.abc import Iterable

from backtrail.model.kinds import OFFICES

_SHORTEST = 3
"""Characters of an account that is told apart from what stands in any command line."""

_NO_WORD = re.compile(r"[._0-9-]")
_HOME = r"(?:users|home|documents and settings|profiles|maildir|mail)[\\/]{1,2}"
_SWITCH = r"(?:(?<![a-z0-9])(?:-u|-l|--?user(?:name)?|--?login|/u(?:ser)?)[\s:=\"']{1,3}"
_FIELD = r"|(?<![a-z0-9])(?:user(?:name)?|login|account|mailbox)\s?[:=]\s?[\"']?)(?:[a-z0-9.-]{1,63}\\{1,2})?"
_DOMAIN = r"(?<![\\/a-z0-9:._-])[a-z][a-z0-9-]{1,14}\\{1,2}"
_FILE = r"\d{0,4}\.(?:eml|msg|pst|ost|mbox|nsf|zip|rar|7z|cab|gz|txt|docx?|xlsx?|pdf)(?![a-z0-9])"


def people(mailboxes: Iterable[str]) -> frozenset[str]:
    """Accounts of persons, of their mail addresses; what stands for an office is nobody.

    >>> sorted(people(["J.Doe@victim.example", "info@victim.example"]))
    ['j.doe']
    """
    accounts = {mailbox.partition("@")[0].casefold() for mailbox in mailboxes if "@" in mailbox}
    return frozenset(name for name in accounts - OFFICES if len(name) >= _SHORTEST)


def secret(account: str) -> str:
    """An account as a secret of the register."""
    return f"{account}@"


def account(secret: str) -> str:
    """The account that a secret is; empty when it is no account."""
    return secret[:-1].casefold() if re.fullmatch(r"[^@\s]{3,64}@", secret) else ""


def written(account: str) -> re.Pattern[str]:
    """Where an account stands as one, in a text in one case."""
    name = re.escape(account)
    if _NO_WORD.search(account):
        return re.compile(rf"(?<![a-z0-9]){name}(?![a-z])")
    return re.compile(
        rf"(?:{_HOME}|{_SWITCH}{_FIELD}){name}(?![a-z])|{_DOMAIN}{name}(?![a-z0-9\\.])|(?<![a-z0-9]){name}{_FILE}"
    )
