"""`python -m modelyard_jobs`: what the image starts."""

from modelyard_jobs.cli import main

main()
