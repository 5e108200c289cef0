"""Weights files: found in a torch hub cache or downloaded, and believed for their SHA-256 alone.

Nothing is unpickled here, and torch is not needed; torchvision only where it knows the name.
"""

import hashlib
import logging
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from math import inf
from pathlib import Path, PurePosixPath
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from preimage import progress as bars
from preimage.errors import UserError, near_matches
from preimage.files import write_atomically

log = logging.getLogger(__name__)

CHUNK = 1 << 20  # bytes
HEADERS = {"User-Agent": "preimage"}  # some servers turn away the name of urllib
HASH_IN_NAME = re.compile(r"[-_]([0-9a-f]{8,64})\.\w+$")  # resnet50-0676ba61.pth


@dataclass(frozen=True)
class Source:
    """Where a file comes from, and the SHA-256 it must have: 64 hex digits, or the first 8 or more.

    Raises `UserError` for what is no http:, https: or file: URL of a file, or no such hash.
    """

    url: str
    sha256: str

    def __post_init__(self) -> None:
        _check_url(self.url, "weights URL")
        if not self.file_name:
            raise UserError(f"weights URL {self.url!r} ends without the name of a file")
        if not re.fullmatch("[0-9a-fA-F]{8,64}", self.sha256):
            raise UserError(
                f"sha256 {self.sha256!r} of {self.url} is no SHA-256: "
                "give its 64 hexadecimal digits, or the first 8 or more"
            )

    @property
    def file_name(self) -> str:
        """The name of the file in its URL, which is its name in a torch hub cache as well."""
        return _name(self.url)

    def at(self, mirror: str | None) -> str:
        """Return the URL, or that of the file name under the base URL `mirror`."""
        if not mirror:
            return self.url
        _check_url(mirror, "mirror")
        return f"{mirror.rstrip('/')}/{self.file_name}"

    def accepts(self, digest: str) -> bool:
        """Whether a file with this full SHA-256 is the one meant."""
        return digest.startswith(self.sha256.lower())


def torchvision_source(architecture: str, weights: str) -> Source:
    """Return where torchvision keeps, for example, ``("resnet50", "IMAGENET1K_V1")``.

    The hash is the one in the file name. Raises `UserError` for a name torchvision does not have.
    """
    from preimage.networks.vision import torchvision  # noqa: PLC0415

    try:
        known = torchvision.models.get_model_weights(architecture).__members__
    except ValueError:
        near = near_matches(architecture, torchvision.models.list_models())
        raise UserError(f"torchvision has no architecture {architecture!r}{near}") from None
    if weights not in known:
        raise UserError(
            f"torchvision has no weights {weights!r} for {architecture}; it has {', '.join(known)}"
        )
    url = known[weights].url
    if not (digits := HASH_IN_NAME.search(url)):
        raise UserError(f"{url} has no hash in its name: give url and sha256 instead")
    return Source(url, digits[1])


def known_weights(architecture: str, sha256: str) -> str | None:
    """Return the name of torchvision's weights of an architecture whose file has this SHA-256."""
    from preimage.networks.vision import torchvision  # noqa: PLC0415

    for entry in torchvision.models.get_model_weights(architecture):
        digits = HASH_IN_NAME.search(entry.url)
        if digits and sha256.startswith(digits[1]):
            return entry.name
    return None


def torch_hub_caches() -> list[Path]:
    """Return the folders where torch keeps downloads, the one it uses now first."""
    usual = Path.home() / ".cache" / "torch"
    xdg = os.environ.get("XDG_CACHE_HOME")
    now = os.environ.get("TORCH_HOME") or (Path(xdg, "torch") if xdg else usual)
    homes = dict.fromkeys([Path(now).expanduser(), usual])
    return [home / "hub" / "checkpoints" for home in homes]


def fetch(
    source: Source,
    target: str | Path,
    *,
    mirror: str | None = None,
    attempts: int = 3,
    timeout: float = 30,
    caches: Sequence[Path] | None = None,
    progress: bool = True,
    pause: Callable[[float], object] = time.sleep,
) -> str:
    """Bring the file of `source` to `target` and return its full SHA-256.

    A right file already there is left alone; one in a torch hub cache is copied; else it is
    downloaded, from under the base URL `mirror` if that is given. `target` appears whole and
    verified or not at all. `timeout` is the longest silence in seconds, not the longest download;
    `pause` waits between attempts, 1 s at first and twice as long each time.
    Raises `UserError` when the file cannot be had, with what was wrong and what would be right.
    """
    target, url = Path(target), source.at(mirror)
    caches = torch_hub_caches() if caches is None else caches

    def download() -> str:
        return _save(_body(url, timeout, silent=not progress), source, target)

    with _user_errors(target, url, caches):
        _sweep(target)
        return (
            _already_there(source, target)
            or _from_cache(source, target, caches)
            or _retried(download, attempts, pause)
        )


def check_reachable(
    wanted: Mapping[Path, Source],
    *,
    mirror: str | None = None,
    caches: Sequence[Path] | None = None,
    timeout: float = 5,
) -> None:
    """Raise the `UserError` of a machine off line if files that are missing could not be fetched.

    `wanted` maps targets to sources. For the moment before a run: each host is asked once (HEAD,
    at most `timeout` seconds) and any answer will do. Files at their target or in a cache are not
    read, and where all are there nobody is asked.
    """
    caches = torch_hub_caches() if caches is None else caches
    missing = {
        Path(target): source.at(mirror)
        for target, source in wanted.items()
        if not Path(target).is_file() and not _cached(source, caches)
    }
    for host, url in {_host(url): url for url in missing.values()}.items():
        if reason := _unreachable(url, timeout):
            raise _off_line(
                reason, {path: url for path, url in missing.items() if _host(url) == host}, caches
            )


class _FetchError(Exception):
    """Why an attempt did not bring the file; the next one may, up to `worth` attempts in all."""

    def __init__(self, what: str, *, worth: float = inf, off_line: bool = False) -> None:
        super().__init__(what)
        self.worth, self.off_line = worth, off_line


@contextmanager
def _user_errors(target: Path, url: str, caches: Sequence[Path]) -> Iterator[None]:
    """Tell the user what came of a fetch; an OSError is the disk's, not the network's."""
    try:
        yield
    except _FetchError as error:
        if error.off_line:
            raise _off_line(str(error), {target: url}, caches) from error
        raise UserError(f"{target} could not be fetched from {url}: {error}") from error
    except OSError as error:
        raise UserError(f"{target} cannot be read or written: {error.strerror or error}") from error


def _off_line(reason: str, missing: Mapping[Path, str], caches: Sequence[Path]) -> UserError:
    """Return the error that says what is `missing` (target to URL), and the ways out."""
    files = "".join(f"\n  {target}\n    from {url}" for target, url in missing.items())
    urls = list(missing.values())
    cached = "".join(f"       {Path(caches[0], _name(url))}\n" for url in urls) if caches else ""
    into_cache = f"into the torch hub cache,\n{cached}     or " if caches else ""
    return UserError(
        f"{_host(urls[0])} cannot be reached ({reason}), and weights are missing:{files}\n"
        "Three ways out:\n"
        "  1. run once where there is a network, and bring the files here;\n"
        f"  2. put what is missing {into_cache}where it is missed;\n"
        "  3. in the configuration, set `mirror:` to a base URL that has files of these names,\n"
        "     or give the network a file of your own: `weights: {file: ...}`."
    )


def _check_url(url: str, what: str) -> None:
    if not re.fullmatch("(https?|file)://[!-~]+", url):
        raise UserError(f"{what} {url!r} is not a URL that begins http://, https:// or file://")


def _host(url: str) -> str:
    return urlsplit(url).netloc or url


def _name(url: str) -> str:
    return PurePosixPath(urlsplit(url).path).name


def _unreachable(url: str, timeout: float) -> str | None:
    """Return why nobody answers at `url`, or None."""
    try:
        urlopen(Request(url, headers=HEADERS, method="HEAD"), timeout=timeout).close()
    except HTTPError as error:
        error.close()
    except (URLError, TimeoutError) as error:
        return str(getattr(error, "reason", error))
    except (OSError, HTTPException):
        pass  # an answer, though a bad one
    return None


def _sweep(target: Path) -> None:
    """Remove what killed downloads left beside `target`, named as `write_atomically` does."""
    beside = re.compile(rf"\.{re.escape(target.stem)}\.(\d{{1,7}}){re.escape(target.suffix)}")
    for path in target.parent.glob(".*"):
        if (left := beside.fullmatch(path.name)) and not _alive(int(left[1])):
            path.unlink(missing_ok=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)  # signal 0 only asks
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def _already_there(source: Source, target: Path) -> str | None:
    if not target.is_file():
        return None
    with target.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if source.accepts(digest):
        return digest
    log.warning("%s is fetched anew: %s", target, _wrong(source, digest))
    return None


def _from_cache(source: Source, target: Path, caches: Sequence[Path]) -> str | None:
    for path in _cached(source, caches):
        try:
            return _save(_contents(path), source, target)
        except _FetchError as error:
            log.warning("%s is passed over: %s", path, error)
    return None


def _cached(source: Source, caches: Sequence[Path]) -> list[Path]:
    paths = [Path(folder, source.file_name) for folder in caches]
    return [path for path in paths if os.access(path, os.R_OK)]


def _retried(download: Callable[[], str], attempts: int, pause: Callable[[float], object]) -> str:
    attempt = 1
    while True:
        try:
            return download()
        except _FetchError as error:
            if attempt >= min(attempts, error.worth):
                raise
            log.info("attempt %d: %s", attempt, error)
        pause(2 ** (attempt - 1))
        attempt += 1


def _save(chunks: Iterable[bytes], source: Source, target: Path) -> str:
    """Write `chunks` to `target`, which appears only if they are what `source` means."""
    sha256 = hashlib.sha256()
    with write_atomically(target) as beside:
        with beside.open("wb") as stream:
            for chunk in chunks:
                sha256.update(chunk)
                stream.write(chunk)
        if not source.accepts(digest := sha256.hexdigest()):
            raise _FetchError(_wrong(source, digest), worth=2)
    return digest


def _wrong(source: Source, digest: str) -> str:
    expected = source.sha256.lower()
    return f"its SHA-256 is {digest}, expected {expected}{'...' if len(expected) < 64 else ''}"


def _contents(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                yield chunk
    except OSError as error:
        raise _FetchError(error.strerror or str(error)) from error


def _body(url: str, timeout: float, *, silent: bool) -> Iterator[bytes]:
    """Yield what comes from `url`; whatever goes wrong on the way is a `_FetchError`."""
    got, promised = 0, None
    try:
        with urlopen(Request(url, headers=HEADERS), timeout=timeout) as response:
            length = response.headers.get("Content-Length", "")
            promised = int(length) if length.isdecimal() else None
            with bars.progress(promised, _name(url), "B", silent=silent) as bar:
                while chunk := response.read1(CHUNK):
                    got += len(chunk)
                    bar.update(len(chunk))
                    yield chunk
    except (OSError, HTTPException) as error:
        raise _explained(error, timeout, _so_far(got, promised)) from error
    if promised is not None and got < promised:
        raise _FetchError(f"the body ended after {_so_far(got, promised)}")


def _so_far(got: int, promised: int | None) -> str:
    return f"{got} bytes" if promised is None else f"{got} of {promised} bytes"


def _explained(error: Exception, timeout: float, so_far: str) -> _FetchError:
    match error:
        case HTTPError():
            error.close()
            what = f"the server answered {error.code} {error.reason}"
            if error.code >= 500:
                return _FetchError(what)
            return _FetchError(f"{what}; are the URL and the mirror right?", worth=1)
        case URLError(reason=FileNotFoundError()):
            return _FetchError("no such file; are the URL and the mirror right?", worth=1)
        case URLError():
            return _FetchError(str(error.reason), off_line=True)
        case TimeoutError():
            return _FetchError(f"nothing came for {timeout:g} s, after {so_far}")
    return _FetchError(f"the connection broke after {so_far}: {error!r}")
