"""Autoencoders: networks, training, readable latent bases, sparse encoders, the PCA baseline."""
