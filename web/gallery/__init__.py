"""The pages for people: pictures, and what can be done with them, under ``/gallery`` and ``/api``.

- ``contents``: the list of all pages, actions and API routes; a new one is one line there.
- ``base``: what every page needs: templates, who looks, tables, protection of changes.
- ``pages``: one page = one file, its template beside it by the same name.
- ``grid``: which pictures, in which order, in which rows.
- ``files``: pictures and originals as bytes.
- ``actions``: one thing to do with chosen pictures = one file.
- ``sql``: what a visitor writes in SQL.
- ``api``: the same as JSON, read-only.
"""
