"""What other tools call the kinds of observations: one table for CSV headers, JSON lines and feeds."""

import re

from backtrail.model.kinds import KINDS

_WORDS = {
    "domain-name": "domain hostname host fqdn dns zone domains hostnames domainname dnsname",
    "ipv4-addr": "ip ipv4 ipaddr ipaddress ip-src ip-dst ip_address address ips ipv4addr ipaddressv4",
    "ipv6-addr": "ipv6 ipv6addr ipaddressv6",
    "network": "cidr netblock subnet range ip-range iprange ipv4-cidr",
    "ip-port": "ip_port ip-dst|port ip-src|port ipport socket",
    "url": "uri urls link",
    "url-path": "url_path path-url uri-path",
    "email-addr": "email mail e-mail email-src email-dst emailaddr emailaddress sender",
    "email-subject": "email_subject subject-line",
    "md5": "filehash-md5 hash-md5 file-md5 md5sum md5hash",
    "sha1": "sha-1 filehash-sha1 hash-sha1 file-sha1 sha1sum",
    "sha256": "sha-256 filehash-sha256 hash-sha256 file-sha256 sha256sum",
    "sha512": "sha-512 filehash-sha512 hash-sha512",
    "imphash": "imp_hash pe-imphash filehash-imphash",
    "tlsh": "filehash-tlsh",
    "ssdeep": "filehash-ssdeep",
    "file-name": "filename file_name dllname file name-of-file",
    "file-path": "filepath file_path fullpath",
    "file-size": "filesize size-in-bytes",
    "pdb-path": "pdb pdb_path",
    "compile-time": "pe_timestamp_utc compile_time pe-timestamp petimestamp compilation-timestamp",
    "mutex": "mutant",
    "pipe": "named-pipe namedpipe named_pipe",
    "registry-key": "regkey registry reg-key registry_key windows-registry-key",
    "service": "windows-service-name service-name servicename",
    "user-agent": "useragent user_agent http-user-agent",
    "http-fingerprint": "http_fp",
    "x509-serial": "serial certificate-serial cert_serial",
    "x509-sha1": "x509-fingerprint-sha1 cert-sha1 ssl-sha1",
    "x509-sha256": "x509-fingerprint-sha256 cert-sha256",
    "x509-subject": "cert_subject certificate-subject",
    "asn": "as autonomous-system",
    "vulnerability": "cve",
    "technique": "attack-pattern mitre-technique ttp",
    "software": "malware family malware_family malware-family tool families",
    "ja3": "ja3-fingerprint-md5 ja3hash",
    "registrant-name": "whois-registrant-name",
    "registrant-email": "whois-registrant-email",
    "registrant-phone": "whois-registrant-phone",
    "registrant-org": "whois-registrant-org",
    "command-line": "commandline command_line cmdline",
    "text": "string",
}
_KIND = {word: kind for kind, words in _WORDS.items() for word in words.split()}


def kind_of(word: str) -> str | None:
    """The kind a word of another tool stands for, or None.

    >>> kind_of("FileHash-MD5"), kind_of("IP Address"), kind_of("banana")
    ('md5', 'ipv4-addr', None)
    """
    if word in KINDS:
        return word
    plain = re.sub(r"\s+", "_", word.strip().lower())
    return _KIND.get(plain) or _KIND.get(plain.replace("_", "-")) or _KIND.get(plain.replace("_", ""))
