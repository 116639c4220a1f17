"""The engine followed, explained and recovered, without an engine."""
