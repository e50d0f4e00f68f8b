"""`python -m chalkgrad` is the command `chalkgrad`."""

from chalkgrad.cli.main import main

main()
