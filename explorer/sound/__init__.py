"""Sound files: decoded, and made into the curves that a timeline's tracks can follow."""
