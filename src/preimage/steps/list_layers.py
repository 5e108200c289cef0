"""Print the layers of an architecture of torchvision, in order of execution, for a study's file.

Each line is an entry of a list in YAML, such as for the layers of maps or of reconstructions:

    - Conv2d_1a_3x3.conv    # Conv2d, 32 maps x 149 rows x 149 columns
"""

import argparse
import sys

from preimage.descent.layers import every_layout
from preimage.errors import UserError, near_matches
from preimage.networks.network import build
from preimage.steps.cli import positive, run, step_parser

_CLASSES = 1000


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("list_layers", __doc__)
    add = parser.add_argument
    add("architecture", help="such as resnet50")
    add("--size", type=positive, default=224, help="side of images in pixels (default: 224)")
    add("--kind", help="only modules of this class, such as Conv2d (default: all layers)")
    return parser


def main(args: argparse.Namespace) -> None:
    """Print a line for each layer that `args` ask for."""
    model = build(args.architecture, _CLASSES)
    modules = {name: type(module).__name__ for name, module in model.named_modules()}
    layouts = every_layout(model, args.size)
    kinds = {layout.layer: modules.get(layout.layer, "operation") for layout in layouts}
    known = sorted({*kinds.values()})
    if args.kind and args.kind not in known:
        raise UserError(
            f"--kind {args.kind}: {args.architecture} has none{near_matches(args.kind, known)}; "
            f"it has {', '.join(known)}"
        )
    shown = [layout for layout in layouts if args.kind in (None, kinds[layout.layer])]
    width = max(len(layout.layer) for layout in shown)
    for layout in shown:
        print(f"- {layout.layer:{width}}  # {kinds[layout.layer]}, {layout.lengths}")


if __name__ == "__main__":
    sys.exit(run(main, parser()))
