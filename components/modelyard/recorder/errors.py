"""What a recorded program can do wrong that the engine would refuse too."""

from __future__ import annotations

from collections.abc import Iterable


class RecordError(Exception):
    """Base of the recorder's own errors; the program's exceptions pass through unchanged."""


class DuplicateURNError(RecordError):
    """Two resources with the same type, name and parent."""

    def __init__(self, urn: str, sources: Iterable[str | None]) -> None:
        places = " and ".join(sorted(source or "an unknown place" for source in sources))
        super().__init__(f"Two resources have the URN {urn}: {places}. Give one another name.")
        self.urn = urn


class UnmodelledLookupError(RecordError):
    """A provider function was called for which no answer was given to `record`."""

    def __init__(self, token: str, arguments: Iterable[str], known: Iterable[str]) -> None:
        modelled = ", ".join(sorted(known)) or "none"
        super().__init__(
            f"Nothing answers {token}({', '.join(sorted(arguments))}) without an engine; answered "
            f"are: {modelled}. Pass its value as an input, or add it to `lookups`."
        )
        self.token = token


class DefaultProviderError(RecordError):
    """A resource without an explicit provider, in a stack that disables default providers."""

    def __init__(self, urn: str, package: str, source: str | None) -> None:
        super().__init__(
            f"{urn} ({source or 'unknown place'}) has no provider, and pulumi:disable-default-"
            f"providers denies a default one for {package!r}. Pass `provider` or a parent with one."
        )
        self.urn = urn


class OutputsRegisteredTwiceError(RecordError):
    """A component called `register_outputs` a second time."""

    def __init__(self, urn: str) -> None:
        super().__init__(f"{urn} registered its outputs twice; call register_outputs once, last.")
        self.urn = urn
