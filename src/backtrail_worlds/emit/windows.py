"""Windows events as JSON lines, in the shapes of Winlogbeat and of EvtxECmd."""

from random import Random
from typing import Any

import msgspec

from backtrail_worlds.clock import stamp
from backtrail_worlds.emit.sink import Log
from backtrail_worlds.plan.model import Login, Sample

SECURITY = ("Security", "Microsoft-Windows-Security-Auditing")
SYSMON = ("Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon")
SYSTEM = ("System", "Service Control Manager")
REMOTE = (
    "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
    "Microsoft-Windows-TerminalServices-RemoteConnectionManager",
)
LOCAL = (
    "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
    "Microsoft-Windows-TerminalServices-LocalSessionManager",
)
_SID = "S-1-5-21-1482476501-1644491937-682003330-"


class Windows:
    """Events of the hosts of one site.

    Args:
        shape: winlogbeat or evtxecmd.
        domain: Put behind the names of hosts; may be empty.
        skew: Seconds added to every time stamp.
        local: Whether times are written without a zone.
    """

    def __init__(self, rng: Random, shape: str, domain: str, skew: int = 0, local: bool = False) -> None:
        self._rng = rng
        self._beat = shape == "winlogbeat"
        self._domain = domain
        self._skew = skew
        self._zone = ("", "") if local else ("Z", "+00:00")
        name = "winlogbeat.ndjson" if self._beat else "EvtxECmd_Output.json"
        self.log = Log(name, "json", bom=not self._beat, crlf=not self._beat)
        self._record = rng.randint(1000, 90000)

    def event(self, moment: float, host: str, source: tuple[str, str], number: int, values: dict[str, Any]) -> None:
        """One event of any kind."""
        stamped = moment + self._skew
        self._record += 1
        if "UtcTime" in values:
            values["UtcTime"] = stamp(stamped, "%Y-%m-%d %H:%M:%S.") + f"{int(stamped % 1 * 1000):03d}"
        computer = f"{host}.{self._domain}" if self._domain else host
        encode = self._as_beat if self._beat else self._as_ecmd
        self.log.add(moment, msgspec.json.encode(encode(stamped, computer, source, number, values)))

    def _as_beat(
        self, moment: float, computer: str, source: tuple[str, str], number: int, values: dict[str, Any]
    ) -> dict[str, Any]:
        return {
            "@timestamp": stamp(moment, "%Y-%m-%dT%H:%M:%S.") + f"{int(moment % 1 * 1000):03d}{self._zone[0]}",
            "event": {"code": number, "kind": "event", "provider": source[1]},
            "host": {"name": computer},
            "winlog": {
                "channel": source[0],
                "provider_name": source[1],
                "event_id": number,
                "computer_name": computer,
                "record_id": self._record,
                "event_data": values,
            },
        }

    def _as_ecmd(
        self, moment: float, computer: str, source: tuple[str, str], number: int, values: dict[str, Any]
    ) -> dict[str, Any]:
        data = [{"@Name": name, "#text": str(value)} for name, value in values.items()]
        return {
            "Payload": msgspec.json.encode({"EventData": {"Data": data}}).decode(),
            "TimeCreated": stamp(moment, "%Y-%m-%dT%H:%M:%S.") + f"{int(moment % 1 * 1e7):07d}{self._zone[1]}",
            "EventId": number,
            "Level": "Info",
            "Provider": source[1],
            "Channel": source[0],
            "Computer": computer,
            "EventRecordId": str(self._record),
        }

    def _guid(self) -> str:
        digits = f"{self._rng.getrandbits(128):032X}"
        return f"{{{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}}}"

    def started(self, moment: float, host: str, user: str, image: str, line: str) -> None:
        """Security 4688: a process."""
        self.event(
            moment,
            host,
            SECURITY,
            4688,
            {
                "SubjectUserSid": f"{_SID}{1000 + len(user)}",
                "SubjectUserName": user,
                "SubjectDomainName": "CORP",
                "NewProcessId": hex(self._rng.randrange(0x200, 0x4000, 4)),
                "NewProcessName": image,
                "ParentProcessName": "C:\\WINDOWS\\explorer.exe",
                "CommandLine": line,
            },
        )

    def process(self, moment: float, host: str, user: str, image: str, line: str, sample: Sample | None = None) -> None:
        """Sysmon 1: a process, with its hashes where they are known."""
        values = {
            "UtcTime": "",
            "ProcessGuid": self._guid(),
            "ProcessId": str(self._rng.randrange(400, 9000)),
            "Image": image,
            "CommandLine": line,
            "User": f"CORP\\{user}",
            "ParentImage": "C:\\WINDOWS\\system32\\cmd.exe",
        }
        if sample:
            values["Hashes"] = _hashes(sample)
        self.event(moment, host, SYSMON, 1, values)

    def loaded(self, moment: float, host: str, image: str, sample: Sample) -> None:
        """Sysmon 7: a library that a process loaded."""
        self.event(
            moment,
            host,
            SYSMON,
            7,
            {
                "UtcTime": "",
                "ProcessGuid": self._guid(),
                "Image": "C:\\WINDOWS\\system32\\svchost.exe",
                "ImageLoaded": image,
                "Hashes": _hashes(sample),
                "Signed": "false",
            },
        )

    def created(self, moment: float, host: str, path: str) -> None:
        """Sysmon 11: a file."""
        self.event(
            moment,
            host,
            SYSMON,
            11,
            {
                "UtcTime": "",
                "ProcessGuid": self._guid(),
                "Image": "C:\\WINDOWS\\explorer.exe",
                "TargetFilename": path,
            },
        )

    def connected(self, moment: float, host: str, ends: tuple[str, str, int], image: str, name: str) -> None:
        """Sysmon 3: a connection."""
        self.event(
            moment,
            host,
            SYSMON,
            3,
            {
                "UtcTime": "",
                "ProcessGuid": self._guid(),
                "Image": image,
                "Protocol": "tcp",
                "SourceIp": ends[0],
                "DestinationIp": ends[1],
                "DestinationHostname": name,
                "DestinationPort": str(ends[2]),
            },
        )

    def resolved(self, moment: float, host: str, image: str, name: str, address: str) -> None:
        """Sysmon 22: a query."""
        self.event(
            moment,
            host,
            SYSMON,
            22,
            {
                "UtcTime": "",
                "ProcessGuid": self._guid(),
                "QueryName": name,
                "QueryStatus": "0",
                "QueryResults": f"::ffff:{address};",
                "Image": image,
            },
        )

    def service(self, moment: float, host: str, name: str, path: str) -> None:
        """System 7045: a new service."""
        self.event(
            moment,
            host,
            SYSTEM,
            7045,
            {
                "ServiceName": name,
                "ImagePath": path,
                "ServiceType": "user mode service",
                "StartType": "auto start",
                "AccountName": "LocalSystem",
            },
        )

    def logon(
        self, moment: float, host: str, user: str, address: str, kind: int, machine: str = "-", number: int = 4624
    ) -> None:
        """Security 4624 (or 4625, failed): a log-on of a type."""
        self.event(
            moment,
            host,
            SECURITY,
            number,
            {
                "TargetUserName": user,
                "TargetDomainName": "CORP",
                "TargetLogonId": hex(self._rng.getrandbits(28)),
                "LogonType": str(kind),
                "WorkstationName": machine,
                "IpAddress": address,
                "IpPort": str(self._rng.randint(1024, 65535)),
                "LogonProcessName": "User32",
            },
        )

    def remote(self, moment: float, host: str, login: Login) -> None:
        """An RDP session: 1149, 4624 type 10, 21, and 24 at its end."""
        self.event(moment + 1, host, REMOTE, 1149, {"Param1": login.account, "Param2": "", "Param3": login.client})
        self.logon(moment + 3, host, login.account, login.client, 10, login.machine)
        session = {
            "User": f"{host}\\{login.account}",
            "SessionID": str(self._rng.randint(1, 40)),
            "Address": login.client,
        }
        self.event(moment + 4, host, LOCAL, 21, session)
        if self._rng.random() < 0.7:
            self.event(moment + 60 * login.minutes, host, LOCAL, 24, session)


def _hashes(sample: Sample) -> str:
    pairs = (("SHA1", sample.sha1), ("MD5", sample.md5), ("SHA256", sample.sha256), ("IMPHASH", sample.imphash))
    return ",".join(f"{name}={digits.upper()}" for name, digits in pairs)
