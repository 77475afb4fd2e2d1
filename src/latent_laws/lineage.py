"""Which outputs belong together: what each was made from, by content.

Outputs go by the digest of their files, so that a run that makes the same again changes nothing.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from latent_laws.errors import LatentLawsError

# of one name: enough to find the ancestors of earlier versions
_KEPT = 50


class Lineage:
    """Name -> digest -> the run that made it, its ancestors, and what its node made beside it."""

    def __init__(self, known: Mapping[str, Any] | None = None) -> None:
        self.known: dict[str, dict[str, Any]] = {
            name: dict(of) for name, of in (known or {}).items()
        }

    def check(self, inputs: Mapping[str, str]) -> None:
        """Refuse inputs of a node, digest by name, that do not go back to the same outputs.

        Raises:
            LatentLawsError: At the first two inputs that were made from different ones.
        """
        seen: dict[str, tuple[str, str]] = {}
        for name, digest in inputs.items():
            for ancestor, of in self._claims(name, digest):
                before, user = seen.setdefault(ancestor, (of, name))
                if before != of:
                    raise LatentLawsError(
                        f"'{name}' and '{user}' do not belong together, they go back to different "
                        f"'{ancestor}': run again from the node that makes '{ancestor}', or load "
                        "versions of one run"
                    )

    def record(self, run: str, inputs: Mapping[str, str], outputs: Mapping[str, str]) -> None:
        """Remember what a node of a run made from what, digests by name."""
        ancestors = dict(inputs)
        for name, digest in inputs.items():
            ancestors |= self._entry(name, digest).get("from", {})
        for name, digest in outputs.items():
            beside = {other: of for other, of in outputs.items() if other != name}
            of_name = self.known.setdefault(name, {})
            of_name.pop(digest, None)  # the newest last
            of_name[digest] = {"run": run, "from": ancestors, "beside": beside}
            for oldest in list(of_name)[:-_KEPT]:
                del of_name[oldest]

    def _claims(self, name: str, digest: str) -> Iterator[tuple[str, str]]:
        """Yield everything that an input says about which outputs there are."""
        entry = self._entry(name, digest)
        yield name, digest
        yield from entry.get("from", {}).items()
        yield from entry.get("beside", {}).items()

    def _entry(self, name: str, digest: str) -> Mapping[str, Any]:
        entry: Mapping[str, Any] = self.known.get(name, {}).get(digest, {})
        return entry


def path_digest(path: Path) -> str:
    """Return the SHA-256 of a file, or of all files in a folder and their names."""
    if path.is_file():
        status = path.stat()
        return _file_digest(path, status.st_mtime_ns, status.st_size)
    digest = sha256()
    for file in sorted(path.rglob("*")):
        if file.is_file():
            digest.update(f"{file.relative_to(path)}\n{path_digest(file)}\n".encode())
    return digest.hexdigest()


@lru_cache(maxsize=1024)
def _file_digest(path: Path, changed: int, size: int) -> str:
    """Hash a file once, though many nodes read it; another time or size is another content."""
    with path.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()
