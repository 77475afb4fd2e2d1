"""Every threshold of a verdict, with its reason."""

# Of all intervals: the customary level.
CONFIDENCE = 0.95

# Share by which losses of two trainings must differ to be told apart: seeds differ by as much.
LEVEL = 0.05
# Share by which two losses on the same rows differ without meaning anything: they print alike.
SAME = 0.01
# Losses up to it are what float32 rounds off.
ROUNDING = 1e-6

# R² that leaves at most a tenth of a latent's variance open, the usual meaning of "explained".
GOOD_R2 = 0.9
# Below half, a formula leaves more open than it says.
FAIR_R2 = 0.5

# Above it, for each of its latents, the best matrix leaves under 1 % open: an encoder is a matrix.
IS_MATRIX = 0.99
# R² that a search must add to a linear form of the same size: less is within the choice's noise.
GAIN = 0.01

# Searches of shuffled latents: with fewer than 60, 5 % of false finds would go unseen (0.95^60 is
# under 5 %).
NULL_SEARCHES = 60
# Share of shuffled latents in which the search may find something, by the level of the interval.
FALSE_FINDS = 0.05
# Upper end of that share's interval: one find in 60 passes, two do not.
FALSE_FINDS_HIGH = 0.10

# Share of inputs in common, and rank correlation: two thirds of what is named is named again.
GOOD_AGREEMENT = 0.7
# Less than four tenths is what unrelated choices of a few strong inputs reach.
FAIR_AGREEMENT = 0.4

# Inputs from which on chance ranks all of them alike in less than 1 % of cases (1 of 5! orders).
RANKED = 5

# Strength of a pair, and share of a law's value, below which there is none to speak of.
NOTICED = 0.01

# Latents that carry something of their own: below half of them the dim is larger than it looks.
EFFECTIVE_SHARE = 0.5

# R² of log FVU on latent dims left out: a law that explains less is a trend.
LAW_R2 = 0.8
# Share of resamples that must agree, the level of the intervals; for the null its complement.
RESAMPLES = 0.95

# R², lower end, from which an input counts as following a law of the others: what is open is noise.
INPUT_LAW_R2 = 0.9
# R² by which a law may fall short of the best regression on the same inputs.
NEAR_CEILING = 0.05

# Of what a law says: nearly all of it, and most of it.
FOLLOWS = 0.9
HALF_WAY = 0.5
# Latents that inputs with a law must cost fewer than others: trainings with other seeds differ by
# half of one.
FEWER_LATENTS = 0.5

# Accuracy that formulas may lose against latents: the interval of a few thousand test texts.
ACCURACY = 0.02

# Test rows below which every figure rests on too few rows to be read without its interval.
SMALL_TEST = 100
