"""Exports, each evaluated against the torch module."""

import ast
import importlib.util
import math
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from latex2mathml.converter import convert
from numpy.typing import NDArray

from latent_laws.formulas.export import (
    latex_cells,
    latex_table,
    python_module,
    python_text,
    sql_query,
    sql_text,
)
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.symbolic_encoder import SymbolicEncoder
from tests.formulas.trees import Tree, formula_of, trees

INTEGERS = np.random.default_rng(2).integers(-3, 4, size=(12, 4))
NAMES = ("x", "Soil_Type_14", "wind \"speed\" 'n'\n", "select")
NOWHERE = ("/", ("constant", 0.0), ("constant", 0.0))
WIND = "`wind \"speed\" 'n'\n`"
TEXTS = {
    "linear": "0.5*x - 1.25*Soil_Type_14 + 3",
    "products": f"x*{WIND}/(1.5 + square(Soil_Type_14))",
    "tanh": f"tanh(1.3*{WIND}) - (-x)*tanh(-300*x)",
    "powers": "x**2 + cube(x) - (x + 5)**1.5 + 2**x + (x**2 + 1)**-0.5",
    "waves": "sin(x) + cos(2*x) - tan(0.1*x)*exp(-x)",
    "roots": "sqrt(abs(x)) + log(square(x) + 1) + inv(2 + x*x)",
    "undefined": "log(x) + 1/Soil_Type_14",
    "pole inside": "tanh(1/Soil_Type_14) + Soil_Type_14**-2",
    "ratio of whole numbers": "Soil_Type_14/`select` - -x",
    "constant": "0.1",
    "a \"label\" with 'quotes',\nlines and 50%": "`select`",
}


@pytest.fixture
def formulas() -> list[tuple[str, Formula]]:
    return [(label, Formula.parse(text, NAMES)) for label, text in TEXTS.items()]


@pytest.fixture
def rows() -> NDArray[np.float64]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 4))
    X[:, 1] = rng.integers(0, 3, size=60)
    X[:, 3] = rng.integers(1, 9, size=60)
    return X


def to_python_module(formulas: list[tuple[str, Formula]]) -> str:
    return python_module([(label, python_text(one)) for label, one in formulas], NAMES, {})


def to_sql(formulas: list[tuple[str, Formula]], table: str = "features") -> str:
    return sql_query([(label, sql_text(one)) for label, one in formulas], table)


def torch_latents(
    formulas: list[tuple[str, Formula]], rows: NDArray[np.float64]
) -> NDArray[np.float64]:
    module = SymbolicEncoder([formula for _, formula in formulas], NAMES).module()
    with torch.no_grad():
        latents: NDArray[np.float64] = module(torch.from_numpy(rows)).numpy()
    return latents


def load_encode(source: str, folder: Path) -> Callable[[object], NDArray[np.float64]]:
    path = folder / "latents.py"
    path.write_text(source, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("latents", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    encode: Callable[[object], NDArray[np.float64]] = module.encode
    return encode


def test_python_module_computes_the_torch_modules_latents(
    formulas: list[tuple[str, Formula]], rows: NDArray[np.float64], tmp_path: Path
) -> None:
    encode = load_encode(to_python_module(formulas), tmp_path)
    wanted = torch_latents(formulas, rows)
    assert np.isnan(wanted).any()
    np.testing.assert_allclose(encode(rows), wanted, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(encode(rows.tolist()), wanted, rtol=1e-9, atol=1e-12)
    with pytest.raises(ValueError, match=r"shape \(60, 2\); accepted is rows x 4"):
        encode(rows[:, :2])


@settings(max_examples=60, deadline=None)
@given(tree=trees(st.integers(-300, 300).map(lambda number: number / 100), NAMES))
@example(tree=("**", NOWHERE, ("constant", 0.0)))
@example(tree=("**", ("constant", 1.0), NOWHERE))
def test_python_module_agrees_on_any_formula(
    tree: Tree, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = np.random.default_rng(1).normal(size=(8, 4))
    formula = formula_of(tree)
    encode = load_encode(to_python_module([("z", formula)]), tmp_path_factory.mktemp("module"))
    np.testing.assert_allclose(
        encode(rows)[:, 0], formula.evaluate(rows, NAMES), rtol=1e-6, atol=1e-9
    )


def test_python_module_needs_numpy_only(formulas: list[tuple[str, Formula]]) -> None:
    tree = ast.parse(to_python_module(formulas))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imports] == ["import numpy as np"]


def test_sql_computes_the_torch_modules_latents(
    formulas: list[tuple[str, Formula]], rows: NDArray[np.float64]
) -> None:
    with closing(sqlite3.connect(":memory:")) as database:
        register_missing_functions(database)
        columns = ", ".join(
            '"{}" {}'.format(name.replace('"', '""'), kind)
            for name, kind in zip(NAMES, ["REAL", "INTEGER", "REAL", "INTEGER"], strict=True)
        )
        database.execute(f'CREATE TABLE "my ""table""" ({columns})')
        database.executemany(
            'INSERT INTO "my ""table""" VALUES (?, ?, ?, ?)',
            [(a, int(b), c, int(d)) for a, b, c, d in rows.tolist()],
        )
        result = database.execute(to_sql(formulas, table='my "table"'))
        assert [column[0] for column in result.description] == list(TEXTS)
        latents = np.array(result.fetchall(), dtype=np.float64)
    np.testing.assert_allclose(latents, torch_latents(formulas, rows), rtol=1e-9, atol=1e-9)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@pytest.fixture(scope="module")
def database() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        register_missing_functions(connection)
        connection.execute(f"CREATE TABLE features ({', '.join(map(quoted, NAMES))})")
        connection.executemany("INSERT INTO features VALUES (?, ?, ?, ?)", INTEGERS.tolist())
        yield connection


@settings(max_examples=300, deadline=None)
@given(tree=trees(st.integers(-300, 300).map(lambda number: number / 100), NAMES))
@example(
    tree=("/", ("constant", 0.0), ("+", *(("tanh", ("variable", name)) for name in NAMES[:2])))
)
def test_sql_agrees_on_any_formula(tree: Tree, database: sqlite3.Connection) -> None:
    """Columns of whole numbers, zeros among them: no integer division, poles are NULL."""
    formula = formula_of(tree)
    rows = INTEGERS.astype(np.float64)
    wanted = formula.evaluate(rows, NAMES)
    settled = np.abs(formula.evaluate(rows + 1e-13, NAMES) - wanted) <= 1e-9 * np.abs(wanted)
    settled |= np.isnan(wanted)
    found = np.array(database.execute(to_sql([("z", formula)])).fetchall(), np.float64)[:, 0]
    found[~np.isfinite(found)] = np.nan
    np.testing.assert_allclose(found[settled], wanted[settled], rtol=1e-6, atol=1e-12)


def register_missing_functions(database: sqlite3.Connection) -> None:
    """SQLite may be built without its math functions."""
    functions: dict[str, Callable[..., float]] = {
        "ln": math.log, "exp": math.exp, "sqrt": math.sqrt, "power": math.pow, "sin": math.sin,
        "cos": math.cos, "tan": math.tan,
    }  # fmt: skip
    for name, function in functions.items():
        count = 2 if name == "power" else 1
        try:
            database.execute(f"SELECT {name}({', '.join(['1.0'] * count)})")
        except sqlite3.OperationalError:
            database.create_function(name, count, null_where_undefined(function))


def null_where_undefined(function: Callable[..., float]) -> Callable[..., float | None]:
    def guarded(*values: float | None) -> float | None:
        if None in values:
            return None
        try:
            return function(*values)
        except OverflowError:
            return math.inf
        except ValueError:
            return None

    return guarded


def test_latex_table_has_a_row_a_formula(formulas: list[tuple[str, Formula]]) -> None:
    table = latex_table([(label, latex_cells(one, 2)) for label, one in formulas])
    lines = table.splitlines()
    assert lines[0].startswith(r"\begin{tabular}")
    assert lines[-1] == r"\end{tabular}"
    rows = [line for line in lines if line.startswith("$")]
    assert len(rows) == len(formulas)
    for row, (_, formula) in zip(rows, formulas, strict=True):
        _, equation, nodes = row.removesuffix(r" \\").split(" & ")
        assert nodes == str(formula.complexity)
        assert equation == f"${formula.latex(2)}$"
        assert convert(equation.strip("$")).startswith("<math")
