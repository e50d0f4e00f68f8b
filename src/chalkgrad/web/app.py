"""The server: the page's files, and a small API without state. Nothing that is posted is executed or kept on disk."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.staticfiles import StaticFiles

from chalkgrad.version import __version__
from chalkgrad.web import messages
from chalkgrad.web.limits import Limits
from chalkgrad.web.pool import Outcome, Pool

STATIC = Path(__file__).parent / "static"
SECONDS = 10.0
_FIRST = r"$$y = \sigma(w x)$$ $$\frac{\partial L}{\partial w} = (y - t) x$$ Binary cross-entropy."
LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")
_STATUS = {"done": 200, "refused": 422, "late": 504, "busy": 503, "broken": 500}
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": messages.Problem, "description": words}
    for status, words in {
        413: "larger than 1 MB",
        422: "it cannot be read, and why",
        503: "too many wait",
        504: "it took too long",
    }.items()
}


def make_app(
    *, hosts: Sequence[str] = LOOPBACK, workers: int = 0, seconds: float = SECONDS, warm: bool = False
) -> FastAPI:
    """The ASGI application: `GET /` is the page, `/api/openapi.json` describes the rest.

    `hosts` are the names under which it may be asked (other names are refused, so that no other site's page reaches a
    server on the loopback address), `workers` the processes (as many as processors, at least 2), `seconds` what a job
    may take; `warm` processes have checked something before anybody asks.

    >>> [route.path for route in make_app().routes if route.path.startswith("/api/c")]
    ['/api/choices', '/api/check', '/api/code']
    """
    pool = Pool(workers or max(2, os.cpu_count() or 1), seconds)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await pool.start()
        warming = asyncio.create_task(pool.warm("check", {"text": _FIRST})) if warm else None
        yield
        if warming is not None:
            warming.cancel()
            with suppress(asyncio.CancelledError):
                await warming
        await pool.stop()

    app = FastAPI(
        title="chalkgrad",
        version=__version__,
        description="Derives, draws and checks neural networks. Stateless: every answer depends on its request alone.",
        openapi_url="/api/openapi.json",
        docs_url=None,  # they would load their scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
        responses=_PROBLEMS,
    )
    _add_routes(app, pool)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.mount("/", StaticFiles(directory=STATIC, html=True, check_dir=False))
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)
    app.add_middleware(Limits)
    return app


def _add_routes(app: FastAPI, pool: Pool) -> None:
    async def run(request: Request, job: str, asked: dict[str, Any], media_type: str = "application/json") -> Response:
        return _response(await _while_wanted(request, pool, job, asked), media_type)

    @app.get("/api/choices")
    async def choices(request: Request) -> Response:
        """What can be chosen: activations, losses, notations, languages, optimisers, data sets."""
        return await run(request, "choices", {})

    @app.post("/api/check", response_model=messages.Verdicts)
    async def check(request: Request, asked: messages.Check) -> Response:
        """A verdict on every equation of a document."""
        return await run(request, "check", asked.model_dump())

    @app.post("/api/board", response_model=messages.Derived)
    async def board(request: Request, asked: messages.Board) -> Response:
        """The equations and gradients of a network or formula, step by step."""
        return await run(request, "board", asked.model_dump())

    @app.post("/api/code", response_model=messages.Printed)
    async def code(request: Request, asked: messages.Code) -> Response:
        """The value and gradient as source that stands alone."""
        return await run(request, "code", asked.model_dump())

    @app.post("/api/network", response_model=messages.Drawn)
    async def network(request: Request, asked: messages.Network) -> Response:
        """A network's drawing and layers."""
        return await run(request, "network", asked.model_dump())

    @app.post("/api/picture", response_model=messages.File)
    async def picture(request: Request, asked: messages.Picture) -> Response:
        """The drawing as a file."""
        return await run(request, "picture", asked.model_dump())

    @app.post("/api/trained", response_model=messages.Trained)
    async def trained(request: Request, asked: messages.Saved) -> Response:
        """The network and weights of a file that chalkgrad saved."""
        return await run(request, "trained", asked.model_dump())

    @app.get("/api/initial")
    async def initial(request: Request, model: messages.Model, seed: messages.Seed = 0) -> Response:
        """The parameters with which training begins."""
        return await run(request, "initial", {"model": model, "seed": seed})

    @app.get("/api/dataset", response_model=messages.Data)
    async def dataset(
        request: Request,
        name: messages.Name,
        count: Annotated[int, Query(ge=1, le=5000)] = 500,
        seed: messages.Seed = 0,
        noise: Annotated[float | None, Query(ge=0, le=10)] = None,
    ) -> Response:
        """A data set by name."""
        return await run(request, "dataset", {"name": name, "count": count, "seed": seed, "noise": noise})

    @app.get("/api/training.js")
    async def training(
        request: Request,
        model: messages.Model,
        l1: Annotated[float, Query(ge=0, le=100)] = 0,
        l2: Annotated[float, Query(ge=0, le=100)] = 0,
        dropout: Annotated[float, Query(ge=0, lt=1)] = 0,
    ) -> Response:
        """The derived equations of a network as an ECMAScript module, which the page trains with."""
        asked = {"model": model, "l1": l1, "l2": l2, "dropout": dropout}
        return await run(request, "training", asked, "text/javascript")

    @app.get("/api/surface.js")
    async def surface(request: Request, function: messages.Model) -> Response:
        """A function of two variables, its gradient, and a step of every method, as an ECMAScript module."""
        return await run(request, "surface", {"function": function}, "text/javascript")


async def _while_wanted(request: Request, pool: Pool, job: str, asked: dict[str, Any]) -> Outcome:
    """The outcome; a job still in the queue is dropped when the one who asked has gone on typing."""
    work = asyncio.create_task(pool.run(job, asked))
    gone = asyncio.create_task(_gone(request))
    await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
    gone.cancel()
    if not work.done() and not pool.begun(work):
        work.cancel()
        return Outcome("busy", b"nobody waits for this any more")
    return await work


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _response(outcome: Outcome, media_type: str) -> Response:
    content, headers = outcome.content, {"Cache-Control": "no-store"}
    if not outcome.is_done:
        content = json.dumps({"error": content.decode(errors="replace")}, ensure_ascii=False).encode()
        media_type = "application/json"
    if outcome.kind == "busy":
        headers["Retry-After"] = "2"
    return Response(content, _STATUS[outcome.kind], headers, media_type)


async def _invalid(_: Request, problem: Exception) -> Response:
    """What is wrong with a request, as one sentence."""
    assert isinstance(problem, RequestValidationError)
    first = problem.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    return _response(Outcome("refused", f"{where or 'the request'}: {first['msg']}".encode()), "application/json")
