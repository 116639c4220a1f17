"""Tests of the rules over resources."""
