"""The one error of a query that a person wrote."""


class QueryError(ValueError):
    """The user's SQL cannot be run, or asks for too much; the message says why and what to do."""
