"""The configuration of a table as text: what was found in it, and why it is taken so."""

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from latent_laws.tables.features import TableOptions
from latent_laws.tables.files import TableFile
from latent_laws.tables.profile import ColumnProfile, TableProfile
from latent_laws.tables.sizes import Sizes

# kind of a column, its key among the parameters, and what is said of it there
_KINDS = (
    ("numeric", "numeric", "numbers"),
    ("binary", "binary", "0 and 1"),
    ("categorical", "categorical", "names: one 0/1 column each, the rare ones together"),
    ("date", "dates", "dates become days since 2000"),
    ("label", "labels", "no inputs: they colour the map of latents"),
    (None, "ignore", "left out"),
)


def environment_files(
    name: str, file: TableFile, path: Path, profile: TableProfile, sizes: Sizes
) -> dict[str, str]:
    """Write the files of an environment: text by file name.

    Args:
        name: Name of the environment and of the folder of its outputs.
        file: How the table is read.
        path: Where it lies as the project sees it.
        profile: What it holds.
        sizes: What suits its size.
    """
    templates = Environment(  # noqa: S701 - YAML, not HTML
        loader=PackageLoader("latent_laws.tables"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters |= {"yaml": _yaml, "comment": _comment, "counted": "{:,}".format}
    most_rows = TableOptions().max_rows
    found = {
        "name": name,
        "path": path.as_posix(),
        "load_args": _load_args(file, profile),
        "profile": profile,
        "sizes": sizes,
        "most_rows": most_rows,
        "n_test": round(min(profile.n_rows, most_rows) * sizes.fraction),
        "kinds": [(key, head, _ungrouped(profile, kind)) for kind, key, head in _KINDS],
        "groups": _groups(profile),
        "gaps": {column: _policy(column) for column in profile.used if column.n_missing},
    }
    names = templates.list_templates()
    return {one: templates.get_template(one).render(found) for one in names}


def _load_args(file: TableFile, profile: TableProfile) -> dict[str, Any]:
    placeholders = {one.name: list(one.placeholders) for one in profile.used if one.placeholders}
    return file.load_args | ({"na_values": placeholders} if placeholders else {})


def _ungrouped(profile: TableProfile, kind: str | None) -> list[ColumnProfile]:
    kinds = {column: "label" if column.is_label else column.kind for column in profile.columns}
    return [column for column in kinds if kinds[column] == kind and not column.group]


def _groups(profile: TableProfile) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for column in profile.used:
        if column.group:
            groups.setdefault(column.group, []).append(column.name)
    return groups


def _policy(column: ColumnProfile) -> str:
    return "most_frequent" if column.kind in ("categorical", "binary") else "median"


def _yaml(value: Any) -> str:
    """Write a value as YAML (JSON is), so that nothing in a name is taken for more than text."""
    return json.dumps(value, ensure_ascii=False).replace("${", "\\\\${")


def _comment(text: str) -> str:
    """Return a text on one line."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
