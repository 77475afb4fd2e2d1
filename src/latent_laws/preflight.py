"""Names and values of a run, checked before anything runs; what is wrong is one line."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from kedro.config import MissingConfigException
from kedro.framework.project import pipelines, settings
from kedro.io.core import generate_timestamp
from kedro.pipeline import Pipeline
from kedro.utils import find_kedro_project
from kedro.validation import TypeExtractor
from omegaconf import OmegaConf
from pydantic import BaseModel, ValidationError

from latent_laws.errors import LatentLawsError, instead

# options of `kedro run` by what they name
_NAMED = {
    "node": ("node_names", "from_nodes", "to_nodes"),
    "dataset": ("from_inputs", "to_outputs", "load_versions"),
    "tag": ("tags",),
    "namespace": ("namespaces",),
}

# how Kedro names versions
_VERSION = re.compile(r"\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d\.\d{3}Z")


def checked(options: Mapping[str, Any], environment: str | None) -> dict[str, Any]:
    """Check the options of `kedro run` against what the project has.

    Args:
        options: As the command got them.
        environment: From the variable KEDRO_ENV; the option goes before it.

    Returns:
        The options; the pipelines are those of the environment where none is named.

    Raises:
        LatentLawsError: At a name that does not exist or a value out of range.
    """
    project = find_kedro_project(Path.cwd()) or Path.cwd()
    conf = Path(options.get("conf_source") or project / settings.CONF_SOURCE)
    env = options["env"] or environment or settings.CONFIG_LOADER_ARGS["default_run_env"]
    if conf.is_dir():  # not an archive or a remote place
        _check_environment(conf, env)
        _check_clock(project, _dataset_name(conf / env))
    loader = settings.CONFIG_LOADER_CLASS(
        str(conf),
        env=env,
        runtime_params=options.get("params") or {},
        **settings.CONFIG_LOADER_ARGS,
    )
    chosen = _pipelines(options, _loaded(loader, "globals").get("pipelines") or ())
    pipelines.set_requested(None)  # all of them, whatever was asked for before
    _check_names("pipeline", chosen, pipelines)
    run = sum((pipelines[name] for name in chosen or ["__default__"]), Pipeline([]))
    # nodes are named without their namespace, which only folds the flowchart
    nodes = {node.name.rpartition(".")[2]: node.name for node in run.nodes}
    accepted = {
        "node": set(nodes),
        "dataset": run.datasets(),
        "tag": {tag for node in run.nodes for tag in node.tags},
        "namespace": {
            name for node in run.nodes if node.namespace for name in _and_outer(node.namespace)
        },
    }
    for what, names in _NAMED.items():
        for option in names:
            given = set(options.get(option) or ()) - set(nodes.values())
            _check_names(what, sorted(given), accepted[what])
    check_parameters(_loaded(loader, "parameters"), dict(pipelines))
    full = {
        option: [nodes.get(name, name) for name in options.get(option) or ()]
        for option in _NAMED["node"]
    }
    return {**options, **full, "pipeline": None, "pipelines": chosen}


def check_parameters(given: Mapping[str, Any], registered: Mapping[str, Pipeline]) -> None:
    """Check parameters as configured against the models that nodes of the pipelines read them as.

    Raises:
        LatentLawsError: All that is wrong with them, each with its full name.
    """
    models = TypeExtractor(dict(registered)).extract_types_from_pipelines()
    wrong = [f"{key} is unknown: {instead(str(key), models)}" for key in given if key not in models]
    for key, model in models.items():
        if key in given and issubclass(model, BaseModel):
            try:
                model.model_validate(given[key])
            except ValidationError as error:
                wrong += [_about(key, model, given[key], dict(one)) for one in error.errors()]
    if wrong:
        raise LatentLawsError(f"parameter {'; '.join(dict.fromkeys(wrong))}")


def _and_outer(namespace: str) -> list[str]:
    """Return a namespace and those around it."""
    parts = namespace.split(".")
    return [".".join(parts[: i + 1]) for i in range(len(parts))]


def _check_environment(conf: Path, env: str) -> None:
    """Refuse an environment that does not exist, or that writes where another does."""
    folders = {path.name: path for path in conf.iterdir() if path.is_dir()}
    environments = set(folders) - {settings.CONFIG_LOADER_ARGS["base_env"]}
    _check_names("environment", [env], environments)
    names = {name: _dataset_name(folders[name]) for name in environments}
    same = [name for name in sorted(environments - {env}) if names[name] == names[env]]
    remedy = f"write `dataset: {env}`, the name of that folder, into {conf.name}/{env}/globals.yml"
    if names[env] is None:
        raise LatentLawsError(f"environment {env} has no folder for its outputs: {remedy}")
    if same:
        raise LatentLawsError(f"environments {env} and {same[0]} write to one folder: {remedy}")


def _check_clock(project: Path, dataset: object) -> None:
    """Refuse to run beside outputs of a later time: the newest version goes by its name."""
    now = generate_timestamp()
    for version in sorted(project.glob(f"data/*/{dataset}/*/*")):
        if _VERSION.fullmatch(version.name) and version.name > now:
            raise LatentLawsError(
                f"'{version.relative_to(project)}' is of a later time than now, {now}, and would "
                "be taken for the newest: set the clock, or remove it"
            )


def _dataset_name(folder: Path) -> object:
    """Return the name of an environment's outputs, or None."""
    file = folder / "globals.yml"
    return OmegaConf.select(OmegaConf.load(file), "dataset") if file.is_file() else None


def _pipelines(options: Mapping[str, Any], of_environment: Iterable[str]) -> list[str]:
    """Return the pipelines that are named, else those of the environment."""
    if options.get("pipeline") and options.get("pipelines"):
        raise LatentLawsError("give --pipelines alone: --pipeline is the older name of it")
    named = [options["pipeline"]] if options.get("pipeline") else options.get("pipelines")
    return list(named or of_environment)


def _loaded(loader: Any, what: str) -> dict[str, Any]:
    """Return a part of the configuration, empty where there is none."""
    try:
        return dict(loader[what])
    except MissingConfigException:
        return {}


def _check_names(what: str, names: Iterable[str], accepted: Iterable[str]) -> None:
    known = set(accepted)
    for name in names:
        if name not in known:
            raise LatentLawsError(f"there is no {what} '{name}': {instead(name, known)}")


def _about(key: str, model: type[BaseModel], value: Any, error: Mapping[str, Any]) -> str:
    """Say what is wrong with one value, given one of pydantic's errors."""
    path = _path(value, error)
    full = ".".join([key, *map(str, path)])
    if error["type"] == "extra_forbidden":
        return f"{full} is unknown: {instead(str(path[-1]), _fields(model, path[:-1]))}"
    given = error["input"]
    # a check over several values names those that matter; the whole block would bury them
    shown = "" if isinstance(given, dict) else f" (given: {given!r})"
    return f"{full}: {str(error['msg']).removeprefix('Value error, ')}{shown}"


def _path(value: Any, error: Mapping[str, Any]) -> list[str | int]:
    """Return where an error is, without the names of alternatives that pydantic adds."""
    path: list[str | int] = []
    for part in error["loc"]:
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list | tuple) and isinstance(part, int):
            value = value[part]
        elif error["type"] != "missing" or part != error["loc"][-1]:
            continue
        path.append(part)
    return path


def _fields(model: type[BaseModel], path: Iterable[str | int]) -> set[str]:
    """Return the names that are accepted below a path into a model."""
    models = [model]
    for part in path:
        below = [one.model_fields[part] for one in models if part in one.model_fields]
        models = [found for field in below for found in _models(field.annotation)] or models
    return {name for one in models for name in one.model_fields}


def _models(annotation: Any) -> list[type[BaseModel]]:
    """Return the pydantic models in an annotation, such as those of a tuple or of an option."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for argument in get_args(annotation) for found in _models(argument)]
