"""The guard in front of Dagster's web UI, from the outside in.

``connections``: sizes and times, before a request is even complete. ``guard``: the order of the
walls, and the headers on every answer. ``origins``: host names and other sites' pages. ``login``:
who it is. ``graphql``: what a request may hold. ``dagster_ui``: Dagster's
own server, told who asks.
"""
