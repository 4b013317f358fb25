"""The page at /docs: the published contract to read, and HTTP to try with a token. It loads nothing from elsewhere."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

HERE = Path(__file__).parent
STYLE = (HERE / "docs.css").read_text("utf-8")
SCRIPT = "\n".join((HERE / name).read_text("utf-8") for name in ("docs_schema.js", "docs_try.js", "docs.js"))
PAGE = (HERE / "docs.html").read_text("utf-8").replace("/* style */", STYLE).replace("/* script */", SCRIPT)


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


POLICY = (
    f"default-src 'none'; script-src {_hash(SCRIPT)}; style-src {_hash(STYLE)}; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


def routes() -> list[Route]:
    async def page(request: Request) -> Response:
        return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY})

    return [Route("/docs", page)]
