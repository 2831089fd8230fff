"""The sample pictures of ``make demo``, drawn by code."""
