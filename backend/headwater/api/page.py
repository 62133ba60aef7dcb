"""The built page, from the same server: no Node at run time, no request to anyone else."""

from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

import headwater
from headwater.settings import Settings

PACKAGE: Final = Path(headwater.__file__).parent
FOREVER: Final = "public, max-age=31536000, immutable"

NOT_BUILT: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Headwater</title>
<body style="font: 1rem/1.5 system-ui; max-width: 40rem; margin: 4rem auto; padding: 0 1rem">
<h1>Headwater is running, its page is not built</h1>
<p>In a checkout, run <code>make setup</code> (it builds <code>frontend/dist</code>) and reload.
Elsewhere, set <code>HEADWATER_FRONTEND</code> to the folder that holds the built <code>index.html</code>.</p>
<p>The API works without the page: see <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</p>
"""


def find_page(settings: Settings) -> Path | None:
    """The settings' folder, else the packaged one, else a checkout's."""
    places = [settings.frontend] if settings.frontend else [PACKAGE / "static", *_checkout()]
    return next((place for place in places if (place / "index.html").is_file()), None)


def _checkout() -> list[Path]:
    return [PACKAGE.parents[1] / "frontend" / "dist"] if PACKAGE.parent.name == "backend" else []


def page_router(settings: Settings) -> APIRouter:
    """The last router: whatever no other route knows. Looked for on every request, so that a build
    made while the server runs shows up."""
    router = APIRouter(include_in_schema=False)

    @router.get("/{path:path}")
    async def serve_page(path: str, request: Request) -> Response:
        folder = find_page(settings)
        if path == "api" or path.startswith("api/"):
            raise HTTPException(404)
        if folder is None:
            if path:
                raise HTTPException(404)
            return HTMLResponse(NOT_BUILT, headers={"cache-control": "no-store"})
        return await _file(folder, path or "index.html", request)

    return router


async def _file(folder: Path, path: str, request: Request) -> Response:
    files = StaticFiles(directory=folder)
    try:
        response = await files.get_response(path, request.scope)
    except HTTPException:
        if path.startswith("assets/"):
            raise HTTPException(404) from None
        response = await files.get_response("index.html", request.scope)
        path = "index.html"
    response.headers["cache-control"] = FOREVER if path.startswith("assets/") else "no-cache"
    return response
