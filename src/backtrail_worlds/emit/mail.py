"""Messages that were kept, as .eml files."""

from base64 import b64encode
from random import Random

from backtrail_worlds.clock import stamp
from backtrail_worlds.plan.model import Mail


def eml(mail: Mail, domain: str, rng: Random) -> str:
    """One message; the attachment is a harmless stand-in, as the responder had taken the real one out."""
    when = stamp(mail.moment, "%a, %d %b %Y %H:%M:%S +0000")
    identifier = f"<{rng.getrandbits(64):016x}@{mail.sender.partition('@')[2]}>"
    received = f"from {mail.sender.partition('@')[2]} ([{mail.origin or '10.0.0.25'}]) by mx1.{domain}; {when}"
    head = [
        f"Received: {received}",
        f"From: {mail.sender_name} <{mail.sender}>",
        f"To: <{mail.recipient}>",
        f"Subject: {mail.subject}",
        f"Date: {when}",
        f"Message-ID: {identifier}",
    ]
    if mail.origin:
        head.append(f"X-Originating-IP: [{mail.origin}]")
    head.append("MIME-Version: 1.0")
    if not mail.attachment:
        return "\n".join([*head, "Content-Type: text/plain; charset=us-ascii", "", mail.body, ""])
    mark = f"=_{rng.getrandbits(48):012x}"
    removed = b64encode(
        f"attachment removed; md5 of the program inside: {mail.sample or 'not kept'}\n".encode()
    ).decode()
    return "\n".join(
        [
            *head,
            f'Content-Type: multipart/mixed; boundary="{mark}"',
            "",
            f"--{mark}",
            "Content-Type: text/plain; charset=us-ascii",
            "",
            mail.body,
            f"--{mark}",
            f'Content-Type: application/zip; name="{mail.attachment}"',
            f'Content-Disposition: attachment; filename="{mail.attachment}"',
            "Content-Transfer-Encoding: base64",
            "",
            removed,
            f"--{mark}--",
            "",
        ]
    )
