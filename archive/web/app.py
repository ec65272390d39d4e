"""The application: every view at its path, with its rows beside it, and a page for every error."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from functools import partial
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from archive.errors import ArchiveError, NoSuchArticle, QueryError, UsageError
from archive.render import cells, rows
from archive.web import comparing, counting, markup, reading, searching
from archive.web.charts import HEIGHT, WIDTH
from archive.web.desk import Desk, Gone, TooLong
from archive.web.given import Given, link
from archive.web.guard import Guard

if TYPE_CHECKING:
    from starlette.requests import Request

    from archive.api import Archive
    from archive.web.view import View

Form = Literal["html", "json", "csv"]
Endpoint = Callable[["Request"], Awaitable[Response]]

VIEWS: tuple[View, ...] = (
    searching.SEARCH,
    *reading.VIEWS,
    *comparing.VIEWS,
    *counting.VIEWS,
)

_FILES = {"archive.css": "text/css", "archive.js": "text/javascript", "icon.svg": "image/svg+xml"}


def application(path: str, names: Iterable[str] = ()) -> Starlette:
    """Returns the application for an archive, which answers for loopback and the given names. The
    `Desk` is its `state.desk`."""
    desk = Desk(path)
    routes = [Route("/static/{name}", _static, name="static")]
    routes += [Route("/article/{address}:{place}", _paragraph)]
    routes += [Route("/search", _search)]
    for view in VIEWS:
        for form in ("json", "csv"):
            place = "/search" if view.path == "/" else view.path
            routes.append(Route(f"{place}.{form}", _endpoint(desk, view, form)))
        routes.append(Route(view.path, _endpoint(desk, view, "html")))
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Guard, names=names)],
        exception_handlers={HTTPException: _unknown_path, Exception: _mistake_of_ours},
    )
    app.state.desk = desk
    return app


def _static_version() -> str:
    """Returns what changes whenever a static file does."""
    found = b"".join(_static_bytes(name) for name in _FILES)
    return hashlib.sha256(found).hexdigest()[:8]


def _static_bytes(name: str) -> bytes:
    return resources.files("archive.web").joinpath("static", name).read_bytes()


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("archive.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "changed": markup.changed, "day": markup.day, "head": cells.head, "marked": markup.marked,
        "moment": markup.moment, "percent": markup.percent, "tail": cells.tail,
        "visible": markup.visible,
    }  # fmt: skip
    made.globals |= {
        "link": link, "views": VIEWS, "version": _static_version(),
        "chart_width": WIDTH, "chart_height": HEIGHT,
    }  # fmt: skip
    return made


_TEMPLATES = _environment()


def _shown(template: str, values: dict[str, Any], status: int = 200) -> HTMLResponse:
    return HTMLResponse(_TEMPLATES.get_template(template).render(values), status)


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _FILES:
        raise HTTPException(404)
    kept = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(_static_bytes(name), media_type=_FILES[name], headers=kept)


async def _paragraph(request: Request) -> Response:
    """The address of a paragraph leads to it."""
    article, place = request.path_params["address"], request.path_params["place"]
    return RedirectResponse(f"/article/{article}#p{place.partition('-')[0]}")


async def _search(request: Request) -> Response:
    """The address of the hits as data, without its ending, leads to their page."""
    return RedirectResponse(f"/?{request.url.query}")


def _endpoint(desk: Desk, view: View, form: Form) -> Endpoint:
    async def answer(request: Request) -> Response:
        address = request.path_params.get("address", "")
        given = Given(tuple(request.query_params.multi_items()), address)
        try:
            return await desk.ask(request, view.lane, partial(_answer, view, form, given))
        except Gone:
            return Response(status_code=499)
        except ArchiveError as error:
            return _error(error, form, given)

    return answer


def _answer(view: View, form: Form, given: Given, archive: Archive) -> Response:
    """The answer of a view in a form, made in a thread."""
    if form == "html":
        page = view.page(archive, given)
        if page.moved:
            return RedirectResponse(page.moved)
        return _shown(page.template, {"given": given, "data": None, **page.values}, page.status)
    found = view.rows(archive, given)
    if form == "csv":
        text = "".join(rows.csv_lines(found.records, found.columns))
        return Response(text, media_type="text/csv; charset=utf-8")
    lines = ",\n".join(rows.json_lines(found.records))
    return Response(f"[{lines}]\n", media_type="application/json")


def _error(error: ArchiveError, form: Form, given: Given) -> Response:
    """A page that says what is wrong and what to do; for programs, an object with the line."""
    status = 503
    if isinstance(error, NoSuchArticle):
        status = 404
    elif isinstance(error, UsageError):
        status = 400
    if form != "html":
        (line,) = rows.json_lines([{"error": str(error)}])
        return Response(line + "\n", status, media_type="application/json")
    place = None
    if isinstance(error, QueryError) and error.query:
        start, end = error.start, error.end
        place = error.query[:start], error.query[start:end], error.query[end:]
    query = next((value for name, value in given.parameters if name == "q"), "")
    values = {
        "given": replace(given, parameters=(("q", query[:1000]),)),
        "message": str(error),
        "place": place,
        "status": status,
        "slow": isinstance(error, TooLong),
        "data": None,
    }
    return _shown("error.html", values, status)


async def _unknown_path(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _plain_error("There is no such page.", status)


async def _mistake_of_ours(_request: Request, _error: Exception) -> Response:
    return _plain_error("The program has made a mistake, which stands where it was started.", 500)


def _plain_error(message: str, status: int) -> Response:
    values = {"given": Given(()), "message": message, "place": None, "status": status}
    return _shown("error.html", {**values, "slow": False, "data": None}, status)
