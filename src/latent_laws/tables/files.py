"""Tables as files: how each is read, found out from the file itself."""

import csv
import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import fsspec
import pandas as pd
from pyarrow.parquet import ParquetFile

from latent_laws.errors import LatentLawsError

_SNIFFED_BYTES = 65_536
_SNIFFED_LINES = 100
_SEPARATORS = ",;\t|"
_ENCODINGS = ("utf-8-sig", "cp1252")
_ROWS_A_CHUNK = 100_000
_Chunks: TypeAlias = Iterator[pd.DataFrame]


@dataclass(frozen=True)
class TableFile:
    """A table on disk, or wherever fsspec reads from.

    Attributes:
        path: The file, its kind told by its ending.
        load_args: What its reader has to be told.
    """

    path: str
    load_args: dict[str, Any] = field(default_factory=dict)

    def chunks(self) -> _Chunks:
        """Yield the rows part by part, in order; CSV and parquet never lie in memory as a whole.

        Raises:
            LatentLawsError: If the file cannot be read as what it is called.
        """
        reader = _FORMATS[_ending(self.path)]
        try:
            yield from reader(self.path, **self.load_args)
        except ImportError as error:
            raise LatentLawsError(
                f"'{self.path}' needs an extra: pip install \"latent-laws[excel]\", or save the "
                "table as CSV"
            ) from error
        except Exception as error:  # each format has errors of its own, of several libraries
            raise LatentLawsError(
                f"'{self.path}' cannot be read ({_first_line(error)}): accepted are CSV, parquet "
                "and Excel files with a header and one row a record"
            ) from error


def _read_text(path: str, **load_args: Any) -> _Chunks:
    with pd.read_csv(path, chunksize=_ROWS_A_CHUNK, **load_args) as parts:
        yield from parts


def _read_parquet(path: str, **load_args: Any) -> _Chunks:
    with fsspec.open(path, "rb") as file:
        for part in ParquetFile(file).iter_batches(batch_size=_ROWS_A_CHUNK, **load_args):
            part.validate(full=True)  # text that is no UTF-8 would only fail later
            yield part.to_pandas()


def _read_excel(path: str, **load_args: Any) -> _Chunks:
    yield pd.read_excel(path, **load_args)


_FORMATS: Mapping[str, Callable[..., _Chunks]] = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), _read_text),
    **dict.fromkeys((".parquet", ".pq"), _read_parquet),
    ".xlsx": _read_excel,
}


def _ending(path: str) -> str:
    """Return which of the known endings a file has; only text may be compressed."""
    name = path.lower()
    ending = Path(name.removesuffix(".gz")).suffix
    is_compressed_text = _FORMATS.get(ending) is _read_text or not name.endswith(".gz")
    if ending not in _FORMATS or not is_compressed_text:
        raise LatentLawsError(
            f"'{path}' has an unknown ending: accepted are {', '.join(_FORMATS)} (or .csv.gz)"
        )
    return ending


def find_table(path: Path) -> TableFile:
    """Find out how a `.csv`, `.tsv`, `.txt` (or `.gz` of it), `.parquet`, `.pq` or `.xlsx` is read.

    Returns:
        The file with its kind, and for text its separator, decimal sign and encoding.

    Raises:
        LatentLawsError: If there is no such file, its name has another ending, or it is empty.
    """
    if not path.is_file():
        raise LatentLawsError(f"there is no file '{path}'")
    ending = _ending(str(path))
    if path.stat().st_size == 0:
        raise LatentLawsError(f"'{path}' is empty: accepted is a table with a header")
    return TableFile(str(path), _text_format(path) if _FORMATS[ending] is _read_text else {})


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
    except (OSError, EOFError, zlib.error) as error:
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
