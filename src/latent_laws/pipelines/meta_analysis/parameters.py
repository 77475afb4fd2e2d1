"""The parameters of meta_analysis."""

from pydantic import Field

from latent_laws.findings.agreement import AgreementOptions
from latent_laws.findings.attribution import AttributionOptions
from latent_laws.findings.collapse import CollapseOptions
from latent_laws.findings.decoder_laws import DecoderLawOptions
from latent_laws.findings.deletion import DeletionOptions
from latent_laws.findings.importance import ImportanceOptions
from latent_laws.findings.interactions import InteractionOptions
from latent_laws.findings.law_cost import LawCostOptions
from latent_laws.findings.law_search import RedundancyLawOptions
from latent_laws.findings.reconstruction_law import LawOptions
from latent_laws.findings.recoverability import RecoverabilityOptions
from latent_laws.findings.redundancy import RedundancyOptions
from latent_laws.findings.removal import RemovalOptions
from latent_laws.strict import StrictModel


class MetaAnalysisOptions(StrictModel):
    """What is concluded, and from how much.

    Attributes:
        importance: Scores of features by formulas.
        attribution: Scores of features by the network.
        deletion: The test of the scores.
        recoverability: Features predicted from the others.
        redundancy: Verdicts.
        removal: The test of the verdicts.
        redundancy_laws: How columns follow from others.
        law_cost: How many latents the columns cost that follow from others.
        counted_latents: Formulas of each encoder in which inputs are counted, as others do.
        decoder_laws: Inputs as closed forms of few latents.
        interactions: Pairs of features.
        collapse: Dead and duplicate latents.
        agreement: Rankings, training seeds, search seeds, bases.
        law: The law of the reconstruction error.
    """

    importance: ImportanceOptions = ImportanceOptions()
    attribution: AttributionOptions = AttributionOptions()
    deletion: DeletionOptions = DeletionOptions()
    recoverability: RecoverabilityOptions = RecoverabilityOptions()
    redundancy: RedundancyOptions = RedundancyOptions()
    removal: RemovalOptions = RemovalOptions()
    redundancy_laws: RedundancyLawOptions = RedundancyLawOptions()
    law_cost: LawCostOptions = LawCostOptions()
    counted_latents: int = Field(default=8, ge=1)
    decoder_laws: DecoderLawOptions = DecoderLawOptions()
    interactions: InteractionOptions = InteractionOptions()
    collapse: CollapseOptions = CollapseOptions()
    agreement: AgreementOptions = AgreementOptions()
    law: LawOptions = LawOptions()
