"""What keeps a job from a verdict. Each says what is wrong and what to do next, and how to exit."""

from __future__ import annotations


class JobError(Exception):
    """Base of those below; never raised itself."""

    exit = 3

    def __init__(self, what: str, next: str) -> None:
        super().__init__(f"{what}. Next: {next}")


class Misconfigured(JobError):
    """What the job was told makes no sense: exit 2."""

    exit = 2


class Unavailable(JobError):
    """Something that the job needs does not answer, or not with what it should: exit 3."""
