"""The configuration of a table as text: what was found in it, and why it is taken so."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from latent_laws.tables.features import TableOptions
from latent_laws.tables.files import TableFile
from latent_laws.tables.profile import ColumnProfile, TableProfile
from latent_laws.tables.sizes import Sizes

_KEYS = {"numeric": "numeric", "binary": "binary", "categorical": "categorical", "date": "dates"}
_HEADS = {
    "numeric": "numbers",
    "binary": "0 and 1",
    "categorical": "names: one 0/1 column each, the rare ones together",
    "date": "dates become days since 2000",
}


def environment_files(
    name: str, file: TableFile, path: Path, profile: TableProfile, sizes: Sizes
) -> dict[str, str]:
    """Write the files of an environment.

    Args:
        name: Name of the environment and of the folder of its outputs.
        file: How the table is read.
        path: Where it lies as the project sees it.
        profile: What it holds.
        sizes: What suits its size.

    Returns:
        Text by file name.
    """
    return {
        "globals.yml": f"# every output lies in a folder of this name\ndataset: {_quoted(name)}\n",
        "catalog_data_processing.yml": _catalog(file, path, profile),
        "parameters_run.yml": _run(name, profile, sizes),
        "parameters_data_processing.yml": _text(_data_processing(profile, sizes)),
        "parameters_training.yml": _text(_training(profile, sizes)),
        "parameters_symbolic_distillation.yml": _text(_searches(sizes)),
        "parameters_meta_analysis.yml": _text(_meta_analysis(sizes)),
    }


def _catalog(file: TableFile, path: Path, profile: TableProfile) -> str:
    load_args = dict(file.load_args)
    placeholders = {
        column.name: list(column.placeholders) for column in profile.used if column.placeholders
    }
    if placeholders:
        load_args["na_values"] = placeholders
    given = f"  load_args: {_quoted(load_args)}\n" if load_args else ""
    return (
        "raw_records:\n  type: latent_laws.datasets.table.TableDataset\n"
        f"  filepath: {_quoted(path.as_posix())}\n{given}"
        "  metadata: {kedro-viz: {layer: raw, preview_args: {nrows: 10}}}\n"
    )


def _run(name: str, profile: TableProfile, sizes: Sizes) -> str:
    return (
        "run:\n"
        "  # name of the data for readers, and where they come from\n"
        f"  title: {_quoted(f'{name} ({_records(profile)})')}\n"
        '  credit: ""\n'
        f"  # tight for {profile.n_variables} columns: an encoder has to combine them, not copy\n"
        f"  distilled_dims: {list(sizes.distilled_dims)}\n"
    )


def _records(profile: TableProfile) -> str:
    most = TableOptions().max_rows
    drawn = f", of which {most:,} are drawn" if profile.n_rows > most else ""
    return f"{profile.n_rows:,} records{drawn}"


def _data_processing(profile: TableProfile, sizes: Sizes) -> Iterator[str]:
    yield "data_processing:"
    yield "  # of a larger table so many rows are drawn; all that follows costs as much as these"
    yield f"  max_rows: {TableOptions().max_rows}"
    yield "  columns:"
    for kind, key in _KEYS.items():
        chosen = [c for c in profile.used if c.kind == kind and not c.group]
        yield from _listed(key, _HEADS[kind], chosen)
    yield from _groups(profile)
    yield from _listed("ignore", "left out", [c for c in profile.columns if not c.kind])
    yield from _missing(profile)
    yield from _units(profile)
    if any(column.kind == "date" for column in profile.used):
        yield f"  dates: {{format: {_quoted(profile.date_format)}}}"
    yield from _split(profile, sizes)


def _listed(key: str, head: str, columns: Sequence[ColumnProfile]) -> Iterator[str]:
    if not columns:
        yield f"    {key}: []"
        return
    yield f"    # {head}"
    yield f"    {key}:"
    for column in columns:
        yield f"      - {_quoted(column.name)}  # {_comment(column.why)}"


def _groups(profile: TableProfile) -> Iterator[str]:
    groups = list(dict.fromkeys(column.group for column in profile.used if column.group))
    if not groups:
        yield "    one_hot: []"
        return
    yield "    # of these 0/1 columns exactly one is 1 in each row"
    yield "    one_hot:"
    for group in groups:
        members = [column.name for column in profile.used if column.group == group]
        yield f"      - {{group: {_quoted(group)}, columns: {_quoted(members)}}}"


def _missing(profile: TableProfile) -> Iterator[str]:
    gaps = [column for column in profile.used if column.n_missing]
    yield "    # no value: refuse, drop the row, or fill in the median or the most_frequent value"
    if not gaps:
        yield "    missing: {}"
        return
    yield "    missing:"
    for column in gaps:
        policy = "most_frequent" if column.kind in ("categorical", "binary") else "median"
        share = column.n_missing / profile.n_seen
        yield f"      {_quoted(column.name)}: {policy}  # {column.n_missing:,} rows, {share:.1%}"


def _units(profile: TableProfile) -> Iterator[str]:
    example = next((c.name for c in profile.used if c.kind == "numeric"), profile.used[0].name)
    yield "    # units are yours to give; degree makes an angle of a column"
    yield f"    # units: {{{_quoted(example)}: m}}"


def _split(profile: TableProfile, sizes: Sizes) -> Iterator[str]:
    if profile.n_repeated:
        yield f"  # {profile.n_repeated:,} rows repeat earlier ones, so that some test rows are"
        yield "  # training rows too: take them out of the table if that should not be"
    n_test = round(min(profile.n_rows, TableOptions().max_rows) * sizes.fraction)
    yield f"  # {n_test:,} rows choose formulas, and {n_test:,} others judge them"
    fraction = f"{sizes.fraction:g}"
    yield f"  split: {{validation_fraction: {fraction}, test_fraction: {fraction}}}"


def _training(profile: TableProfile, sizes: Sizes) -> Iterator[str]:
    yield "training:"
    yield f"  # below the {profile.n_variables} columns, which would need no compression"
    yield f"  latent_dims: {list(sizes.latent_dims)}"
    fit = f"batch_size: {sizes.batch_size}"
    if sizes.has_few_rows:
        yield "  # few rows: a small network, and few steps, each on many of them"
        yield f"  network: {{hidden: {list(sizes.hidden)}}}"
        fit += ", steps: 600"
    yield f"  fit: {{{fit}}}"
    yield "  # encoders that are formulas; more nodes than take every input would change nothing"
    hidden = f", decoder_hidden: {list(sizes.hidden)}" if sizes.has_few_rows else ""
    yield f"  symbolic: {{max_nodes: {list(sizes.max_nodes)}{hidden}}}"


def _searches(sizes: Sizes) -> Iterator[str]:
    yield "symbolic_distillation:" if sizes.has_few_rows else "symbolic_distillation: {}"
    if sizes.has_few_rows:
        yield "  # few rows carry no long formulas: short searches"
        yield "  plan: {seeds: [0, 1]}"
        yield "  search: {library: {expansions: 12}, operon: {population_size: 80, generations: 6}}"


def _meta_analysis(sizes: Sizes) -> Iterator[str]:
    changed = sizes.has_many_inputs or sizes.has_few_rows
    yield "meta_analysis:" if changed else "meta_analysis: {}"
    if sizes.has_few_rows:
        yield "  decoder_laws: {autoencoder: {steps: 1000}}"
    if sizes.has_many_inputs:
        yield "  # inputs are deleted one by one, each on all rows: fewer rows will do"
        yield "  importance: {draws: 10, rows: 150}"
        yield "  attribution: {rows: 75}"
        yield "  agreement: {rows: 100}"


def _quoted(value: Any) -> str:
    """Write a value as YAML (JSON is), so that nothing in a name is taken for more than text."""
    return json.dumps(value, ensure_ascii=False).replace("${", "\\\\${")


def _comment(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"
