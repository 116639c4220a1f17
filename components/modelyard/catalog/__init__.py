"""Data with their source and date, and for each sheet the reader of its rows."""
