"""Findings of runs that found nothing."""

import pandas as pd

from latent_laws.findings.redundancy_laws import COLUMNS
from latent_laws.reporting.saved import Saved


def test_a_table_without_laws_has_an_empty_frame_of_them() -> None:
    laws = Saved(redundancy_laws=pd.DataFrame(columns=list(COLUMNS))).input_laws
    assert laws.empty
    assert "r2_test" in laws
