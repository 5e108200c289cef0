"""Bring one file of weights to its place: from a torch hub cache, or downloaded and verified.

Writes the file and, beside it, FILE.sha256 with its full SHA-256. A right file that is already
there is left alone.
"""

import argparse
import logging
import sys
from pathlib import Path

from preimage.errors import UserError
from preimage.files import write_atomically
from preimage.networks.weights import Source, fetch, torchvision_source
from preimage.steps import cli

log = logging.getLogger(__name__)


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m preimage.steps.download_weights",
        usage="%(prog)s\n"
        "         (--architecture A --weights NAME | --url U --sha256 H)\n"
        "         [--mirror M] --output FILE [--log FILE]",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    named = parser.add_argument_group("weights of torchvision")
    named.add_argument("--architecture", metavar="A", help="for example resnet50")
    named.add_argument("--weights", metavar="NAME", help="for example IMAGENET1K_V1")
    other = parser.add_argument_group("any other weights")
    other.add_argument("--url", metavar="U", help="http:, https: or file: URL of the file")
    other.add_argument(
        "--sha256", metavar="H", help="its SHA-256 in 64 hexadecimal digits, or the first 8 or more"
    )
    parser.add_argument(
        "--mirror", metavar="M", help="base URL under which the file is, by its name, instead"
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="FILE", help="where the file is to be"
    )
    return parser


def main(args: argparse.Namespace) -> None:
    """Fetch what `args` ask for; the hash follows when the file is there."""
    digest = fetch(source(args), args.output, mirror=args.mirror)
    with write_atomically(f"{args.output}.sha256") as beside:
        beside.write_text(f"{digest}\n", encoding="ascii")
    log.info("%s is there, SHA-256 %s", args.output, digest)


def source(args: argparse.Namespace) -> Source:
    """Return the source that `args` name in one of two ways."""
    match (args.architecture, args.weights, args.url, args.sha256):
        case (str(architecture), str(weights), None, None):
            return torchvision_source(architecture, weights)
        case (None, None, str(url), str(sha256)):
            return Source(url, sha256)
    raise UserError("give either --architecture and --weights, or --url and --sha256")


if __name__ == "__main__":
    sys.exit(cli.run(main, parser()))
