"""Laws between the numeric columns of Covertype: which are claimed, and CPU seconds a column.

All 54 columns are offered, with the default budget: the search, three bootstrap samples and the
shuffled column. Peer: the boosted ensemble that says how well a column can be recovered at all,
fitted once in the same process.

    nice python -m tests.benchmarks.bench_laws
"""

import sys
import time

import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor

from latent_laws.findings.law_search import RedundancyLawOptions
from latent_laws.findings.redundancy_laws import BOOSTING_ROUNDS, LEARNING_RATE, find_law
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import one_thread
from tests.benchmarks.covertype import covertype, covertype_info


def peer_seconds(column: str, table: FeatureTable) -> float:
    """Return the CPU seconds of the boosted ensemble on all training rows."""
    target = table.names.index(column)
    others = [i for i in range(len(table.names)) if i != target]
    started = time.process_time()
    ensemble = HistGradientBoostingRegressor(max_iter=BOOSTING_ROUNDS, learning_rate=LEARNING_RATE)
    ensemble.fit(table.train[:, others], table.train[:, target])
    return time.process_time() - started


def main() -> None:
    table, info = covertype(), covertype_info()
    rows = []
    for column in info.loc[info["kind"] == "numeric", "feature"]:
        with one_thread():
            peer = peer_seconds(column, table)
            started = time.process_time()
            law = find_law(column, table, info, RedundancyLawOptions()) or {}
        seconds = time.process_time() - started
        shown = {name: law.get(name) for name in ("inputs", "complexity", "r2_test", "null_r2")}
        rows.append({"column": column, **shown, "cpu_s": seconds, "times_peer": seconds / peer})
    sys.stdout.write(pd.DataFrame(rows).round(4).to_string(index=False) + "\n")


if __name__ == "__main__":
    main()
