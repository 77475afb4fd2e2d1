"""`latent-laws new`: a table of one's own becomes an environment."""

import re
from pathlib import Path

from latent_laws.atomic import new_folder
from latent_laws.errors import LatentLawsError
from latent_laws.tables.environment import environment_files
from latent_laws.tables.features import TableOptions
from latent_laws.tables.files import find_table
from latent_laws.tables.profile import TableProfile, profile_table
from latent_laws.tables.sample import draw_rows
from latent_laws.tables.sizes import Sizes, fitting_sizes
from latent_laws.tables.split import SplitOptions

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,49}")
_TAKEN = ("base",)
# drawn as a run draws its own, which are some of these
_PROFILED_ROWS = 2 * TableOptions().max_rows


def new_environment(name: str, table: Path, project: Path) -> tuple[Path, TableProfile, Sizes]:
    """Write the configuration of a table, whole or not at all.

    Args:
        name: Of the environment.
        table: A CSV, parquet or Excel file.
        project: Folder of the project.

    Returns:
        The new folder, what the table holds, and the sizes chosen.

    Raises:
        LatentLawsError: If the name or the table cannot be used, or the environment is there.
    """
    folder = project / "conf" / name
    if not _NAME.fullmatch(name) or name.lower() in _TAKEN:
        raise LatentLawsError(
            f"'{name}' cannot name an environment: accepted are letters, digits, - and _ after a "
            "letter, at most 50 of them, and not 'base'"
        )
    if folder.exists():
        raise LatentLawsError(f"'{folder}' is there already: choose another name, or remove it")
    file = find_table(table)
    profile = profile_table(*draw_rows(file.chunks(), _PROFILED_ROWS, SplitOptions().seed))
    sizes = fitting_sizes(profile)
    files = environment_files(name, file, _seen_from(project, table), profile, sizes)
    try:
        with new_folder(folder) as hidden:
            for file_name, text in files.items():
                (hidden / file_name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise LatentLawsError(f"'{folder}' cannot be written ({error.strerror})") from error
    return folder, profile, sizes


def _seen_from(project: Path, table: Path) -> Path:
    """Return the path relative to the project where the table lies inside it."""
    full, root = table.resolve(), project.resolve()
    return full.relative_to(root) if full.is_relative_to(root) else full
