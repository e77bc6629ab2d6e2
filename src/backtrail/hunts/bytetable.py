"""What each byte can be part of, and its lower-case form: the alphabet of the scan."""

import numpy as np

NAME = np.zeros(256, np.uint8)
"""1 for bytes of a host name or a number with dots: letters, digits, `.`, `-`, `_`; 2 for all that is no ASCII."""

HEX = np.zeros(256, np.uint8)
"""1 for hex digits, 3 for the colon: digests, serial numbers and IPv6 addresses are runs of these."""

WORD = np.zeros(256, np.uint8)
"""1 for letters and digits."""

DIGIT = np.zeros(256, np.uint8)
VALUE = np.zeros(256, np.int64)
"""Value of a hex digit."""

FOLD = np.arange(256, dtype=np.uint8)

for _byte in range(256):
    _char = chr(_byte)
    if _byte < 128 and _char.isalnum():
        WORD[_byte] = NAME[_byte] = 1
        FOLD[_byte] = ord(_char.lower())
    if _char in "-_." or _byte >= 128:
        NAME[_byte] = 2 if _byte >= 128 else 1
    if _byte < 128 and _char.isdigit():
        DIGIT[_byte] = 1
    if _byte < 128 and _char in "0123456789abcdefABCDEF":
        HEX[_byte] = 1
        VALUE[_byte] = int(_char, 16)
HEX[ord(":")] = 3
