"""What operators leave in command lines and payloads: HTRAN's hidden origins, passwords of their archives.

HTRAN relays a connection from a hop to a host behind it: `-tran PORT HOST PORT` waits on the hop, `-slave HOST PORT
HOST2 PORT` calls the operator's host and joins it to another. It tells the client `[SERVER]connection to HOST:PORT
error` when the host does not answer (SecureWorks, *HTran and the Advanced
Persistent Threat*, 2011).
"""

import re

_ERROR = re.compile(r"\[SERVER\]\s?connection to ([0-9a-fA-F.:]{3,45}):(\d{1,5}) error")
_RELAY = re.compile(
    r"[-/](?:tran|slave)\s+(?:\d{1,5}\s+(\d{1,3}(?:\.\d{1,3}){3})\s+\d{1,5}"
    r"|(\d{1,3}(?:\.\d{1,3}){3})\s+\d{1,5}\s+\d{1,3}(?:\.\d{1,3}){3}\s+\d{1,5})",
    re.I,
)
_ARCHIVER = re.compile(r"(?:\brar(?:\.exe)?\b|\b7za?(?:\.exe)?\b|\bwinrar\b|\s-v\d+[mk]\b|\.rar\b|\.7z\b)", re.I)
_PASSWORD = re.compile(r"(?:^|\s)-h?p(?:\"([^\"]{3,100})\"|([^\s\"]{3,100}))")
_COMMAND = re.compile(r"\s(?:a|u|m)\s", re.I)


def hidden_origins(text: str) -> list[str]:
    """Addresses that HTRAN relays to, in a payload or on a command line.

    >>> hidden_origins("[SERVER]connection to 192.0.2.7:3389 error")
    ['192.0.2.7']
    >>> hidden_origins("svc.exe -tran 443 192.0.2.7 3389"), hidden_origins("h -slave 192.0.2.7 80 127.0.0.1 3389")
    (['192.0.2.7'], ['192.0.2.7'])
    """
    if "SERVER]" not in text and "tran" not in text.lower() and "slave" not in text.lower():
        return []
    found = [address for address, _ in _ERROR.findall(text)]
    return found + [one or two for one, two in _RELAY.findall(text)]


def archive_password(command: str) -> str | None:
    """The password that a command line gives to RAR or 7-Zip, under whatever name the program runs.

    >>> archive_password('rar.log a x.rar -v200m "C:\\\\Docs" -hpLongLake7!')
    'LongLake7!'
    """
    if "p" not in command or not _ARCHIVER.search(command) or not _COMMAND.search(command):
        return None
    found = _PASSWORD.search(command)
    return (found[1] or found[2]) if found else None
