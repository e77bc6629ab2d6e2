"""What every network sensor is told."""

from typing import Protocol

from msgspec import Struct

from backtrail_worlds.emit.sink import Log
from backtrail_worlds.plan.model import Certificate, Mail, Sample


class Request(Struct, frozen=True):
    """One exchange with a server; `host` may be empty."""

    host: str
    address: str
    port: int
    method: str = "GET"
    path: str = "/"
    agent: str = ""
    sent: int = 420
    received: int = 5200


class Sensor(Protocol):
    """Anything that watches a network and writes logs."""

    def logs(self) -> list[Log]:
        """What was written so far."""

    def size(self) -> int:
        """Bytes so far."""

    def dns(self, moment: float, host: str, name: str, address: str) -> None:
        """A query and its answer; no address: no such name."""

    def http(self, moment: float, host: str, request: Request) -> None:
        """A request in clear."""

    def tls(self, moment: float, host: str, request: Request, certificate: Certificate | None) -> None:
        """An encrypted session."""

    def flow(self, moment: float, host: str, request: Request, seconds: float) -> None:
        """A connection of another kind."""

    def file(self, moment: float, host: str, address: str, sample: Sample) -> None:
        """A file that came in."""

    def mail(self, moment: float, mail: Mail, server: str) -> None:
        """A message."""
