"""How exports make the inputs of formulas of the columns of the user's table, as they come."""

import re
from collections.abc import Iterator

from latent_laws.formulas.export import identifier
from latent_laws.tables.plans import ColumnPlans
from latent_laws.tables.preparation import ColumnPlan
from latent_laws.tables.records import DateOptions

_PYTHON = '''\
def read(table):
    """FEATURES by name, of a frame or a mapping of columns, with categories, dates and gaps."""
    return {{
{inputs}
    }}


def listed(column):
    """Values of a column, None where there is none."""
    values = np.asarray(column)
    values = values.astype("datetime64[us]") if values.dtype.kind == "M" else values
    gaps = ("None", "nan", "<NA>", "NaT")
    return [x if isinstance(x, str) or str(x) not in gaps else None for x in values.tolist()]


def numbers(column, fill=np.nan):
    """Values as numbers, `fill` where there is none."""
    return np.array([fill if x is None else float(x) for x in listed(column)])


def missing(column):
    """1 where there is no value."""
    return np.array([1.0 if x is None else 0.0 for x in listed(column)])


def among(column, names):
    """1 where the value is one of these names; None is no value."""
    dot = ".0" if np.asarray(column).dtype.kind == "f" else ""  # of whole numbers among gaps
    texts = [None if x is None else str(x).removesuffix(dot) for x in listed(column)]
    return np.array([1.0 if text in names else 0.0 for text in texts])
'''
_DAYS = '''

def days(column, fill=np.nan):
    """Dates as days since {origin}, `fill` where there is none."""
    from datetime import datetime, timezone

    def since(x):
        time = {parsed}
        time = time if time.tzinfo else time.replace(tzinfo=timezone.utc)
        return (time - origin).total_seconds() / 86400

    origin = datetime.fromisoformat("{origin}").replace(tzinfo=timezone.utc)
    return np.array([fill if x is None else since(x) for x in listed(column)])
'''
_ISO = "ISO8601"
_JULIAN = "-- JULIANDAY is SQLite's; PostgreSQL has EXTRACT(JULIAN FROM ...)\n"
# where year, month and day stand in a text of fixed width
_WIDTHS = {"%Y": 4, "%m": 2, "%d": 2}


def are_plain(plans: ColumnPlans) -> bool:
    """Return whether every column of the table is an input as it is."""
    return not any(
        plan.column.kind in ("categorical", "date") or plan.has_indicator or plan.fill is not None
        for plan in plans.plans
    )


def python_read(plans: ColumnPlans) -> str:
    """Return the source of the function that reads the table in `export.python_module`."""
    dates, inputs = plans.dates, []
    for plan in plans.plans:
        pairs = zip(plan.features(), _python(plan), strict=True)
        inputs += [f"        {feature.name!r}: {text}," for feature, text in pairs]
    source = _PYTHON.format(inputs="\n".join(inputs))
    if any(plan.column.kind == "date" for plan in plans.plans):
        parsed = "datetime.fromisoformat(str(x))"
        if dates.format != _ISO:
            parsed = f"x if isinstance(x, datetime) else datetime.strptime(x, {dates.format!r})"
        source += _DAYS.format(origin=dates.origin.isoformat(), parsed=parsed)
    return source


def _python(plan: ColumnPlan) -> Iterator[str]:
    """Yield an expression for each input of a column."""
    column = f"table[{plan.column.name!r}]"
    fill = "" if plan.fill is None else f", {plan.fill!r}"
    if plan.column.kind == "categorical":
        for names, inverted, gaps in map(plan.takes, plan.members()):
            listed = [*names, *([None] if gaps != inverted else [])]
            yield f"{'1.0 - ' if inverted else ''}among({column}, {listed!r})"
    else:
        yield f"{'days' if plan.column.kind == 'date' else 'numbers'}({column}{fill})"
    if plan.has_indicator:
        yield f"missing({column})"


def sql_columns(plans: ColumnPlans) -> dict[str, str]:
    """Return an expression in SQL for each input that is no column of the table as it is."""
    found = {}
    for plan in plans.plans:
        for feature, text in zip(plan.features(), _sql(plan, plans.dates), strict=True):
            if text != identifier(feature.name):
                found[feature.name] = text
    return found


def sql_note(plans: ColumnPlans) -> str:
    """Return what a reader of the SQL has to know first, empty where that is nothing."""
    return _JULIAN if any(plan.column.kind == "date" for plan in plans.plans) else ""


def _sql(plan: ColumnPlan, dates: DateOptions) -> Iterator[str]:
    """Yield an expression for each input of a column."""
    column = identifier(plan.column.name)
    if plan.column.kind == "categorical":
        for names, inverted, gaps in map(plan.takes, plan.members()):
            tests = [f"{column} IN ({', '.join(map(_literal, names))})"] if names else []
            tests += [f"{column} IS NULL"] if gaps != inverted else []
            yes, no = (0, 1) if inverted else (1, 0)
            yield f"(CASE WHEN {' OR '.join(tests or ['1 = 0'])} THEN {yes} ELSE {no} END)"
    else:
        text = _sql_days(column, dates) if plan.column.kind == "date" else column
        yield text if plan.fill is None else f"COALESCE({text}, {plan.fill!r})"
    if plan.has_indicator:
        yield f"(CASE WHEN {column} IS NULL THEN 1 ELSE 0 END)"


def _sql_days(column: str, dates: DateOptions) -> str:
    """Return days since the origin; year, month and day in another order than ISO's are put so."""
    places, start = {}, 1
    for part in re.findall(r"%.|.", "" if dates.format == _ISO else dates.format):
        width = _WIDTHS.get(part, 1)
        if part.startswith("%"):
            places[part] = f"SUBSTR({column}, {start}, {width})"
        start += width
    if set(places) == set(_WIDTHS):
        column = " || '-' || ".join(places[part] for part in _WIDTHS)
    return f"(JULIANDAY({column}) - JULIANDAY('{dates.origin.isoformat()}'))"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
