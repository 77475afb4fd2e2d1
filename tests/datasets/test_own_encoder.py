from pathlib import Path

import numpy as np
import pytest
from kedro.io import DatasetError
from torch import nn

from latent_laws.datasets.own_encoder import OwnEncoderDataset
from latent_laws.encoders.loading import EncoderSource, OwnEncoder
from tests.encoders.test_exported import export

X = np.random.default_rng(0).normal(size=(20, 3))


def own(path: Path) -> OwnEncoder:
    source = EncoderSource(encoder=str(path), mean=(1.0, 2.0, 3.0), scale=(1.0, 2.0, 4.0)).seen()
    return OwnEncoder.of(source, X)


def test_an_encoder_comes_back(tmp_path: Path) -> None:
    saved = own(export(nn.Linear(3, 2), tmp_path / "e.pt2", 3))
    dataset = OwnEncoderDataset(filepath=str(tmp_path / "own.json"))
    assert not dataset.exists()
    dataset.save({saved.key: saved})
    loaded = dataset.load()
    assert list(loaded) == ["own-2-0"]
    np.testing.assert_array_equal(loaded["own-2-0"].encoder.encode(X), saved.encoder.encode(X))
    assert dataset.exists()


@pytest.mark.parametrize("content", ["", "[]", '{"own-2-0": {"encoder": 1}}'])
def test_a_damaged_file_is_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "own.json").write_text(content)
    with pytest.raises(DatasetError) as caught:
        OwnEncoderDataset(filepath=str(tmp_path / "own.json")).load()
    line = str(caught.value.__cause__)
    assert line.endswith("run again from the pipeline own_encoder")
    assert "\n" not in line
