"""Word statistics of a dictionary."""
