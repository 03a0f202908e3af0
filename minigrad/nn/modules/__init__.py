"""The layers and losses, a family a file: the files that torch has them in."""
