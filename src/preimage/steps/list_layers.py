"""Print the layers of an architecture."""

from preimage.descent.layers import every_layout
from preimage.errors import UserError, near_matches
from preimage.networks.network import build
from preimage.steps.engine import step

_CLASSES = 1000


@step()
def list_layers(architecture: str, size: int = 224, kind: str | None = None) -> None:
    """Print the layers of an architecture of torchvision, in order of execution, for a study.

    Each line is an entry of a list in YAML, for the layers of maps or of reconstructions, such as

        - Conv2d_1a_3x3.conv    # Conv2d, 32 maps x 149 rows x 149 columns

    A size is the side of images in pixels (224 where none is given); with a kind, such as Conv2d,
    only modules of this class are printed.
    """
    model = build(architecture, _CLASSES)
    modules = {name: type(module).__name__ for name, module in model.named_modules()}
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
