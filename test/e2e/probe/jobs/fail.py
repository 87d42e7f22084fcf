"""Raises, as a job with a mistake in it does."""

raise ValueError("a mistake of the job")
