"""Tables in Parquet: names of the columns from the end of the file, values by pyarrow, which the extra ``parquet`` installs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from diag_gui.exceptions import FormatError
from diag_gui.formats.file_reading import check_regular, read_bytes, sha256_hex
from diag_gui.formats.limits import check_limit
from diag_gui.formats.table_reading import Table, check_header


def parquet_names(path: Path) -> list[str]:
    """Return the names of the columns.

    Raises
    ------
    FormatError
        If it cannot be read, or pyarrow is not there.
    """
    check_regular(path)
    return [str(name) for name in open_parquet(path, path).schema_arrow.names]


def read_parquet(path: Path) -> Table:
    """Return a Parquet file as a table whose cells carry their type; categories and times are what they stand for.

    Raises
    ------
    FormatError
        If it cannot be read, repeats a column, or pyarrow is not there.
    LimitError
        If it is larger than ``table_bytes`` or has more than ``table_cells`` cells.
    """
    from io import BytesIO

    data = read_bytes(path, "table_bytes")
    file = open_parquet(path, BytesIO(data))
    names = [str(name) for name in file.schema_arrow.names]
    check_header(path, names)
    check_limit(path, "table_cells", file.metadata.num_rows * max(1, file.metadata.num_columns))
    columns = {name: [plain_cell(value) for value in values] for name, values in _values(path, file).items()}
    return Table(columns, list(range(1, file.metadata.num_rows + 1)), False, sha256_hex(data), ())


def first_rows(path: Path, n: int) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the names of the columns, and the first rows; only the first part of the file is read for them.

    Raises
    ------
    FormatError
        If it cannot be read, or pyarrow is not there.
    """
    from pyarrow import ArrowException

    check_regular(path)
    file = open_parquet(path, path)
    names = [str(name) for name in file.schema_arrow.names]
    try:
        batch = next(file.iter_batches(batch_size=n), None)
        return names, [] if batch is None else batch.to_pylist()
    except (ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        raise FormatError(path, f"is damaged Parquet: {_first_line(error)}") from None


def open_parquet(path: Path, source: Any) -> Any:
    """Return the file as pyarrow has it; ``source`` is a path or a binary file.

    Raises
    ------
    FormatError
        If it cannot be read, or pyarrow is not there.
    """
    try:
        import pyarrow.parquet as parquet
        from pyarrow import ArrowException
    except ImportError:
        raise FormatError(
            path, "is Parquet, which needs pyarrow: install diag-gui with the extra [parquet], or save the table as CSV"
        ) from None
    try:
        return parquet.ParquetFile(source)
    except (ArrowException, OSError, ValueError) as error:
        raise FormatError(path, f"is not readable Parquet: {_first_line(error)}") from None


@contextmanager
def damaged(path: Path) -> Iterator[None]:
    """Turn what pyarrow raises where a file is not what its end says into `FormatError`."""
    from pyarrow import ArrowException

    try:
        yield
    except (ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        raise FormatError(path, f"is damaged Parquet: {_first_line(error)}") from None


def _values(path: Path, file: Any) -> dict[str, list[Any]]:
    with damaged(path):
        found: dict[str, list[Any]] = file.read().to_pydict()
    if any(len(values) != file.metadata.num_rows for values in found.values()):
        raise FormatError(path, "is damaged Parquet: columns differ in length")
    return found


def plain_cell(value: Any) -> Any:
    """Return a value as JSON would give it: plain ones as they are, anything else as text."""
    if value is None or isinstance(value, str | int | float | list):
        return value
    isoformat = getattr(value, "isoformat", None)
    if isoformat is not None:
        return isoformat()
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0][:200]
