"""How the data of a project was read where somebody chose it: kept with its settings, so that it is read so again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_EXIF, _COLUMNS, _PREDICTED_COLUMNS = "exif", "columns", "pred_columns"


@dataclass(frozen=True, slots=True)
class ReadingChoices:
    """What was chosen.

    Attributes
    ----------
    with_exif : bool
        Whether the EXIF of the pictures was read.
    columns, predicted_columns : str
        Which column is what, of the ground truth and of the predictions, as ``--columns`` takes it; empty where nothing was said.
    """

    with_exif: bool = False
    columns: str = ""
    predicted_columns: str = ""

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> ReadingChoices:
        """Return what the settings of a project say; what is no such choice was not made."""
        columns, predicted = settings.get(_COLUMNS), settings.get(_PREDICTED_COLUMNS)
        return cls(
            settings.get(_EXIF) is True,
            columns if isinstance(columns, str) else "",
            predicted if isinstance(predicted, str) else "",
        )

    @property
    def settings(self) -> dict[str, Any]:
        """The choices that were made, as settings of a project."""
        said = {_EXIF: self.with_exif, _COLUMNS: self.columns, _PREDICTED_COLUMNS: self.predicted_columns}
        return {name: value for name, value in said.items() if value}


AS_IT_COMES = ReadingChoices()
"""Nothing was chosen."""
