"""The service and its work: its processes, its runs, and the same work without a service."""
