"""`python -m interfaces.cli`, for whoever is not sure where the command lies."""

from interfaces.cli import main

main()
