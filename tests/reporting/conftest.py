"""Two made-up runs, built once a session."""

import pytest

from latent_laws.reporting.outputs import RunOutputs
from latent_laws.reporting.report import RunDetails, render_report
from latent_laws.reporting.results import Results, summarise
from tests.reporting.synthetic_run import covertype_run, text_run

DETAILS = RunDetails(
    title="covertype",
    parameters={"training": {"steps": 60, "latent_dims": [2, 4, 8]}},
    credit="UCI Covertype, Blackard (1998), CC BY 4.0.",
)


@pytest.fixture(scope="session")
def covertype() -> RunOutputs:
    """54 features, 32 latents, three variants."""
    return covertype_run()


@pytest.fixture(scope="session")
def text() -> RunOutputs:
    """384 embedding dimensions, 2 latents, one variant."""
    return text_run()


@pytest.fixture(scope="session")
def covertype_results(covertype: RunOutputs) -> Results:
    """Headline numbers of the first run."""
    return summarise(
        covertype,
        dataset="covertype",
        timings={"training": {"train_node": 30.0, "pca_node": 3.3}},
        versions={"torch": "2.13.0"},
        seeds={"split": 0},
    )


@pytest.fixture(scope="session")
def covertype_report(covertype: RunOutputs, covertype_results: Results) -> str:
    """Report of the first run."""
    return render_report(covertype, covertype_results, DETAILS)


@pytest.fixture(scope="session")
def text_report(text: RunOutputs) -> str:
    """Report of the second run."""
    return render_report(text, summarise(text, dataset="imdb"), RunDetails(title="imdb"))
