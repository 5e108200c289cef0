"""Bring one file of weights to its place."""

import logging

from preimage.errors import UserError
from preimage.files import write_atomically
from preimage.locks import alone
from preimage.networks.weights import Source, fetch, torchvision_source
from preimage.steps.engine import step
from preimage.steps.reading import NewFile

log = logging.getLogger(__name__)


@step()
def download_weights(
    file: NewFile,
    architecture: str | None = None,
    weights: str | None = None,
    url: str | None = None,
    sha256: str | None = None,
    mirror: str | None = None,
) -> None:
    """Bring one file of weights to its place: from a torch hub cache, or downloaded and verified.

    Give either an architecture of torchvision, such as resnet50, and the name of its weights, such
    as IMAGENET1K_V1; or the URL (http:, https: or file:) of any weights, and their SHA-256 in 64
    hexadecimal digits, or the first 8 or more. A mirror is a base URL under which the file is, by
    its name, instead. Writes the file and, beside it, FILE.sha256 with its full SHA-256. A right
    file that is already there is left alone. While another process, of another study, brings the
    same file, this one waits for it.
    """
    with alone(file.with_name(f".{file.name}.lock")):
        digest = fetch(_source(architecture, weights, url, sha256), file, mirror=mirror)
        with write_atomically(f"{file}.sha256") as beside:
            beside.write_text(f"{digest}\n", encoding="ascii")
    log.info("%s is there, SHA-256 %s", file, digest)


def _source(*given: str | None) -> Source:
    match given:
        case (str(architecture), str(weights), None, None):
            return torchvision_source(architecture, weights)
        case (None, None, str(url), str(sha256)):
            return Source(url, sha256)
    raise UserError("give either --architecture and --weights, or --url and --sha256")
