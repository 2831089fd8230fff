"""What is said when Dagster's own storage cannot be read."""


class DamagedDagster(RuntimeError):
    """Dagster's storage is damaged. What was made is safe: it is in files and rows."""
