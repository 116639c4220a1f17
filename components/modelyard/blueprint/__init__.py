"""The typed input: what a team writes, one noun per file."""
