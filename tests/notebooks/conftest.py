"""The outputs that the notebooks read."""

from tests.integration.conftest import finished

__all__ = ["finished"]
