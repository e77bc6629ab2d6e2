"""Warning lists, kept as they were loaded, with version and date."""

from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select

from backtrail.knowledge import schema


class ListRow(Struct, frozen=True, kw_only=True):
    """A loaded list: its version is the date of its data, `loaded` when it came into this case."""

    name: str
    version: int
    entries: int
    loaded: str


def put(db: Connection, row: ListRow, body: bytes) -> None:
    """Keep a list, replacing an older one of the same name."""
    db.execute(delete(schema.warning_list).where(schema.warning_list.c.name == row.name))
    values = {name: getattr(row, name) for name in row.__struct_fields__}
    db.execute(insert(schema.warning_list).values(**values, body=body))


def rows(db: Connection) -> list[ListRow]:
    """The lists there are, by name."""
    t = schema.warning_list.c
    query = select(t.name, t.version, t.entries, t.loaded).order_by(t.name)
    return [ListRow(**row._mapping) for row in db.execute(query)]


def bodies(db: Connection) -> list[bytes]:
    """Every list as it was loaded, by name."""
    return list(db.execute(select(schema.warning_list.c.body).order_by(schema.warning_list.c.name)).scalars())
