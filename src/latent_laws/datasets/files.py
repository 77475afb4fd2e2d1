"""Kedro's file datasets, written whole or not at all."""

import re
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any, cast

from fsspec.implementations.local import LocalFileSystem
from kedro_datasets import json, pandas, plotly, text
from kedro_datasets._typing import HTMLPreview

from latent_laws.atomic import replacing

# of a page: what is read by machines, and what is pressed
_NO_TEXT = re.compile(r"<(script|style|button|svg|select)\b.*?</\1>|<input\b[^>]*>", re.DOTALL)


class _AtomicFileSystem(LocalFileSystem):  # type: ignore[misc]  # untyped base
    """The local file system, except that files opened for writing are replaced as a whole."""

    def open(
        self, path: str, mode: str = "rb", **kwargs: object
    ) -> AbstractContextManager[IO[Any]]:
        if "w" in mode:
            return replacing(Path(self._strip_protocol(path)), mode)
        if "b" not in mode:
            kwargs.setdefault("encoding", "utf-8")
        return cast("AbstractContextManager[IO[Any]]", super().open(path, mode, **kwargs))


class _AtomicSave:
    """Mixin ahead of a Kedro dataset that opens its files through `self._fs`.

    An `optional` dataset that no run made loads as None.
    """

    _protocol: str

    def __init__(self, *, optional: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self._optional = optional
        if self._protocol == "file":
            self._fs = _AtomicFileSystem(auto_mkdir=True)

    def load(self) -> Any:
        """Load, or return None where the dataset is optional and absent."""
        parent: Any = super()
        return None if self._optional and not parent.exists() else parent.load()


class ParquetDataset(_AtomicSave, pandas.ParquetDataset):  # type: ignore[misc]  # untyped base
    """A pandas frame as one Parquet file."""


class JSONDataset(_AtomicSave, json.JSONDataset):  # type: ignore[misc]  # untyped base
    """Plain data as JSON."""


class PlotlyDataset(_AtomicSave, plotly.JSONDataset):  # type: ignore[misc]  # untyped base
    """A plotly figure as JSON."""


class PageDataset(_AtomicSave, text.TextDataset):  # type: ignore[misc]  # untyped base
    """An HTML page in UTF-8."""

    @property
    def path(self) -> Path:
        """Where the text lies."""
        return Path(self._get_load_path())

    def preview(self) -> HTMLPreview:
        """Return what Kedro-Viz shows: the page's text and tables, without styles and scripts."""
        body = self.load().partition("<body")[2].partition(">")[2]
        return HTMLPreview(_NO_TEXT.sub("", body))
