"""A table of any length, opened but not read."""

from typing import Any

import fsspec
from kedro_datasets._typing import TablePreview

from latent_laws.datasets.base import InputDataset
from latent_laws.tables.files import TableFile


class TableDataset(InputDataset[TableFile]):
    """A CSV, parquet or Excel file that whoever uses it reads part by part.

    Args:
        filepath: On this machine, or wherever fsspec reads from.
        load_args: Of `pandas.read_csv` or `read_excel`, or of pyarrow's `iter_batches`.
        metadata: Read by Kedro plugins.
    """

    def __init__(
        self,
        *,
        filepath: str,
        load_args: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(metadata, filepath=filepath, load_args=load_args)
        self._file = TableFile(filepath, load_args or {})

    def load(self) -> TableFile:
        """Return the file; nothing is read yet."""
        return self._file

    def preview(self, nrows: int = 10) -> TablePreview:
        """Return the first rows for Kedro-Viz."""
        first = next(self._file.chunks()).head(nrows)
        return TablePreview(first.to_dict(orient="split"))

    def _exists(self) -> bool:
        files, path = fsspec.url_to_fs(self._file.path)
        return bool(files.exists(path))
