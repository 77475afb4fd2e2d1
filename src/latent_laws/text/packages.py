"""Files that installed packages bring along."""

from importlib.util import find_spec
from pathlib import Path

from latent_laws.errors import LatentLawsError


def packaged(package: str, path: str, what: str) -> Path:
    """Find a file or folder of an installed package, below its module, without importing it.

    Args:
        package: As pip knows it; its module has underscores for the dashes.
        path: Below the module.
        what: What it is, for the error.

    Raises:
        LatentLawsError: If the package is not installed.
    """
    spec = find_spec(package.replace("-", "_"))
    for folder in (spec and spec.submodule_search_locations) or ():
        if (Path(folder) / path).exists():
            return Path(folder) / path
    raise LatentLawsError(
        f"the package {package}, which holds {what}, is not installed: pip install {package}"
    )
