"""Tests that run Checkov; `make test-checkov`."""
