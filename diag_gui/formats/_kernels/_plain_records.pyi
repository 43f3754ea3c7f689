from msgspec import Raw

from diag_gui.data.arrays import BoolArray, FloatArray, LongArray

SOURCE_HASH: str

def plain_columns(
    raw: bytes | Raw,
) -> tuple[LongArray, LongArray, FloatArray, FloatArray, LongArray | None, FloatArray, BoolArray] | None: ...
