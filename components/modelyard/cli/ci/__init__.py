"""`modelyard ci`: what a change does to every blueprint that it touches, where a pipeline runs."""

from modelyard.cli.ci.command import command

__all__ = ["command"]
