"""The tables that the scan probes: one sorted list of 64-bit keys with an index, and bitmaps in front of it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

HOST, URLS, MAILS, ADDRESS, NETWORK, DIGEST, SERIAL, PORTS = range(8)
"""What an entry asks for: a host or one below it; URLs or mail addresses at exactly this host, or sockets at this
address, which are then looked at one by one; an address; an address within a network; a digest; a serial number."""

Words = NDArray[np.uint64]
Numbers = NDArray[np.int64]
Bytes = NDArray[np.uint8]


class Tables(NamedTuple):
    """Typed keys of all indicators, as arrays only: forked processes share them, and numba takes them as they are.

    Attributes:
        keys: Keys of entries, sorted.
        classes: What each entry asks for.
        starts: Where the text of each entry begins in `texts` (hosts, digests and serials are compared with it).
        lengths: Its length.
        texts: Lower-case texts.
        buckets: Index of the first entry for each value of the highest bits of a key, and one more.
        anchors: Bitmap, by the highest bits, of the keys behind two labels of a host and of all others.
        suffixes: Bitmap of the suffixes of hosts, IPv4 addresses and digests, two bits in a word each (`suffixes.py`).
        tops: Bitmap of the states behind top-level labels, by their highest 16 bits.
        digests: 1 for each number of hex digits that some digest has.
        sixteens: Bitmap of the upper halves of IPv4 addresses that lie in some network.
        pairs: The same by the text of these halves (`suffixes.pair_bit`).
        prefixes4: Lengths of IPv4 prefixes there are.
        prefixes6: Of IPv6 prefixes.
        limits: Shift of a key to its bucket, shift to its anchor bit, stride of the hex scan, whether there is any
            IPv6 or network of it, shortest serial (0 without any), whether keys are kept instead of looked up, shift
            of a suffix to its word.
        scratch: Eight numbers to work with.
        kept: Keys that were kept last, by their lowest bits; one where none is kept.
    """

    keys: Words
    classes: Bytes
    starts: Numbers
    lengths: Numbers
    texts: Bytes
    buckets: Numbers
    anchors: Words
    suffixes: Words
    tops: Words
    digests: Bytes
    sixteens: Words
    pairs: Words
    prefixes4: Numbers
    prefixes6: Numbers
    limits: Numbers
    scratch: Numbers
    kept: Words


BUCKET_SHIFT, ANCHOR_SHIFT, STRIDE, SIXES, SERIALS, KEEPS, SUFFIX_SHIFT = range(7)
"""Places in `Tables.limits`."""

HOSTS, DIGESTS, ADDRESSES, FOURS_ABOVE, SIXES_ABOVE = range(1, 6)
"""Sorts of keys that an index keeps: of host names, digests and addresses 48 bits of their hash; of IPv4 addresses the
upper 24 bits, of IPv6 addresses the upper 48, so that networks can be asked for."""

ESCAPED, ODD = 1, 2
"""Remarks of the scan: the token begins behind what may be a JSON escape; a token with escapes or letters beyond
ASCII, to be spelled out first."""
