"""Writes the figures of finished runs into README.md and docs/results.md, between their markers.

    python docs/figures.py covertype imdb published published_text

Each name is a `dataset` of conf/*/globals.yml whose run has ended; figures come from the newest
`results.json` of each, so that none can go stale without being seen.
"""

import sys
from pathlib import Path

import pandas as pd

from latent_laws.formulas.formula import Formula
from latent_laws.formulas.units import Scaling
from latent_laws.reporting.claims.evidence import ClaimRecord
from latent_laws.reporting.headline import tally
from latent_laws.reporting.numbers import number, percent, r2
from latent_laws.reporting.results import Results

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", ROOT / "docs" / "results.md")
COLUMNS = (
    ("network", "fvu_network", percent),
    ("PCA", "fvu_pca", percent),
    ("formulas", "fvu_formulas", percent),
    ("formulas, decoder tuned", "fvu_tuned", percent),
    ("R² median", "r2_median", r2),
    ("worst", "r2_worst", r2),
    ("linear form of the same size", "r2_linear", r2),
    ("linearity", "linearity", r2),
    ("nodes", "nodes", number),
    ("inputs", "inputs", number),
)


# What the notebook prints for its 32 latents.
REPORTED = {"published": "17 of 54", "published_text": "343 of 384"}
COUNTED = "standard-32"
NEEDED = ("counting", "feature_importance")
TOP = 5


def newest(dataset: str) -> tuple[Results, str]:
    """Return the results of the newest run of a dataset, and its date."""
    versions = ROOT / "data" / "08_reporting" / dataset / "results.json"
    path = max(versions.glob("*/results.json"))
    return Results.model_validate_json(path.read_text(encoding="utf-8")), path.parent.name[:10]


def encoders(results: Results, date: str) -> str:
    """Return the table of the encoders of one run as Markdown."""
    rows = ", ".join(f"{count:,} {split}" for split, count in results.rows.items())
    heads = [heading for heading, _, _ in COLUMNS]
    lines = [
        f"Run of {date}: {results.title}; {rows} rows.",
        "",
        "| encoder | " + " | ".join(heads) + " |",
        "| --- " * (len(heads) + 1) + "|",
        *(
            f"| {one.encoder} | "
            + " | ".join(show(getattr(one, name)) for _, name, show in COLUMNS)
            + " |"
            for one in results.encoders
        ),
    ]
    return "\n".join(lines)


def law(dataset: str) -> str:
    """Return the best law between inputs of a run, in the units of the table."""
    laws = pd.read_parquet(ROOT / "data" / "08_reporting" / dataset / "redundancy_laws.parquet")
    info = pd.read_parquet(ROOT / "data" / "04_feature" / dataset / "feature_info.parquet")
    best = laws[laws["kind"] == "law"].sort_values("r2_validation").iloc[-1]
    formula = Formula.parse(best["expression"], list(info["feature"]))
    text = formula.printed(units=Scaling.from_feature_info(info).unit_of)
    return f"    {best['feature']} = {text}    # R² {r2(best['r2_test'])} on test rows"


def claims(results: Results, date: str) -> str:
    """Return the table of the claims of one run as Markdown."""
    lines = [
        f"Claims of the run of {date}: {results.title}.",
        "",
        "| claim | holds | found | held against |",
        "| --- | --- | --- | --- |",
        *(claim(own) for own in by_claim(results.claims)),
    ]
    return "\n".join(lines)


def notebook(results: Results, date: str, dataset: str) -> str:
    """Return what the notebook claims, its way of counting on our formulas, and our checks."""
    folder = ROOT / "data" / "08_reporting" / dataset
    frames = [pd.read_parquet(folder / f"{name}.parquet") for name in NEEDED]
    counting, importance = (frame[frame["encoder"] == COUNTED] for frame in frames)
    by_text, exact = (f"{(counting[column] == 0).sum()}" for column in ("n_by_text", "n_exact"))
    found = {record.claim: record for record in results.claims}
    lines = [
        f"Run of {date}: {results.title}.",
        "",
        "| the notebook | its counting on formulas of this run | the checks |",
        "| --- | --- | --- |",
        f"| {REPORTED[dataset]} inputs are redundant | {by_text} in none, {exact} when x4 is no "
        f"longer counted where x40 stands | {checked(found['redundancy'])} |",
        f"| the most used inputs | {top(counting, 'n_by_text')}; exactly {top(counting, 'n_exact')}"
        f" | {top(importance, 'importance')}; {checked(found['importance'])} |",
        f"| returns diminish | | {checked(found['returns'])} |",
        f"| (no fidelity) | | {checked(found['fidelity'])} |",
    ]
    return "\n".join(lines)


def top(frame: pd.DataFrame, column: str) -> str:
    """Return the inputs that lead a column."""
    first = frame.sort_values(column, ascending=False, kind="stable")["feature"].head(TOP)
    return ", ".join(first)


def checked(record: ClaimRecord) -> str:
    """Return one claim with its verdict."""
    return f"“{record.statement}”: {record.verdict} ({record.figure}; {record.check})"


def by_claim(records: list[ClaimRecord]) -> list[list[ClaimRecord]]:
    """Group the claims about several encoders."""
    names = dict.fromkeys(record.claim for record in records)
    return [[record for record in records if record.claim == name] for name in names]


def claim(records: list[ClaimRecord]) -> str:
    """Return the row of one claim: of the first encoder, where it is about several."""
    first = next((one for one in records if one.figure), records[0])
    whose = f" ({first.encoder})" if first.encoder else ""
    cells = (first.statement, tally(records), first.figure + whose, first.check)
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def filled(text: str, dataset: str) -> str:
    """Return a page whose parts about a dataset are those of its newest run."""
    results, date = newest(dataset)
    made = {
        "law": lambda: law(dataset),
        "encoders": lambda: encoders(results, date),
        "claims": lambda: claims(results, date),
        "notebook": lambda: notebook(results, date, dataset),
    }
    for kind, write in made.items():
        start, end = f"<!-- {kind}: {dataset} -->", f"<!-- end: {kind}: {dataset} -->"
        if start in text:
            before, rest = text.split(start, 1)
            _, after = rest.split(end, 1)
            text = f"{before}{start}\n{write()}\n{end}{after}"
    return text


def main(datasets: list[str]) -> None:
    """Replace the parts of the pages that belong to each dataset."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for dataset in datasets:
            text = filled(text, dataset)
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
