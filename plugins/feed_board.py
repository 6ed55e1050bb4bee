"""The board of all feeds inside Airflow's pages, for whoever is logged in: Browse → Feeds 数据源."""

from datetime import UTC, datetime
from typing import ClassVar

from airflow.api_fastapi.core_api.security import get_user
from airflow.plugins_manager import AirflowPlugin
from fastapi import Depends, FastAPI
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from declarations.project import open_project

# a sub-application of the API server is open unless it asks who is there
app = FastAPI(title="traceless feeds", docs_url=None, redoc_url=None, openapi_url=None, dependencies=[Depends(get_user)])
_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'", "Cache-Control": "no-store"}


@app.get("/board", response_class=HTMLResponse)
async def board() -> HTMLResponse:
    """How each feed stands now."""
    return HTMLResponse(await run_in_threadpool(_page), headers=_HEADERS)


def _page() -> str:
    from pipeline.feeds.board import board_page
    from pipeline.state import feed_states

    project, now = open_project(), datetime.now(UTC)
    return board_page(project, feed_states(project, now), now)


class FeedBoardPlugin(AirflowPlugin):
    """Mounts the board and puts it into the menu."""

    name = "traceless_feeds"
    fastapi_apps: ClassVar = [{"app": app, "url_prefix": "/traceless/feeds", "name": "traceless feeds"}]
    external_views: ClassVar = [
        {
            "name": "Feeds 数据源",
            "href": "/traceless/feeds/board",
            "destination": "nav",
            "category": "browse",
            "url_route": "feeds",
        }
    ]
