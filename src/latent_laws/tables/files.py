"""Tables as files: how each is read, found out from the file itself."""

import csv
import gzip
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from latent_laws.errors import LatentLawsError

_SNIFFED_BYTES = 65_536
_SNIFFED_LINES = 100
_SEPARATORS = ",;\t|"
_ENCODINGS = ("utf-8-sig", "cp1252")
_FORMATS = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), "pandas.CSVDataset"),
    **dict.fromkeys((".parquet", ".pq"), "pandas.ParquetDataset"),
    **dict.fromkeys((".xlsx", ".xls"), "pandas.ExcelDataset"),
}
_READERS: Mapping[str, Callable[..., pd.DataFrame]] = {
    "pandas.CSVDataset": pd.read_csv,
    "pandas.ParquetDataset": pd.read_parquet,
    "pandas.ExcelDataset": pd.read_excel,
}


@dataclass(frozen=True)
class TableFile:
    """A table on disk.

    Attributes:
        path: The file.
        dataset: Kedro's type of dataset that reads it.
        load_args: What its reader has to be told.
    """

    path: Path
    dataset: str
    load_args: dict[str, Any] = field(default_factory=dict)

    def read(self) -> pd.DataFrame:
        """Read the table.

        Raises:
            LatentLawsError: If the file cannot be read as what it is called.
        """
        try:
            return _READERS[self.dataset](self.path, **self.load_args)
        except ImportError as error:
            raise LatentLawsError(
                f"'{self.path}' needs one package more ({_first_line(error)}): install it, or save "
                "the table as CSV"
            ) from error
        except Exception as error:  # each format has errors of its own, of several libraries
            raise LatentLawsError(
                f"'{self.path}' cannot be read ({_first_line(error)}): accepted are CSV, parquet "
                "and Excel files with a header and one row a record"
            ) from error


def find_table(path: Path) -> TableFile:
    """Find out how a file is read.

    Args:
        path: A `.csv`, `.tsv`, `.txt` (also with `.gz`), `.parquet`, `.pq`, `.xlsx` or `.xls` file.

    Returns:
        The file with its kind, and for text its separator, decimal sign and encoding.

    Raises:
        LatentLawsError: If there is no such file, its name has another ending, or it is empty.
    """
    if not path.is_file():
        raise LatentLawsError(f"there is no file '{path}'")
    name = path.name.lower().removesuffix(".gz")
    dataset = next((_FORMATS[end] for end in _FORMATS if name.endswith(end)), None)
    if dataset is None or (path.suffix.lower() == ".gz" and dataset != "pandas.CSVDataset"):
        endings = ", ".join(_FORMATS)
        raise LatentLawsError(
            f"'{path}' has an unknown ending: accepted are {endings} (or .csv.gz)"
        )
    if path.stat().st_size == 0:
        raise LatentLawsError(f"'{path}' is empty: accepted is a table with a header")
    load_args = _text_format(path) if dataset == "pandas.CSVDataset" else {}
    return TableFile(path, dataset, load_args)


def _text_format(path: Path) -> dict[str, Any]:
    """Return what pandas has to be told to read a text file, beyond its defaults."""
    start = _start(path)
    encoding = next((name for name in _ENCODINGS if _decodes(start, name)), "latin-1")
    header, _, body = start.decode(encoding, errors="ignore").partition("\n")
    separator = _separator(header)
    found: dict[str, Any] = {} if encoding == "utf-8-sig" else {"encoding": encoding}
    if separator != ",":
        found["sep"] = separator
        if _has_decimal_commas(body, separator):
            found["decimal"] = ","
    return found


def _start(path: Path) -> bytes:
    opened = gzip.open if path.suffix.lower() == ".gz" else open
    try:
        with opened(path, "rb") as file:
            return bytes(file.read(_SNIFFED_BYTES))
    except (OSError, EOFError, zipfile.BadZipFile) as error:
        raise LatentLawsError(f"'{path}' cannot be read ({_first_line(error)})") from error


def _decodes(start: bytes, encoding: str) -> bool:
    try:
        # the last character may be cut
        start[: start.rfind(b"\n") + 1 or None].decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _separator(header: str) -> str:
    """Return the separator that cuts the header into most names, quoted text left out."""
    counts = {sign: sum(map(len, _rows(header, sign))) for sign in _SEPARATORS}
    return max(_SEPARATORS, key=lambda sign: counts[sign])


def _has_decimal_commas(body: str, separator: str) -> bool:
    """Whether more fields are numbers such as 1,5 than such as 1.5."""
    fields = [field.strip().lstrip("+-") for row in _rows(body, separator) for field in row]
    commas, points = (
        sum(sign in field and field.replace(sign, "", 1).isdecimal() for field in fields)
        for sign in ",."
    )
    return commas > points


def _rows(text: str, separator: str) -> list[list[str]]:
    """Cut the first lines of a text into fields; what cannot be cut has none."""
    try:
        return list(csv.reader(text.splitlines()[:_SNIFFED_LINES], delimiter=separator))
    except csv.Error:
        return []


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
