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
    """

    name: str
    suffix: str
    kinds: frozenset[str]
    write: Callable[[Material], Iterator[bytes]]


PRODUCTS = {
    product.name: product
    for product in (
        Product("sigma", ".sigma.yml", sigma.KINDS, sigma.write),
        Product("suricata", ".rules", suricata.KINDS, suricata.write),
        Product("zeek-intel", ".intel.dat", zeek_intel.KINDS, zeek_intel.write),
        Product("yara", ".yar", yara.KINDS, yara.write),
        Product("navigator", ".layer.json", navigator.KINDS, navigator.write),
        Product("rpz", ".rpz", rpz.KINDS, rpz.write),
    )
}

__all__ = ["PRODUCTS", "Guarded", "Material", "Product", "guard", "kept_before"]
