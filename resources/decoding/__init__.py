"""Pixels and headers from untrusted bytes, in processes that may be killed."""
