"""Values of attribute columns as JSON and CSV write them."""

from __future__ import annotations

from diag_gui.data.attributes import AttributeTable, Column, ColumnKind


def column_value(column: Column, row: int) -> str | int | float | bool | None:
    """Return the value at ``row``: text, number (whole ones as int), truth value, ISO 8601 time, or None where missing."""
    if column.missing[row]:
        return None
    value = column.values[row]
    if column.kind is ColumnKind.CATEGORY:
        return column.categories[int(value)]
    if column.kind is ColumnKind.BOOL:
        return bool(value)
    if column.kind is ColumnKind.NUMBER:
        number = float(value)
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    microseconds = int(value.astype("int64")) % 1_000_000
    return str(value.astype("datetime64[us]" if microseconds else "datetime64[s]"))


def given_values(table: AttributeTable, row: int) -> dict[str, str | int | float | bool]:
    """Return the attributes of ``row`` that have a value."""
    return {column.name: value for column in table.columns if (value := column_value(column, row)) is not None}
