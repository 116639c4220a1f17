"""From a file to a validated blueprint, or to every problem that is in the way."""

from modelyard.blueprint.loading.load import (
    VERSION,
    Loaded,
    load,
    load_all,
    load_document,
    problem_of,
)

__all__ = ["VERSION", "Loaded", "load", "load_all", "load_document", "problem_of"]
