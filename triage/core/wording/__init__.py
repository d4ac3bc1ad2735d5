"""Facts in words for people, the same on the command line and on the board. Pure; what is shown is only ever text."""
