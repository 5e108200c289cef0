"""Activations of named layers: which there are, how they are laid out, and reading them fast.

A layer is a name as `torchvision.models.feature_extraction` prints it: a module (`layer3`,
`features.4.1`), one of its calls (`layer1.0.relu_1`), an operation (`flatten`), or `logits`, which
is the network's output whatever its last layer is called.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, fx, nn

from preimage.descent.graphs import cut, fold_batch_norm, operation, own_copy, trace
from preimage.descent.objective import LOGITS, Direction, Match, Span
from preimage.errors import UserError
from preimage.precision import DTYPES, image_dtype

_RECTIFY = {"relu", "relu6"}
_KEEP_SIGN = {"maxpool", "avgpool", "adaptiveavgpool", "adaptivemaxpool", "mean", "dropout"} | {
    *("identity", "flatten", "reshape", "view", "squeeze", "permute", "transpose", "contiguous")
}


def layer_names(model: nn.Module) -> list[str]:
    """Return every name that can be asked for, in order of execution, modules included."""
    return [*trace(own_copy(model))[1]]


def execution_order(model: nn.Module) -> dict[str, int]:
    """Return the place of each layer in the order of execution, a module's where it ends."""
    graph, nodes = trace(own_copy(model))
    places = {node: place for place, node in enumerate(graph.nodes)}
    return {layer: places[node] for layer, node in nodes.items()}


def before_relus(model: nn.Module, layer: str) -> list[str]:
    """Return the layers that go into the ReLUs which keep all of `layer` at or above 0, if they do.

    Between only pooling, reshaping and joining branches may stand: then a feature of `layer` has no
    gradient where everything in front of its ReLU is negative. Branches come in their order.
    """
    model = own_copy(model)
    _, nodes = trace(model)
    names = {node: name for name, node in nodes.items()}
    return [names[node] for node in _before_relus(nodes[layer], model) if node in names]


def _before_relus(node: fx.Node, model: nn.Module) -> list[fx.Node]:
    while operation(node, model) in _KEEP_SIGN:
        node = node.all_input_nodes[0]
    if operation(node, model) == "cat":
        branches = [_before_relus(branch, model) for branch in node.all_input_nodes]
        return [fed for branch in branches for fed in branch] if all(branches) else []
    return node.all_input_nodes[:1] if operation(node, model) in _RECTIFY else []


def before_last_weights(model: nn.Module) -> str:
    """Return the layer that goes into the last operation with weights: a network's features.

    For a classifier that is what its last linear layer, or convolution, turns into classes.
    Raises UserError where nothing but the image goes in.
    """
    model = own_copy(model)
    graph, nodes = trace(model)
    names = {node: name for name, node in nodes.items()}
    for node in reversed(graph.nodes):
        if node.op == "call_module" and _weights(model, node):
            fed = node.all_input_nodes[0]
            if fed in names:
                return names[fed]
            break
    raise UserError("the network has no layer before its last weights: choose another one")


def _weights(model: nn.Module, node: fx.Node) -> list[nn.Parameter]:
    return list(model.get_submodule(node.target).parameters())


@dataclass(frozen=True)
class Layout:
    """How one layer's activation is laid out, without the batch: its axes and their lengths."""

    layer: str
    axes: tuple[str, ...]
    shape: tuple[int, ...]

    def locate(self, term: Direction) -> tuple[int | slice, ...]:
        """Return what indexes one item's activation. Raises UserError for an address not there."""
        named = dict(zip(self._names(term), term.index, strict=False))
        if len(term.index) > len(self._names(term)):
            raise UserError(f"{term}: {self} has {len(self.axes)} axes, {len(term.index)} given")
        return tuple(
            self._position(term, axis, length, named.get(axis, Span()))
            for axis, length in zip(self.axes, self.shape, strict=True)
        )

    def _names(self, term: Direction) -> tuple[str, ...]:
        if "token" in self.axes and term.index and not term.tokens:
            raise UserError(
                f"{term}: {self}; say which token and which feature: [token=0, feature=5], "
                "or [feature=5] of all tokens, which in maps is axis: feature"
            )
        names = ("map", "row", "column") if "map" in self.axes else self.axes
        if term.tokens and "token" not in self.axes:
            raise UserError(f"{term}: {self}, not tokens; give [{', '.join(names)}]")
        return names

    def _position(self, term: Direction, axis: str, length: int, at: int | Span) -> int | slice:
        if isinstance(at, Span):
            chosen = range(length)[at.start : at.stop]
            if len(chosen) == 0 or (at.stop or 0) > length:
                raise UserError(f"{term}: {axis} {at} holds nothing valid, {self}")
            return slice(at.start, at.stop)
        if at >= length:
            raise UserError(f"{term}: there is no {axis} {at}, {self} ({axis} 0 to {length - 1})")
        return at

    @property
    def lengths(self) -> str:
        """The lengths of all axes: ``96 maps x 111 rows x 111 columns``."""
        return " x ".join(f"{n} {a}s" for a, n in zip(self.axes, self.shape, strict=True))

    def __str__(self) -> str:
        return f"layer {self.layer} gives {self.lengths}"


class Extractor:
    """Reads the activations of some layers; nothing behind the deepest of them is computed.

    Works on a copy of `model` with frozen parameters, BatchNorm folded into convolutions that are
    not themselves asked for, and channels last. Weights that need no change share the memory of the
    caller's: a network of gigabytes is not there twice. What is read is what the layer gave, also
    where the next operation works in place. The caller's model stays as it was.

    Raises UserError for an unknown layer, with near matches.
    """

    def __init__(
        self,
        model: nn.Module,
        layers: Sequence[str],
        *,
        precision: str = "float32",
        device: str | torch.device = "cpu",
        name: str = "the network",
    ) -> None:
        self.layers = tuple(dict.fromkeys(layers))
        self.dtype, self.result_dtype = DTYPES[precision], image_dtype(precision)
        graph = cut(own_copy(model), self.layers, name)
        if torch.device(device).type != "meta":  # where nothing is computed, shapes alone count
            fold_batch_norm(graph, self.dtype)
        graph.requires_grad_(requires_grad=False)
        self._graph = graph.to(device=device, dtype=self.dtype, memory_format=torch.channels_last)
        self.device, self.name = torch.device(device), name
        self._layouts: dict[int, dict[str, Layout]] = {}  # by side: found out once

    def __call__(self, images: Tensor) -> dict[str, Tensor]:
        """Map images [B, 3, H, W] to activations [B, ...] by layer name, in the image's type."""
        images = images.to(dtype=self.dtype, memory_format=torch.channels_last)
        activations = self._graph.forward(images)  # a plain call prints errors to the screen
        for layer, value in activations.items():
            if not isinstance(value, Tensor):
                raise UserError(f"layer {layer} gives {value!r}, no activation: choose another one")
        return {layer: value.to(self.result_dtype) for layer, value in activations.items()}

    def layouts(self, side: int) -> dict[str, Layout]:
        """Return how each layer is laid out for square images of `side` pixels.

        Raises UserError where the network cannot take images of that side.
        """
        if side not in self._layouts:
            self._layouts[side] = self._layouts_of(side)
        return self._layouts[side]

    def check(self, parts: Collection[Direction | Match], sides: Collection[int]) -> None:
        """Raise UserError where there is nothing at an address, of images of any of `sides`."""
        at: dict[int, list[Direction | Match]] = {}
        for part in parts:
            for side in {part.side or side for side in sides}:
                at.setdefault(side, []).append(part)
        for side, seen in at.items():
            layouts = self.layouts(side)
            for part in seen:
                if isinstance(part, Direction):
                    layouts[part.layer].locate(part)

    @torch.no_grad()
    def _layouts_of(self, side: int) -> dict[str, Layout]:
        try:
            shapes = self._shapes(side)
        except torch.OutOfMemoryError:
            raise
        except (RuntimeError, AssertionError) as error:  # of torch and of vision transformers
            raise UserError(
                f"{self.name} cannot take images of {side} x {side} pixels, choose another size: "
                f"{error}"
            ) from error
        cubes = [layer for layer, shape in shapes.items() if len(shape) == 3 and len({*shape}) == 1]
        others = self._shapes(side + 64) if cubes else {}
        return {
            layer: Layout(layer, _axes(layer, others.get(layer, shape)), shape)
            for layer, shape in shapes.items()
        }

    def _shapes(self, side: int) -> dict[str, tuple[int, ...]]:
        images = torch.zeros(1, 3, side, side, device=self.device)
        return {layer: tuple(value.shape[1:]) for layer, value in self(images).items()}


def every_layout(model: nn.Module, side: int) -> list[Layout]:
    """Return how each layer that can be asked for is laid out, in order of execution.

    Left out is what is no activation of one image: sizes, indices, the weights of attention.
    Raises UserError where the network cannot take images of `side` pixels.
    """
    Extractor(model, [LOGITS]).layouts(side)
    graph = cut(own_copy(model), tuple(layer_names(model)), "the network")
    with torch.no_grad():
        values = graph.forward(torch.zeros(1, 3, side, side))
    layers = [layer for layer, value in values.items() if _is_activation(value)]
    return list(Extractor(model, layers).layouts(side).values())


def _axes(layer: str, shape: tuple[int, ...]) -> tuple[str, ...]:
    """Name the axes of the activation of a square image.

    Rows and columns are as many, which tells feature maps with channels first (most networks) from
    those with channels last (Swin, inside ConvNeXt's blocks).
    """
    if len(shape) == 1:
        return ("feature",)
    if len(shape) == 2:
        return ("token", "feature")
    if len(shape) == 3 and shape[1] == shape[2]:
        return ("map", "row", "column")
    if len(shape) == 3 and shape[0] == shape[1]:
        return ("row", "column", "map")
    raise UserError(
        f"layer {layer} gives {' x '.join(map(str, shape))}: neither features, tokens nor square "
        "maps; choose another layer"
    )


def _is_activation(value: object) -> bool:
    if not isinstance(value, Tensor) or not value.is_floating_point() or len(value) != 1:
        return False
    try:
        return bool(_axes("", tuple(value.shape[1:])))
    except UserError:
        return False
