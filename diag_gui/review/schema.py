"""The tables of a project, written once for every database SQLAlchemy speaks. Imported by the store's modules only."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()

# SQLite numbers rows by itself only where the type is spelled INTEGER.
_ROW_NUMBER = BigInteger().with_variant(Integer, "sqlite")

operations = Table(
    "operations",
    metadata,
    Column("sequence", _ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("clock", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    Column("at", String(40), nullable=False),
    Column("label", Text, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("reverses", String(64)),
    sqlite_autoincrement=True,
)
Index("operations_of_author", operations.c.author, operations.c.clock)
Index("operations_by_clock", operations.c.clock)

events = Table(
    "events",
    metadata,
    Column("operation", _ROW_NUMBER, ForeignKey("operations.sequence"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("target_digest", String(32), nullable=False),
    Column("target", Text, nullable=False),
    Column("verb", String(16), nullable=False),
    Column("value", Text),
    Column("before", Text),
)
Index("events_of_target", events.c.target_digest)

facts = Table("facts", metadata, Column("name", String(64), primary_key=True), Column("value", Text, nullable=False))

image_set = Table(
    "image_set",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("n_images", Integer, nullable=False),
    Column("digests", LargeBinary, nullable=False),
)

image_contents = Table(
    "image_contents",
    metadata,
    Column("path_digest", String(32), primary_key=True),
    Column("path", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
)

TABLE_NAMES = frozenset(metadata.tables)
