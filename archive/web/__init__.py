"""The archive in a browser: routes and pages over `api.Archive` and `render/records.py`.

    browser -> guard (host, GET, headers) -> app (routes) -> desk (a thread with an Archive)
            -> a view (its questions as of one moment) -> template, JSON or CSV

`given` reads the parameters of an address, `markup` and `charts` prepare what templates show, and
`server` finds a port and runs it all. Only this folder knows Starlette, Jinja and uvicorn. Nothing
here writes.
"""
