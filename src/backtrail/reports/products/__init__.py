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
        write: Its bytes.
    """

    name: str
    suffix: str
    write: Callable[[Material], Iterator[bytes]]


PRODUCTS = {
    product.name: product
    for product in (
        Product("sigma", ".sigma.yml", sigma.write),
        Product("suricata", ".rules", suricata.write),
        Product("zeek-intel", ".intel.dat", zeek_intel.write),
        Product("yara", ".yar", yara.write),
        Product("navigator", ".layer.json", navigator.write),
        Product("rpz", ".rpz", rpz.write),
    )
}

__all__ = ["PRODUCTS", "Guarded", "Material", "Product", "guard", "kept_before"]
