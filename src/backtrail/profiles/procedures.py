"""Command lines as they may be shown: what is a victim's or changes each time is blanked, the rest stays as typed.

Two lines that are one after that are one way of doing it (a variant). What was blanked says what stood there.
"""

import re
from collections.abc import Iterable

_BLANKS = (
    (re.compile(r"(?i)(\s-hp?)[^\s\"]{3,}"), r"\1‹password›"),
    (re.compile(r"(?i)(\s[-/](?:p|pw|pass|password)[:\s]+)\S+"), r"\1‹password›"),
    (re.compile(r"(?i)(\s[-/](?:u|user)[:\s]+)\S+"), r"\1‹user›"),
    (re.compile(r"(?i)(\buser\s+)(?!/)[^\s/>]+(?=\s)(?!\s*>)"), r"\1‹user›"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "‹mailbox›"),
    (re.compile(r"\\\\[^\s\\\"]+"), r"\\\\‹host›"),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b"), "‹address›"),
    (re.compile(r"\b(?:19|20)\d\d[-/.]?\d\d[-/.]?\d\d\b"), "‹date›"),
    (re.compile(r"(?i)(\\(?:users|documents and settings|home)\\)(?!all users|public|default)[^\\\"]+"), r"\1‹user›"),
    (re.compile(r"(?i)(/(?:home|Users)/)[^/\s\"]+"), r"\1‹user›"),
    (
        re.compile(r"(?i)(?<=[\\/\s\"])[^\\/\s\":.]+(\.(?:rar|zip|7z|eml|pst|ost|msg|txt|log|tmp)\b)(?!\s+a\s)"),
        r"‹name›\1",
    ),
    (re.compile(r"(\\)[^\\\s\"‹›.]+(\"?)(?=\s+-hp?‹)"), r"\1‹name›\2"),
)
"""Patterns in the order in which they are tried, and what stands in their place."""


def sanitised(line: str, secret: Iterable[str] = ()) -> str:
    r"""A command line without what would name a victim.

    Args:
        line: The command line.
        secret: Names of victims, in lower case.

    >>> sanitised(r'rar.log a m2.rar -v200m "C:\Documents and Settings\All Users\m2" -hpswordfish')
    'rar.log a ‹name›.rar -v200m "C:\\Documents and Settings\\All Users\\‹name›" -hp‹password›'
    """
    for pattern, put in _BLANKS:
        line = pattern.sub(put, line)
    for name in secret:
        if name in line.lower():
            line = re.sub(re.escape(name), "‹victim›", line, flags=re.IGNORECASE)
    return line


def program(line: str) -> str:
    r"""The program of a command line, without folder and quotes.

    >>> program(r'"C:\WINDOWS\Temp\getmail.exe" -u x'), program("rar.log a x.rar")
    ('getmail.exe', 'rar.log')
    """
    first = line[1:].partition('"')[0] if line.startswith('"') else line.partition(" ")[0]
    return re.split(r"[\\/]", first)[-1].lower()
