"""Whether the service works: one list of parts for ``/health``, the first page, ``media doctor``.

``part`` says what a part is, ``stores``, ``orchestration`` and ``work`` look at them, ``parts`` is
the list, ``looks`` asks them within a bounded time, ``door`` answers ``/health``, ``metrics``
answers Prometheus.
"""
