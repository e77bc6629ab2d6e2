"""Rules and layers for others' tools, one small file each; `PRODUCTS` is the table that `export` derives from. Pure."""

from collections.abc import Callable, Iterator

from msgspec import Struct

from backtrail.reports.products import navigator, rpz, sigma, suricata, yara, zeek_intel
from backtrail.reports.products.material import Guarded, Material, guard, kept_before


class Product(Struct, frozen=True):
    """A kind of rule file.

    Attributes:
        name: As in `export --format`.
        suffix: End of the file's name.
        kinds: Kinds of indicators that it can say.
        write: Its bytes.
        pap: The strictest PAP of what it may be made of: a zone that answers for names is seen from outside, a sensor
            on the wire acts on traffic, and looking through files and logs is never seen.
    """

    name: str
    suffix: str
    kinds: frozenset[str]
    write: Callable[[Material], Iterator[bytes]]
    pap: str = "RED"


PRODUCTS = {
    product.name: product
    for product in (
        Product("sigma", ".sigma.yml", sigma.KINDS, sigma.write),
        Product("suricata", ".rules", suricata.KINDS, suricata.write, "AMBER"),
        Product("zeek-intel", ".intel.dat", zeek_intel.KINDS, zeek_intel.write, "AMBER"),
        Product("yara", ".yar", yara.KINDS, yara.write),
        Product("navigator", ".layer.json", navigator.KINDS, navigator.write),
        Product("rpz", ".rpz", rpz.KINDS, rpz.write, "GREEN"),
    )
}

__all__ = ["PRODUCTS", "Guarded", "Material", "Product", "guard", "kept_before"]
