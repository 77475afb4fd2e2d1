"""The commands: Kedro's `run` and `jupyter`, our `new`; users' errors end them in one line."""

import os
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click
from kedro.framework.cli.jupyter import jupyter as kedro_jupyter
from kedro.framework.cli.project import run as kedro_run
from kedro.framework.cli.utils import KedroCliError
from kedro.io import DatasetError
from kedro.utils import find_kedro_project

from latent_laws.errors import LatentLawsError
from latent_laws.new import new_environment
from latent_laws.preflight import checked

if TYPE_CHECKING:
    from collections.abc import Callable

_RUN = cast("Callable[..., object]", kedro_run.callback)


def one_line(error: Exception) -> str:
    """Say in one line what the user can put right.

    Args:
        error: What ended the run: our own error, or Kedro's about a dataset, perhaps caused by
            ours.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, LatentLawsError):
            return " ".join(str(cause).split())
        if isinstance(cause, OSError) and cause.errno in (ENOSPC, EDQUOT):
            return "the disk is full: make room and run again; finished tasks are kept"
        cause = cause.__cause__
    return " ".join(str(error).split())


class OneLineCommand(click.Command):
    """A command that ends in one line at an error the user can put right."""

    def invoke(self, ctx: click.Context) -> object:
        """Run and turn such an error into click's own."""
        try:
            return super().invoke(ctx)
        except (LatentLawsError, DatasetError) as error:
            raise click.ClickException(one_line(error)) from error


def _checked_run(**options: object) -> object:
    return _RUN(**checked(options, os.environ.get("KEDRO_ENV")))


run = OneLineCommand(
    name="run", callback=_checked_run, params=kedro_run.params, help=kedro_run.help
)


class JupyterGroup(click.Group):
    """Kedro's commands for notebooks, which would lose the message of their own errors."""

    def invoke(self, ctx: click.Context) -> object:
        """Run, and say in one line what keeps Jupyter from starting."""
        try:
            return super().invoke(ctx)
        except KedroCliError as error:
            missing = isinstance(error.__cause__, ImportError)
            message = f"{error.__cause__}: " if missing else one_line(error)
            remedy = "pip install -e '.[notebooks]' gives what kedro jupyter lab needs"
            raise click.ClickException(message + remedy if missing else message) from error


jupyter = JupyterGroup(name="jupyter", commands=kedro_jupyter.commands, help=kedro_jupyter.help)


@click.group(name="latent-laws", commands=[run, jupyter])
def cli() -> None:
    """Commands of this project that `kedro` runs."""


@click.group()
def main() -> None:
    """Turn an encoder into equations; `kedro run` does the work."""


@main.command(cls=OneLineCommand)
@click.argument("name")
@click.argument("table", type=click.Path(path_type=Path))
def new(name: str, table: Path) -> None:
    """Write conf/NAME for a table of your own, a CSV, parquet or Excel file.

    Everything found in it stands there with the reason, to be read and changed.
    """
    project = find_kedro_project(Path.cwd())
    if project is None:
        raise LatentLawsError("this is no project folder: go to the one with pyproject.toml")
    folder, profile, sizes = new_environment(name, table, project)
    left_out = len(profile.columns) - len(profile.used)
    click.echo(
        f"{folder.relative_to(project)}: {profile.n_rows:,} rows, {len(profile.used)} columns in "
        f"use, {left_out} left out, {profile.n_inputs} inputs; latent dims "
        f"{', '.join(map(str, sizes.distilled_dims))} will be distilled"
    )
    click.echo(f"read it, change what is wrong, then: kedro run --env {name}")
