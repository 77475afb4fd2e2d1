"""The commands: Kedro's `run` and our `new`; what users can put right ends them with one line."""

import re
from pathlib import Path

import click
from kedro.framework.cli.project import run as kedro_run
from kedro.io import DatasetError
from kedro.utils import find_kedro_project
from kedro.validation.exceptions import ParameterValidationError

from latent_laws.errors import LatentLawsError
from latent_laws.new import new_environment

_PARAMETER = re.compile(r"^- Parameter '(?P<key>.+?)': ", re.MULTILINE)
# one error in pydantic's own print: the path, then the reason and the value
_REASON = re.compile(
    r"^(?:(?P<path>\S.*)\n)?  (?P<reason>\S.*) \[type=\w+, input_value=(?P<value>.*), input_type=",
    re.MULTILINE,
)
# the alternative of a union, which pydantic adds to the path
_CHOICE = re.compile(r"\.(`.*?`|literal\[.*?\]|lax-or-strict\[.*?\])")


def one_line(error: Exception) -> str:
    """Say in one line what the user can put right.

    Args:
        error: What ended the run: our own error, Kedro's about a dataset, perhaps caused by ours,
            or about parameters.

    Returns:
        The line; for parameters it gives each by its full name.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, LatentLawsError):
            return _joined(str(cause))
        cause = cause.__cause__
    if isinstance(error, ParameterValidationError):
        return _about_parameters(str(error))
    return _joined(str(error))


def _about_parameters(text: str) -> str:
    """Shorten Kedro's print of pydantic's errors."""
    keys = list(_PARAMETER.finditer(text))
    ends = [match.start() for match in keys[1:]] + [len(text)]
    lines = []
    for key, end in zip(keys, ends, strict=True):
        about = text[key.end() : end]
        # the line before pydantic's first reason is its header, not a path
        body = about.partition("\n")[2]
        lines += [_about_parameter(key["key"], match) for match in _REASON.finditer(body)]
        if not _REASON.search(body):
            lines.append(f"{key['key']}: {_joined(about)}")
    return f"parameter {'; '.join(lines)}" if lines else _joined(text)


def _about_parameter(key: str, reason: re.Match[str]) -> str:
    path = f"{key}.{_CHOICE.sub('', reason['path'])}" if reason["path"] else key
    # a check over several values names those that matter; the whole model would bury them
    given = "" if reason["value"].startswith("{") else f" (given: {reason['value']})"
    return f"{path}: {reason['reason'].removeprefix('Value error, ')}{given}"


def _joined(text: str) -> str:
    return " ".join(text.split())


class OneLineCommand(click.Command):
    """A command that ends in one line at an error the user can put right."""

    def invoke(self, ctx: click.Context) -> object:
        """Run and turn such an error into click's own."""
        try:
            return super().invoke(ctx)
        except (LatentLawsError, DatasetError, ParameterValidationError) as error:
            raise click.ClickException(one_line(error)) from error


run = OneLineCommand(
    name="run", callback=kedro_run.callback, params=kedro_run.params, help=kedro_run.help
)


@click.group(name="latent-laws", commands=[run])
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
