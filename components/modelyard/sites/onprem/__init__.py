"""Clusters on machines of one's own."""
