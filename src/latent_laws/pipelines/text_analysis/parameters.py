"""The parameters of text_analysis."""

from latent_laws.findings.task_probe import ProbeOptions
from latent_laws.strict import StrictModel
from latent_laws.text.dimension_labels import LabelOptions
from latent_laws.text.word_laws import WordLawOptions


class TextAnalysisOptions(StrictModel):
    """What is concluded from texts.

    Attributes:
        labels: Words at both ends of a dimension.
        words: Latents as forms over words.
        probe: The task that latents are tried on.
    """

    labels: LabelOptions = LabelOptions()
    words: WordLawOptions = WordLawOptions()
    probe: ProbeOptions = ProbeOptions()
