"""Kedro's project settings; https://docs.kedro.org/en/stable/configure/configuration_basics/"""

from latent_laws.hooks import HeadlineHooks, LineageHooks, ProcessHooks, QuietHooks, TimingHooks

HOOKS = (QuietHooks(), ProcessHooks(), TimingHooks(), LineageHooks(), HeadlineHooks())

# nothing of this project reports usage
DISABLE_HOOKS_FOR_PLUGINS = ("kedro-telemetry",)

CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "covertype",
    # an environment states only the parameters it changes, but whole catalog entries: the keys of
    # two dataset types do not mix
    "merge_strategy": {"parameters": "soft"},
}
