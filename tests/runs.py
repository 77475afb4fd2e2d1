"""Projects to run in, and `kedro run` as a user starts it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.builders import ROOT


def make_project(folder: Path) -> Path:
    """Lay out a project with this project's configuration and sample, and no outputs."""
    shutil.copytree(ROOT / "conf", folder / "conf")
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "src").mkdir()
    (folder / "data").mkdir()
    (folder / "data" / "01_raw").symlink_to(ROOT / "data" / "01_raw")
    return folder


def start(project: Path, *arguments: str) -> "subprocess.Popen[str]":
    """Start `kedro run` in a process group of its own."""
    return subprocess.Popen(
        # the script, as users do: `python -m kedro` also finds modules in the working folder
        [str(Path(sys.executable).with_name("kedro")), "run", "--env", "test", *arguments],
        cwd=project,
        env={**os.environ, "DO_NOT_TRACK": "1", "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def kedro_run(project: Path, *arguments: str) -> str:
    """Run and return what was printed; fail if the run fails."""
    process = start(project, *arguments)
    output = process.communicate()[0]
    assert process.returncode == 0, output[-3000:]
    return output
