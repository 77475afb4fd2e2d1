"""Runs that are killed, starved and disturbed: what the next run makes of it.

All pipelines of the environment `test`. A run is killed with its workers at a random moment, again
and again; each time every output that is there has to load, and in the end the results have to be
those of a run that nobody disturbed. Then a disk that fills up, two runs at once in one folder, a
cut cache file and a clock set back.

    nice python -m tests.benchmarks.bench_kill         # 20 kills
    nice python -m tests.benchmarks.bench_kill 3 disk  # 3 kills, then the full disk alone
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors.numpy import load_file

from tests.runs import make_project, start

KILLS = 20
# of a run from its start to its first node
STARTING_SECONDS = 4.0
# a disk that takes the first outputs and no more
DISK_MIB = 2
VERSION = re.compile(r"(\d{4}-\d\d-\d\dT\d\d)(\..*Z)")
READERS: dict[str, Callable[[Path], Any]] = {
    ".json": lambda path: json.loads(path.read_text()),
    ".parquet": pd.read_parquet,
    ".safetensors": load_file,
    ".html": lambda path: path.read_text().rindex("</html>"),
}


def report(what: str, outcome: str) -> None:
    """Write a row of the table."""
    sys.stdout.write(f"| {what} | {outcome} |\n")
    sys.stdout.flush()


def finish(project: Path, *arguments: str) -> str:
    """Run to the end and return the last line."""
    process = start(project, *arguments)
    lines = process.communicate()[0].strip().splitlines()
    return "completes" if process.returncode == 0 else f"ends with `{lines[-1]}`"


def outputs(project: Path) -> list[Path]:
    """List the files of all outputs; hidden ones are in the making."""
    files = [path for path in (project / "data").glob("0[2-8]*/**/*") if path.is_file()]
    return [path for path in files if not any(part.startswith(".") for part in path.parts)]


def unreadable(project: Path) -> list[str]:
    """Load every output and name those that do not load."""
    bad = []
    for path in outputs(project):
        try:
            READERS.get(path.suffix, Path.read_bytes)(path)
        except Exception as error:  # whatever a reader raises, the file is broken
            bad.append(f"{path.name}: {error!r:.60}")
    return bad


def results(project: Path) -> str:
    """Return the last results without what times and versions are in them."""
    files = (project / "data/08_reporting/test/results.json").glob("*/results.json")
    # the one that a reader gets, whose name sorts last
    found = json.loads(max(files).read_text())
    return json.dumps({name: found[name] for name in ("claims", "encoders")})


def clear(project: Path) -> None:
    """Start over: no outputs, no finished tasks."""
    for folder in (project / "data").glob("*"):
        if not folder.is_symlink():
            shutil.rmtree(folder)


def kill_often(project: Path, count: int, expected: str, seconds: float) -> None:
    """Kill run after run, each going on where the last one stopped."""
    rng, resumed, completed, broken = np.random.default_rng(0), 0, 0, []
    lost = []
    for _ in range(count):
        before = {path: path.stat().st_size for path in outputs(project)}
        process = start(project)
        try:
            process.communicate(timeout=STARTING_SECONDS + rng.uniform(0, seconds / 3))
            completed += 1
            lost += [] if results(project) == expected else ["other results"]
            clear(project)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            lost += [path.name for path in before if not path.exists()]
        broken += unreadable(project)
        resumed += 1
    last = finish(project)
    same = "the same results" if results(project) == expected else "OTHER RESULTS"
    report(
        f"{count} kills at random moments ({completed} runs came through between them)",
        f"{resumed - len(broken)} of {count} leave only outputs that load, {len(lost)} lost; the "
        f"last run {last} with {same}",
    )


def fill_disk(project: Path, expected: str) -> None:
    """Put the outputs on a disk that is too small, then on one that is not."""
    clear(project)
    small = project / "data" / "07_model_output"
    small.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(small)]
    if subprocess.run(mount, check=False).returncode:
        report("a full disk", "not measured: no right to mount one")
        return
    filler = small / "filler"
    try:
        with filler.open("wb") as file:
            file.write(b"0" * (DISK_MIB * 2**20 - 8192))
        full = finish(project)
        broken = unreadable(project)
        filler.unlink()
        report(
            "a full disk",
            f"{full}; {len(broken)} outputs broken; with room the next run {finish(project)} with "
            f"{'the same' if results(project) == expected else 'OTHER'} results",
        )
    finally:
        subprocess.run(["umount", str(small)], check=False)  # noqa: S607 - wherever it is


def run_twice(project: Path, expected: str) -> None:
    """Start two runs at once in one folder."""
    clear(project)
    both = [start(project), start(project)]
    ends = []
    for process in both:
        lines = process.communicate()[0].strip().splitlines()
        ends.append("completes" if process.returncode == 0 else f"ends with `{lines[-1]}`")
    report(
        "two runs at once in one folder",
        f"one {ends[0]}, the other {ends[1]}; {len(unreadable(project))} outputs broken; the next "
        f"run {finish(project)} with "
        f"{'the same' if results(project) == expected else 'OTHER'} results",
    )


def cut_cache(project: Path, expected: str) -> None:
    """Cut every finished task to half its length, and empty one in ten."""
    files = sorted((project / "data" / "cache").rglob("output.pkl"))
    for number, path in enumerate(files):
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2] if number % 10 else b"")
    report(
        f"all {len(files)} cache files cut",
        f"the next run {finish(project)} with "
        f"{'the same' if results(project) == expected else 'OTHER'} results",
    )


def deny_folder(project: Path, expected: str) -> None:
    """Put a file where a folder of outputs has to be: root may write everywhere else."""
    folder = project / "data" / "08_reporting"
    aside = folder.with_name("aside")
    folder.rename(aside)
    folder.write_text("no folder")
    denied = finish(project)
    folder.unlink()
    aside.rename(folder)
    report(
        "an output folder that cannot be written",
        f"{denied}; the next run {finish(project)} with "
        f"{'the same' if results(project) == expected else 'OTHER'} results",
    )


def set_clock_back(project: Path, expected: str) -> None:
    """Date everything that is there to tomorrow, as a clock set back would leave it.

    The next run differs in its training seed: what it reports has to be its own.
    """
    day = timedelta(days=1)
    for path in sorted((project / "data").rglob("*"), reverse=True):
        if path.is_symlink() or "01_raw" in path.parts:
            continue
        os.utime(path, (time.time() + day.total_seconds(),) * 2)
        if path.is_dir() and (stamp := VERSION.fullmatch(path.name)):
            tomorrow = datetime.fromisoformat(stamp[1]) + day
            path.rename(path.with_name(f"{tomorrow:%Y-%m-%dT%H}{stamp[2]}"))
    told = finish(project, "--params", "run.training_seed=1")
    own = "its own" if results(project) != expected else "EARLIER"
    report("a clock set back by a day", f"the next run {told} with {own} results")


DISTURBANCES: dict[str, Callable[[Path, str], None]] = {
    "disk": fill_disk,
    "two": run_twice,
    "cache": cut_cache,
    "folder": deny_folder,
    "clock": set_clock_back,
}


def main() -> None:
    """Disturb runs in every way named on the command line, or in all."""
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    chosen = [word for word in sys.argv[1:] if word in DISTURBANCES] or list(DISTURBANCES)
    with tempfile.TemporaryDirectory(prefix="bench_kill_") as folder:
        project = make_project(Path(folder))
        started = time.monotonic()
        undisturbed = finish(project)
        seconds = time.monotonic() - started
        report("what happens", "what the next run does")
        report("---", "---")
        report("nothing", f"a run of {seconds:.0f} s {undisturbed}")
        expected = results(project)
        clear(project)
        kill_often(project, numbers[0] if numbers else KILLS, expected, seconds)
        for name in chosen:
            DISTURBANCES[name](project, expected)


if __name__ == "__main__":
    main()
