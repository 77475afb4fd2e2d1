"""Equations to take away: LaTeX table, Python module, SQL query."""

from collections.abc import Callable, Mapping, Sequence

from latent_laws.formulas.formula import Formula
from latent_laws.formulas.printing import (
    ATOM,
    POWER,
    PRODUCT,
    Piece,
    Units,
    latex_name,
    text_operation,
)
from latent_laws.formulas.tokens import fold

_Spelling = Mapping[str, Callable[..., Piece]]

_MODULE = '''\
"""Closed forms of an encoder's latents. Needs numpy only."""

import numpy as np

FEATURES = {features}
LATENTS = {latents}


def encode(X):
    """Latents (rows x len(LATENTS)) of a table, as `read` takes it; NaN where undefined."""
    x = read(X)
    with np.errstate(all="ignore"):
        latents = [
{equations}
        ]
    Z = np.stack([np.broadcast_to(z, len(x[FEATURES[0]])) for z in latents], axis=1)
    return np.where(np.isfinite(Z), Z, np.nan)


{read}


def nonzero(x):
    """NaN in place of zero: the result is undefined there."""
    return np.where(x == 0, np.nan, x)


def power(base, exponent):
    """base ** exponent, NaN for zero to a negative power and for powers of NaN or to it."""
    undefined = ((base == 0) & (exponent < 0)) | np.isnan(base) | np.isnan(exponent)
    return np.where(undefined, np.nan, np.power(base, exponent))
'''

_READ = '''\
def read(X):
    """FEATURES by name, of an array with these columns in this order, or a frame that has them."""
    if hasattr(X, "columns"):
        X = X[FEATURES]
    X = np.asarray(X, dtype=np.float64)
    if X.ndim != 2 or X.shape[1] != len(FEATURES):
        raise ValueError(f"X has shape {X.shape}; accepted is rows x {len(FEATURES)}")
    return dict(zip(FEATURES, X.T))
'''


def latex_cells(formula: Formula, digits: int = 3, units: Units | None = None) -> str:
    """Equation and number of nodes, as cells of a row of `latex_table`."""
    return f"${formula.latex(digits, units)}$ & {formula.complexity}"


def latex_table(rows: Sequence[tuple[str, str]]) -> str:
    """Rows of label and `latex_cells` as a `tabular` that needs no package."""
    lines = [rf"${latex_name(label)}$ & {cells} \\" for label, cells in rows]
    head = [
        r"\begin{tabular}{lp{0.75\linewidth}r}",
        r"\hline",
        r"latent & equation & nodes \\",
        r"\hline",
    ]
    return "\n".join([*head, *lines, r"\hline", r"\end{tabular}", ""])


def python_text(formula: Formula) -> str:
    """A formula as an expression in `python_module`."""
    return _spell(formula, "x[{!r}]".format, _PYTHON)


def python_module(
    equations: Sequence[tuple[str, str]], names: Sequence[str], units: Units, read: str = _READ
) -> str:
    """Label and `python_text` of each latent as the source of a module with a function `encode(X)`.

    It needs numpy only and treats undefined values as `Formula.evaluate` does.

    Args:
        equations: Label and `python_text` of each latent.
        names: The features, in the order of X's columns.
        units: Feature -> unit, for the comments.
        read: Source of the function that makes the features of what `encode` is given.
    """
    return _MODULE.format(
        features=_list_source(names, units),
        latents=_list_source([label for label, _ in equations], {}),
        equations="\n".join(f"            {text},  # {label!r}" for label, text in equations),
        read=read,
    )


def sql_text(formula: Formula, columns: Mapping[str, str] | None = None) -> str:
    """A formula as an expression in `sql_query`.

    A feature is the column of its name, or what `columns` gives as an expression for it.

    Poles are NULL. Needs LN, EXP, SQRT, ABS, POWER, SIN, COS, TAN as far as they occur (SQLite
    with math functions, PostgreSQL, DuckDB, MySQL in ANSI mode); what the log or root of a
    negative number gives (NULL or an error) is up to the database.
    """
    return _spell(formula, lambda name: (columns or {}).get(name) or identifier(name), _SQL)


def sql_query(columns: Sequence[tuple[str, str]], table: str) -> str:
    """Label and `sql_text` of each latent as one SELECT."""
    lines = [f"  {text} AS {identifier(label)}" for label, text in columns]
    return "SELECT\n" + ",\n".join(lines) + f"\nFROM {identifier(table)};\n"


def _spell(formula: Formula, name: Callable[[str], str], spelling: _Spelling) -> str:
    """Print a formula in another language, given how that language spells its operations."""

    def apply(operation: str, pieces: list[Piece]) -> Piece:
        if operation in spelling:
            return spelling[operation](*pieces)
        return text_operation(operation, pieces)

    return fold(
        formula.tokens,
        constant=lambda value: Piece(repr(value), ATOM),
        variable=lambda feature: Piece(name(feature), ATOM),
        apply=apply,
    ).text


def _list_source(items: Sequence[str], units: Units) -> str:
    comments = {item: f"  # {' '.join(units[item].split())}" for item in items if item in units}
    return "[\n" + "".join(f"    {item!r},{comments.get(item, '')}\n" for item in items) + "]"


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _call(template: str) -> Callable[[Piece], Piece]:
    return lambda x: Piece(template.format(x.text), ATOM)


def _python_power(base: Piece, exponent: Piece) -> Piece:
    if exponent.text in ("2.0", "3.0"):
        return Piece(f"{base.right(ATOM)}**{exponent.text[0]}", POWER)
    return Piece(f"power({base.text}, {exponent.text})", ATOM)


def _sql_power(base: Piece, exponent: Piece) -> Piece:
    if exponent.precedence != ATOM or exponent.text.endswith((")", '"')):  # no constant
        pole = f"{base.right(ATOM)} = 0 AND {exponent.right(ATOM)} < 0"
        return Piece(
            f"POWER(CASE WHEN {pole} THEN NULL ELSE {base.text} END, {exponent.text})", ATOM
        )
    under = f"NULLIF({base.text}, 0)" if exponent.text.startswith("-") else base.text
    return Piece(f"POWER({under}, {exponent.text})", ATOM)


def _sql_tanh(x: Piece) -> Piece:
    """Spell tanh so that of -x it is minus that of x to the last digit: sums of two have zeros."""
    sign = f"CASE WHEN {x.right(ATOM)} < 0 THEN -1.0 ELSE 1.0 END"
    return Piece(f"({sign}*(1.0 - 2.0/(EXP(2.0*ABS({x.text})) + 1.0)))", ATOM)


_PYTHON: _Spelling = {
    **{name: _call(f"np.{name}({{}})") for name in ("sin", "cos", "tan", "tanh", "exp", "sqrt")},
    "abs": _call("np.abs({})"),
    "log": _call("np.log(nonzero({}))"),
    "inv": lambda x: Piece(f"1/nonzero({x.text})", PRODUCT),
    "square": lambda x: Piece(f"{x.right(ATOM)}**2", POWER),
    "cube": lambda x: Piece(f"{x.right(ATOM)}**3", POWER),
    "/": lambda a, b: Piece(f"{a.left(PRODUCT)}/nonzero({b.text})", PRODUCT),
    "**": _python_power,
}

_SQL: _Spelling = {
    **{
        name: _call(f"{name.upper()}({{}})") for name in ("sin", "cos", "tan", "exp", "sqrt", "abs")
    },
    "log": _call("LN(NULLIF({}, 0))"),
    "tanh": _sql_tanh,
    "square": _call("POWER({}, 2)"),
    "cube": _call("POWER({}, 3)"),
    "inv": lambda x: Piece(f"1.0/NULLIF({x.text}, 0)", PRODUCT),
    # The factor keeps columns of integers from integer division.
    "/": lambda a, b: Piece(f"1.0*{a.right(PRODUCT)}/NULLIF({b.text}, 0)", PRODUCT),
    "**": _sql_power,
}
