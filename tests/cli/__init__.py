"""The commands, as a person and as a pipeline use them."""
