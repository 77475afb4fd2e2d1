"""What was made of a table's columns, to be made of other rows of it."""

import pandas as pd

from latent_laws.strict import StrictModel
from latent_laws.tables.columns import with_text_names
from latent_laws.tables.preparation import ColumnPlan
from latent_laws.tables.problems import Problems
from latent_laws.tables.records import DateOptions, read_columns


class ColumnPlans(StrictModel):
    """How columns of a table become inputs in their own units, as plain data.

    Attributes:
        plans: What each column becomes.
        dates: How dates are read.
    """

    plans: tuple[ColumnPlan, ...]
    dates: DateOptions

    def inputs(self, table: pd.DataFrame) -> pd.DataFrame:
        """Make of rows of the table what a symbolic encoder and its exports read.

        Args:
            table: Rows as they come, with categories, dates and gaps; other columns are ignored.

        Returns:
            Rows x inputs, not scaled; NaN where a value is missing that has to be there.

        Raises:
            LatentLawsError: All that is wrong with the rows, each with its remedy.
        """
        problems, present = Problems(), set(with_text_names(table).columns)
        for plan in self.plans:
            if plan.column.name not in present:
                problems.add("no column", plan.column.name, f"no column '{plan.column.name}'")
        columns = tuple(plan.column for plan in self.plans)
        records = read_columns(table.reset_index(drop=True), columns, self.dates, problems)
        made = {
            feature.name: values
            for plan in self.plans
            for feature, values in zip(
                plan.features(), plan.arrays(records.values[plan.column.name]), strict=True
            )
        }
        return pd.DataFrame(made, index=table.index)
