"""The page in a browser: a small server without state, the work that it does in processes of its own, and the export.

What a person posts is text that is read, never code that is run. `jobs` has what can be asked for, as plain data in and
out; `pool` runs it where it can be ended; `app` is the way there over HTTP; `static/` is the page, built from
`frontend/`.
"""
