"""A server on this machine that answers the Hugging Face clients as the hub does."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
Answer = tuple[int, dict[str, str], bytes]


@contextmanager
def serve(datasets: dict[str, Path], models: dict[str, Path]) -> Iterator[str]:
    """Serve folders as repositories of one commit, by name; yields the address."""
    folders = {f"datasets/{name}": folder for name, folder in datasets.items()}
    folders |= {f"models/{name}": folder for name, folder in models.items()}
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, folders))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, folders: dict[str, Path], *connection: object) -> None:
        self.folders = folders
        super().__init__(*connection)  # type: ignore[arg-type]  # as the server gives them

    def do_GET(self) -> None:
        self._respond()

    def do_HEAD(self) -> None:
        self._respond()

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def _respond(self) -> None:
        status, headers, content = self._answer()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def _answer(self) -> Answer:
        address = urlsplit(self.path)
        path = unquote(address.path).strip("/")
        for repository, folder in self.folders.items():
            if path.startswith(files := f"{repository.removeprefix('models/')}/resolve/"):
                return _file(folder / path.removeprefix(files).partition("/")[2])
            if path.startswith(tree := f"api/{repository}/tree/"):
                recursive = parse_qs(address.query).get("recursive") in (["true"], ["True"])
                return _tree(folder, path.removeprefix(tree).partition("/")[2], recursive)
            if path.startswith(f"api/{repository}"):
                return _json({"id": repository.partition("/")[2], "sha": COMMIT, "siblings": []})
        return 404, {"X-Error-Code": "RepoNotFound"}, b""


def _file(file: Path) -> Answer:
    if not file.is_file():
        return 404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT}, b""
    content = file.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return 200, {"ETag": f'"{digest}"', "X-Repo-Commit": COMMIT}, content


def _tree(folder: Path, inside: str, recursive: bool) -> Answer:
    paths = sorted((folder / inside).glob("**/*" if recursive else "*"))
    return _json(
        [
            {
                "type": "file" if path.is_file() else "directory",
                "path": path.relative_to(folder).as_posix(),
                "size": path.stat().st_size if path.is_file() else 0,
                "oid": COMMIT,
            }
            for path in paths
        ]
    )


def _json(value: object) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()
