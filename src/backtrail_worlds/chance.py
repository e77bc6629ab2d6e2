"""Chance that can be repeated: every generator is seeded by the world's seed and the name of what it is for."""

from collections.abc import Sequence
from hashlib import sha256
from random import Random


def chance(seed: int, *purpose: str | int) -> Random:
    """A generator that depends on the seed and the purpose alone, on every machine and in every process.

    >>> chance(1, "zones").random() == chance(1, "zones").random() != chance(1, "hops").random()
    True
    """
    text = "\x1f".join([str(seed), *(str(part) for part in purpose)])
    return Random(int.from_bytes(sha256(text.encode()).digest()[:16], "big"))


def shares(total: int, weights: Sequence[float], least: int = 0) -> list[int]:
    """Split a quota by weight into whole numbers that add up to it (largest remainder).

    >>> shares(10, [3, 1, 1]), shares(5, [9, 1], least=1)
    ([6, 2, 2], [4, 1])
    """
    free = total - least * len(weights)
    whole = sum(weights)
    exact = [free * weight / whole for weight in weights]
    parts = [int(value) for value in exact]
    behind = sorted(range(len(exact)), key=lambda i: (parts[i] - exact[i], i))
    for i in behind[: free - sum(parts)]:
        parts[i] += 1
    return [part + least for part in parts]


def spread(quotas: dict[str, int], rng: Random) -> list[str]:
    """Each name as often as its quota says, in random order."""
    names = [name for name, count in quotas.items() for _ in range(count)]
    rng.shuffle(names)
    return names


def hexes(rng: Random, length: int) -> str:
    """Random lower-case hexadecimal digits."""
    return f"{rng.getrandbits(4 * length):0{length}x}"
