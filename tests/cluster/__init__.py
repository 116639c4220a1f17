"""Tests against a real control plane with simulated nodes; `make test-cluster`."""
