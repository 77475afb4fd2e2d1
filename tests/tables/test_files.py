"""How tables on disk are read, and what is no table."""

import gzip
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latent_laws.errors import LatentLawsError
from latent_laws.tables import files
from latent_laws.tables.files import find_table

TABLE = pd.DataFrame({"höhe": [1.5, 2.5], "ort": ["Ål", "York"]})


def read(path: Path) -> pd.DataFrame:
    return pd.concat(find_table(path).chunks(), ignore_index=True)


@pytest.mark.parametrize(
    ("written", "load_args"),
    [
        ({}, {}),
        ({"sep": ";"}, {"sep": ";"}),
        ({"sep": "\t", "decimal": ","}, {"sep": "\t", "decimal": ","}),
        ({"sep": ";", "decimal": ",", "encoding": "cp1252"}, None),
        ({"encoding": "utf-8-sig"}, {}),
    ],
)
def test_text_is_read_as_it_was_written(
    tmp_path: Path, written: dict[str, str], load_args: dict[str, str] | None
) -> None:
    TABLE.to_csv(tmp_path / "t.csv", index=False, **written)  # type: ignore[call-overload]  # as written
    file = find_table(tmp_path / "t.csv")
    assert file.load_args == (written if load_args is None else load_args)
    pd.testing.assert_frame_equal(read(tmp_path / "t.csv"), TABLE)


def test_compressed_text_and_parquet_are_read(tmp_path: Path) -> None:
    TABLE.to_csv(tmp_path / "t.csv.gz", index=False, sep=";")
    TABLE.to_parquet(tmp_path / "t.parquet")
    for name in ("t.csv.gz", "t.parquet"):
        pd.testing.assert_frame_equal(read(tmp_path / name), TABLE)


def test_a_long_table_comes_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_ROWS_A_CHUNK", 10)
    table = pd.DataFrame(
        {"x": np.arange(25, dtype=np.float32), "name": ["a", "b", "c", "d", "e"] * 5}
    )
    table.to_parquet(tmp_path / "t.parquet")
    table.to_csv(tmp_path / "t.csv", index=False)
    for name in ("t.parquet", "t.csv"):
        parts = list(find_table(tmp_path / name).chunks())
        assert [len(part) for part in parts] == [10, 10, 5]
        pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), table, check_dtype=False)


def test_a_separator_inside_quotes_is_none(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('"a; b; c; d",e\n1,2\n')
    assert list(read(tmp_path / "t.csv")) == ["a; b; c; d", "e"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.csv", None, "there is no file"),
        ("t.json", b"{}", "has an unknown ending: accepted are .csv, .tsv"),
        ("t.parquet.gz", b"x", "has an unknown ending"),
        ("t.csv", b"", "is empty: accepted is a table with a header"),
        ("t.csv", b"a,b\n1,2\n3,4,5,6\n", "cannot be read"),
        ("t.csv.gz", b"a,b\n1,2\n", "cannot be read"),
        ("t.csv.gz", gzip.compress(b"a,b\n" * 999, mtime=0)[:20], "cannot be read"),
        ("t.parquet", b"PAR1 and no more", "cannot be read"),
    ],
)
def test_what_is_no_table_is_told_in_one_line(
    tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(LatentLawsError, match=message) as caught:
        read(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_excel_is_read_with_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("openpyxl", reason="needs the extra excel")
    TABLE.to_excel(tmp_path / "t.xlsx", index=False)
    pd.testing.assert_frame_equal(read(tmp_path / "t.xlsx"), TABLE)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(LatentLawsError, match=r"needs an extra: pip install .latent-laws\[excel\]"):
        read(tmp_path / "t.xlsx")


@given(st.binary(max_size=400), st.sampled_from([".csv", ".csv.gz", ".parquet", ".tsv"]))
def test_any_bytes_are_a_table_or_one_line(content: bytes, ending: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"t{ending}"
        path.write_bytes(content)
        try:
            table = read(path)
        except LatentLawsError as error:
            assert "\n" not in str(error)
        else:
            assert isinstance(table, pd.DataFrame)


@given(
    st.integers(1, 6),
    st.integers(2, 6),
    st.sampled_from([",", ";", "\t", "|"]),
    st.integers(0, 99),
)
def test_numbers_survive_any_separator(n_rows: int, n_columns: int, sep: str, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=(n_rows, n_columns)).round(3)
    table = pd.DataFrame(values, columns=[f"x{number}" for number in range(n_columns)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        table.to_csv(path, sep=sep, index=False)
        pd.testing.assert_frame_equal(read(path), table)
