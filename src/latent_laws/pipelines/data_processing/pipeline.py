"""Raw records to a scaled feature table and its split."""

from kedro.pipeline import Node, Pipeline

from latent_laws.pipelines.data_processing.nodes import (
    prepare_records,
    scale_features,
    split_records,
)


def create_pipeline() -> Pipeline:
    """Create the data_processing pipeline."""
    options = "params:data_processing"
    return Pipeline(
        [
            Node(
                prepare_records,
                inputs=["raw_records", options],
                outputs=["records", "columns", "texts"],
                name="prepare_records_node",
            ),
            Node(
                split_records,
                inputs=["records", options],
                outputs="splits",
                name="split_records_node",
            ),
            Node(
                scale_features,
                inputs=["records", "columns", "splits", options],
                outputs=["features", "feature_info"],
                name="scale_features_node",
            ),
        ]
    )
