"""The web client: one page, whatever is open in it, and assets whose names change with what they hold."""

from mimetypes import guess_type
from pathlib import Path

import orjson
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from domain.base import Rejected
from interfaces.http.sign_in import is_local
from interfaces.settings import Settings

DIST = Path(__file__).parents[1] / "web" / "dist"
"""What `make setup` has built."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "font", "connect", "manifest")),
        "img-src 'self' data:",
        *(f"{what} 'none'" for what in ("form-action", "base-uri", "frame-ancestors")),
    )
)

FOR_EVER = "public, max-age=31536000, immutable"


def routes(settings: Settings, dist: Path = DIST) -> list[Route]:
    async def page(request: Request) -> Response:
        facts = {"sign_in": settings.signs_in and is_local(request), "waits": settings.web_waits}
        return HTMLResponse(written(dist, facts), headers={"Content-Security-Policy": POLICY})

    async def asset(request: Request) -> Response:
        file = dist / "assets" / request.path_params["name"]
        headers = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding"}
        packed = file.with_name(file.name + ".gz")
        if "gzip" in request.headers.get("accept-encoding", "") and packed.is_file():
            headers["Content-Encoding"] = "gzip"
            return FileResponse(packed, headers=headers, media_type=guess_type(file.name)[0])
        if not file.is_file():
            raise Rejected("not_found", "no such path")
        return FileResponse(file, headers=headers)

    pages = [Route(path, page) for path in ("/", "/c/{conversation_id}", "/analytics")]
    return [*pages, Route("/assets/{name}", asset)]


def written(dist: Path, facts: object) -> str:
    """The page with what only the server knows. Read anew each time: it may be built while the server runs."""
    try:
        html = (dist / "index.html").read_text("utf-8")
    except FileNotFoundError:
        raise Rejected("not_found", "the web client is not built; `make setup` builds it") from None
    return html.replace("{{facts}}", orjson.dumps(facts).decode().replace("<", "\\u003c"))
