"""What people are shown of a case, read from the store: for the command line and the board. Reads only, and prints nothing."""
