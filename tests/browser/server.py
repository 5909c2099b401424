"""A static host for the built site, under the sub-path that its address names."""

from __future__ import annotations

import json
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

PATH = "/dlref/"


class Handler(SimpleHTTPRequestHandler):
    """Files of the site, pages given as text, and the site's own 404 page for the rest."""

    server: Server

    def do_GET(self) -> None:
        text = self.server.pages.get(self.path.partition("?")[0])
        if text is None:
            super().do_GET()
        else:
            self._html(HTTPStatus.OK, text.encode())

    def end_headers(self) -> None:
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        super().end_headers()

    def translate_path(self, path: str) -> str:
        if not path.startswith(PATH):
            return str(Path(self.directory) / "outside-the-site")
        return super().translate_path(path.removeprefix(PATH.rstrip("/")))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        if code == HTTPStatus.NOT_FOUND:
            self._html(HTTPStatus.NOT_FOUND, (Path(self.directory) / "404.html").read_bytes())
        else:
            super().send_error(code, message, explain)

    def _html(self, status: HTTPStatus, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Runs from ``with`` to its end, when all its threads and sockets are gone."""

    daemon_threads = False

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.folder = folder
        self.pages: dict[str, str] = {}
        self.headers: dict[str, str] = {}  # sent with every answer
        self.address = f"http://127.0.0.1:{self.server_port}{PATH}"
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def without_index(self) -> None:
        """Serve empty search indices: every page that is opened would build its index anew."""
        config = {"lang": ["en"], "separator": " ", "pipeline": [], "fields": {"title": {"boost": 1}, "text": {"boost": 1}}}
        for language in ("", "en/"):
            self.page(f"{language}search/search_index.json", json.dumps({"config": config, "docs": []}))

    def with_index(self) -> None:
        """Serve the site's own search indices."""
        for language in ("", "en/"):
            del self.pages[f"{PATH}{language}search/search_index.json"]

    def page(self, name: str, html: str) -> str:
        """Serve a text as a page of the site; its address."""
        self.pages[f"{PATH}{name}"] = html
        return f"{self.address}{name}"
