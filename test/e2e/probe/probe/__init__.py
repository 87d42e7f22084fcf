"""Code that executors import from the image."""

MARK = "from the image"
