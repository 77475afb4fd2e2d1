"""The Kedro pipelines; every other package is free of Kedro, save datasets and settings."""
