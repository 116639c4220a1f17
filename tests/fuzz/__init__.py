"""Mutated blueprints: whatever is in the file, there is a plan or a clear error."""
