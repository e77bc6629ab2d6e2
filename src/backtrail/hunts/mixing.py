"""How a token becomes a key of 64 bits; the compiler of indicators and the scan must agree to the bit.

A host is folded from its end, so that every parent domain is a state on the way; an address is its value; hex is
folded from its first sixteen digits and its length. Equal keys are compared byte by byte afterwards: a key only finds.
"""

from typing import Any

import numpy as np

from backtrail.hunts.bytetable import FOLD
from backtrail.hunts.jit import compiled

SEED = np.uint64(0xCBF29CE484222325)
PRIME = np.uint64(0x9E3779B97F4A7C15)
_SECOND = np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)
_LESS = np.uint64(29)
V4 = np.uint64(0x4D9F2A6B13C7E581)
V6 = np.uint64(0x7A1C93E5D2B84F06)
HEXES = np.uint64(0x1B873593CC9E2D51)
SERIAL = np.uint64(0x52DCE729A3B1F86D)
COLON = np.uint8(58)


@compiled
def step(state: Any, byte: Any) -> Any:
    """The next state of a folded text."""
    return (state ^ np.uint64(byte)) * PRIME


@compiled
def mixed(state: Any) -> Any:
    """A key of a state: every bit of it depends on every bit of the state."""
    state = (state ^ (state >> _HALF)) * _SECOND
    return state ^ (state >> _LESS)


@compiled
def host_key(data: Any, start: Any, end: Any) -> Any:
    """Key of a host name."""
    state = SEED
    for i in range(end - 1, start - 1, -1):
        state = step(state, FOLD[data[i]])
    return mixed(state)


@compiled
def anchor_keys(data: Any, start: Any, end: Any) -> Any:
    """States behind the last label and behind the last two labels of a host name."""
    state, top, dots = SEED, SEED, 0
    for i in range(end - 1, start - 1, -1):
        if data[i] == 46:
            dots += 1
            if dots == 1:
                top = state
            if dots == 2:
                break
        state = step(state, FOLD[data[i]])
    return top, mixed(state)


@compiled
def hex_key(data: Any, start: Any, end: Any, salt: Any) -> Any:
    """Key of hex digits, colons between them left out: of the first sixteen and their number."""
    state, count = SEED ^ salt, 0
    for i in range(start, end):
        if data[i] != COLON:
            count += 1
            if count <= 16:
                state = step(state, FOLD[data[i]])
    return mixed(step(state, np.uint64(count)))


@compiled
def v4_key(value: Any, prefix: Any) -> Any:
    """Key of an IPv4 address (prefix 32) or network."""
    return mixed((np.uint64(value) ^ V4) * PRIME + np.uint64(prefix))


@compiled
def v6_key(high: Any, low: Any, prefix: Any) -> Any:
    """Key of an IPv6 address (prefix 128) or network, given as its two halves."""
    return mixed(step(step((high ^ V6) * PRIME, low), np.uint64(prefix)))
