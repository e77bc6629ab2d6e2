"""What a remote desktop connection shows: cookie, keyboard layout, name of the client ([MS-RDPBCGR] 2.2.1).

When both sides agree on TLS, layout and name are encrypted; the cookie still is not.
"""

import re
import struct

from backtrail.formats.kit.flows import Flow
from backtrail.formats.kit.logs import Gatherer
from backtrail.formats.kit.parts import detail

_COOKIE = re.compile(rb"Cookie: mstshash=([^\r\n]{1,255})")
_CONFIRM = 0xD0
_CORE = b"\x01\xc0"


def speaks(start: bytes) -> bool:
    """Whether a client begins with a connection request: TPKT, then X.224 code E0."""
    return start[:2] == b"\x03\x00" and start[5:6] == b"\xe0"


def look(gatherer: Gatherer, flow: Flow) -> bool:
    """Take what there is; whether more may come."""
    if "cookie" not in flow.said and (cookie := _COOKIE.search(flow.up.data, 0, 600)):
        flow.said["cookie"] = cookie[1].decode("utf-8", "replace")
    if flow.down.data[5:6] == bytes([_CONFIRM]) and len(flow.down.data) >= 19 and _negotiated(flow.down.data):
        _login(gatherer, flow, "", "")
        return False
    core = _core(flow.up.data)
    if core is None:
        return not flow.up.full
    layout, name = core
    gatherer.value("keyboard-layout", layout)
    _login(gatherer, flow, layout, name)
    return False


def _negotiated(answer: bytearray) -> bool:
    """Whether a negotiation response (type 2) chose anything but plain RDP."""
    return answer[11] == 2 and answer[15:19] != b"\0\0\0\0"


def _core(data: bytearray) -> tuple[str, str] | None:
    """Layout and client name of the client core data, which follow the GCC mark `Duca`."""
    mark = data.find(b"Duca", 0, 4096)
    at = data.find(_CORE, mark, mark + 64) if mark >= 0 else -1
    if at < 0 or len(data) < at + 56:
        return None
    layout = struct.unpack_from("<I", data, at + 16)[0]
    name = bytes(data[at + 24 : at + 56]).decode("utf-16-le", "replace").partition("\0")[0]
    return f"{layout:08x}", name


def _login(gatherer: Gatherer, flow: Flow, layout: str, client: str) -> None:
    said = detail(layout=layout, client=client, cookie=flow.said.get("cookie", ""))
    gatherer.tie("logs-in-to", "ipv4-addr", flow.client, "ipv4-addr", flow.server, detail=said, each=True)
