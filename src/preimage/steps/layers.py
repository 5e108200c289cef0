"""What can be asked for in a network, without a study."""

import yaml
from torch import nn

from preimage.descent.layers import every_layout
from preimage.errors import UserError, near_matches
from preimage.networks.known import LITES, lite_plan
from preimage.networks.modules import Arguments, build_module
from preimage.networks.network import build, complete_options
from preimage.networks.prepared import Prepared, bare
from preimage.networks.shapes import without_values
from preimage.steps.engine import step

_CLASSES = 1000


@step()
def layers(
    architecture: str,
    size: int = 224,
    kind: str | None = None,
    arguments: str = "",
    output: str | None = None,
) -> None:
    """Print the layers of a network, in order of execution, for a study.

    The architecture is one of torchvision's, lite0, lite1 or lite2, or what anyone's
    package.module:callable builds, whose code runs, with arguments in JSON or YAML, such as
    '[resnet18]' or '{num_classes: 5}', and one of its outputs where it has several.

    Each line is an entry of a list in YAML, for the layers of maps or of reconstructions, such as

        - Conv2d_1a_3x3.conv    # Conv2d, 32 maps x 149 rows x 149 columns

    A size is the side of images in pixels (224 where none is given); with a kind, such as Conv2d,
    only modules of this class are printed.
    """
    model = _built(architecture, size, arguments, output)
    modules = {name: type(module).__name__ for name, module in bare(model).named_modules()}
    layouts = every_layout(model, size)
    kinds = {layout.layer: modules.get(layout.layer, "operation") for layout in layouts}
    known = sorted({*kinds.values()})
    if kind and kind not in known:
        raise UserError(
            f"--kind {kind}: {architecture} has none{near_matches(kind, known)}; "
            f"it has {', '.join(known)}"
        )
    shown = [layout for layout in layouts if kind in (None, kinds[layout.layer])]
    width = max(len(layout.layer) for layout in shown)
    for layout in shown:
        print(f"- {layout.layer:{width}}  # {kinds[layout.layer]}, {layout.lengths}")


def _built(builder: str, size: int, arguments: str, output: str | None) -> nn.Module:
    if builder in LITES:
        plan = lite_plan(builder)
        return build_module(plan.module, plan.arguments)
    if ":" in builder:
        return Prepared(build_module(builder, _read(arguments)), output=output)
    if arguments or output:
        raise UserError(f"{builder}: --arguments and --output go with package.module:callable")
    with without_values():
        return build(builder, _CLASSES, options=complete_options(builder, size, {}))


def _read(arguments: str) -> Arguments:
    try:
        found = yaml.safe_load(arguments or "[]")
    except yaml.YAMLError as error:
        raise UserError(f"--arguments {arguments} are neither JSON nor YAML") from error
    if not isinstance(found, list | dict):
        raise UserError(f"--arguments {arguments}: give a list or a mapping, such as [{found}]")
    return found
