"""Kedro datasets of our own: atomic files, autoencoder weights, downloaded tables."""
