"""Activations of named layers: which there are, and reading them fast and right.

A layer is a module by its own name (`layer3`, `features.4.1`), `logits`, which is the network's
output whatever its last layer is called, or, where the network can be traced, what
`torchvision.models.feature_extraction` has names for: further calls of a module
(`layer1.0.relu_1`) and operations (`flatten`).
"""

import copy
import logging
from collections.abc import Collection, Sequence
from functools import partial

import torch
from torch import Tensor, fx, nn

from preimage.descent.graphs import (
    Untraceable,
    cut,
    fold_batch_norm,
    laid_out,
    operation,
    own_copy,
    trace,
    traceable_copy,
    with_outputs,
)
from preimage.descent.hooks import NO_FEATURES, Hooked, in_order, place_of
from preimage.descent.layout import Layout, axes_of, is_activation
from preimage.descent.objective import LOGITS, Direction, Match
from preimage.descent.proof import Activations, Reader, checked_rows, proven
from preimage.errors import UserError, near_matches
from preimage.networks.prepared import Prepared, opened, prepare
from preimage.precision import DTYPES, image_dtype

log = logging.getLogger(__name__)

_RECTIFY = {"relu", "relu6"}
_KEEP_SIGN = {"maxpool", "avgpool", "adaptiveavgpool", "adaptivemaxpool", "mean", "dropout"} | {
    *("identity", "flatten", "reshape", "view", "squeeze", "permute", "transpose", "contiguous")
}


def layer_names(model: nn.Module) -> list[str]:
    """Return every name that can be asked for, in order of execution, a module's where it ends.

    Of a network that cannot be traced these are all its modules, in their own order.
    """
    network = opened(model)
    try:
        return [*trace(traceable_copy(network.network), network.output)[1]]
    except Untraceable:
        return [*(name for name, _ in network.network.named_modules() if name), LOGITS]


def execution_order(model: nn.Module, side: int) -> dict[str, int]:
    """Return the place of each layer in the order of execution, a module's where it ends.

    side: of images in pixels, for networks that cannot be traced, which are run.
    """
    network = opened(model)
    try:
        graph, nodes = trace(traceable_copy(network.network), network.output)
    except Untraceable:
        return _order_of_a_run(network, side)
    places = {node: place for place, node in enumerate(graph.nodes)}
    return {layer: places[node] for layer, node in nodes.items()}


@torch.no_grad()
def _order_of_a_run(network: Prepared, side: int) -> dict[str, int]:
    device = next((p.device for p in network.parameters()), torch.device("cpu"))
    grey = torch.full((1, 3, side, side), 0.5, device=device)
    return in_order(own_copy(network.network), prepare(grey, network.expects))


def before_relus(model: nn.Module, layer: str) -> list[str]:
    """Return the layers that go into the ReLUs which keep all of `layer` at or above 0, if they do.

    Between only pooling, reshaping and joining branches may stand: then a feature of `layer` has no
    gradient where everything in front of its ReLU is negative. Branches come in their order. Of a
    network that cannot be traced none are known.
    """
    network = opened(model)
    root = traceable_copy(network.network)
    try:
        _, nodes = trace(root, network.output)
    except Untraceable:
        return []
    names = {node: name for name, node in nodes.items()}
    before = _before_relus(nodes[layer], root) if layer in nodes else []
    return [names[node] for node in before if node in names]


def _before_relus(node: fx.Node, model: nn.Module) -> list[fx.Node]:
    while operation(node, model) in _KEEP_SIGN:
        node = node.all_input_nodes[0]
    if operation(node, model) == "cat":
        branches = [_before_relus(branch, model) for branch in node.all_input_nodes]
        return [fed for branch in branches for fed in branch] if all(branches) else []
    return node.all_input_nodes[:1] if operation(node, model) in _RECTIFY else []


def before_last_weights(model: nn.Module) -> str | None:
    """Return the layer that goes into the last operation with weights: a network's features.

    For a classifier that is what its last linear layer, or convolution, turns into classes. None of
    a network that cannot be traced. Raises UserError where nothing but the image goes in.
    """
    network = opened(model)
    root = traceable_copy(network.network)
    try:
        fed = _fed(*trace(root, network.output), root)
    except Untraceable:
        return None
    if fed is None:
        raise UserError(NO_FEATURES)
    return fed


def _fed(graph: fx.Graph, nodes: dict[str, fx.Node], root: nn.Module) -> str | None:
    names = {node: name for name, node in nodes.items()}
    for node in reversed(graph.nodes):
        if node.op == "call_module" and [*root.get_submodule(node.target).parameters()]:
            return names.get(node.all_input_nodes[0])
    return None


class Extractor:
    """Reads the activations of some layers; nothing behind the deepest of them is computed.

    Works on a copy of `model` with frozen parameters and channels last. What is read is what the
    layer gave, also where the next operation works in place. The caller's model stays as it was;
    weights that need no change share its memory: a network of gigabytes is not there twice.

    Of two ways to read the fast one is a trace of the network, with BatchNorm folded into the
    convolutions that are not themselves asked for. It is believed where it proves to give what the
    module's own forward and hooks give, for each size of images, and for an image alone as beside
    another one (`proof.proven`); else the module runs as it is, with hooks, which takes longer.

    Raises UserError for an unknown layer, with near matches; when it reads, for a network whose
    forward does not give the same for the same image.
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
        self.device, self.name = torch.device(device), name
        self._network = opened(model)
        self._traced, self._read = self._trace(), None
        self._by_trace = self._traced is not None
        self._format = torch.channels_last if self._by_trace else torch.contiguous_format
        self._shapes: dict[int, dict[str, tuple[int, ...]]] = {}  # by side: proven there
        self._layouts: dict[int, dict[str, Layout]] = {}

    def __call__(self, images: Tensor) -> Activations:
        """Map images [B, 3, S, S] to activations [B, ...] by layer name, in the image's type."""
        self._shapes_at(images.shape[-1])
        given = prepare(images, self._network.expects)
        activations = self._reader()(given.to(self.dtype, memory_format=self._format))
        return {layer: value.to(self.result_dtype) for layer, value in activations.items()}

    def layouts(self, side: int) -> dict[str, Layout]:
        """Return how each layer is laid out for square images of `side` pixels.

        Raises UserError where the network cannot take images of that side.
        """
        if side not in self._layouts:
            shapes = self._shapes_at(side)
            cubes = any(len(shape) == 3 and len({*shape}) == 1 for shape in shapes.values())
            others = self._shapes_at(side + 64) if cubes else shapes
            self._layouts[side] = {
                layer: Layout(layer, axes_of(layer, others[layer]), shape)
                for layer, shape in shapes.items()
            }
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

    def rest(self) -> None:
        """Free the memory of what reads. What has been proven stays; the next images wake it."""
        self._traced = self._read = None

    def _shapes_at(self, side: int) -> dict[str, tuple[int, ...]]:
        """Return the shape of each layer, without the batch, from the proof at that side."""
        if side not in self._shapes:
            seen = self._proven(side)
            for layer in self.layers:
                if not isinstance(seen.get(layer), Tensor):
                    given = _named(seen[layer]) if layer in seen else "nothing"
                    raise UserError(
                        f"layer {layer} gives {given}, no activation: choose another one"
                    )
            self._shapes[side] = {layer: tuple(seen[layer].shape[1:]) for layer in self.layers}
        return self._shapes[side]

    def _proven(self, side: int) -> Activations:
        """Return what two images give, read in the way that is right at that side."""
        two = _two_images(side).to(self.device, self.result_dtype)
        given = prepare(two, self._network.expects)
        try:
            if self.device.type == "meta":
                return self._unproven(given)
            try:
                return self._compared(given, [*self.layers, LOGITS])
            except (UserError, torch.OutOfMemoryError):
                raise
            except Exception:  # too small, perhaps, for what runs behind the layers
                if LOGITS in self.layers:
                    raise
                return self._compared(given, self.layers)
        except (UserError, torch.OutOfMemoryError):
            raise
        except Exception as error:  # of torch, or of the user's own forward
            raise UserError(
                f"{self.name} cannot take images of {side} x {side} pixels, choose another size "
                f"or mend its forward: {error}"
            ) from error

    def _compared(self, two: Tensor, layers: Sequence[str]) -> Activations:
        """Compare the trace, if there is one, with the module, and read as is right from now on."""
        seen, why = proven(partial(self._module, layers), self._part(layers), two, self.name)
        if why is not None and self._format == torch.channels_last:  # which not all can view
            self._format = torch.contiguous_format
            laid_out(self._whole(), self._format)
            self._read = None
            seen, why = proven(partial(self._module, layers), self._part(layers), two, self.name)
        if why is not None:
            self._read_by_hooks(f"its trace is not right: {why}")
        return seen

    def _part(self, layers: Sequence[str]) -> Reader | None:
        """Return what reads the layers just as they will be read, and others beside them."""
        if not self._by_trace:
            return None
        others = {*layers} - {*self.layers}
        parts = [cut(self._whole(), some) for some in (self.layers, others) if some]

        def read(images: Tensor) -> Activations:
            given = (images.contiguous(memory_format=self._format) for _ in parts)
            found = (part.forward(one) for part, one in zip(parts, given, strict=True))
            return {layer: value for some in found for layer, value in some.items()}

        return read

    def _module(self, layers: Sequence[str]) -> Hooked:
        """Return what reads those of the layers that a module can be asked for."""
        named = layers
        if self._by_trace:
            # A further call may be counted otherwise by a trace, which has names for operations.
            named = [name for name in layers if name == LOGITS or self._place(name) == (name, 0)]
        if not named:
            raise UserError(
                f"{self.name} gives no {LOGITS} of so small images, and nothing else to compare "
                f"with what is read at {', '.join(layers)}: choose a module, or a larger size"
            )
        return self._hooked(named, self.result_dtype)

    @torch.no_grad()
    def _unproven(self, two: Tensor) -> Activations:
        """Return what images without values give, for their shapes."""
        two = two.to(self.dtype)
        if self._by_trace:
            try:
                return checked_rows(self._reader()(two), len(two), self.name)
            except UserError:
                raise
            except Exception as error:
                self._read_by_hooks(str(error))
        return checked_rows(self._hooked(self.layers)(two), len(two), self.name)

    def _trace(self) -> fx.GraphModule | None:
        """Return the traced network, which gives `logits` beside the layers; None if there is none.

        Raises UserError for an unknown layer.
        """
        root = traceable_copy(self._network.network)
        try:
            graph, nodes = trace(root, self._network.output)
        except Untraceable as error:
            self._check_known([*layer_names(self._network)])
            self._tell(f"its forward cannot be traced: {error}")
            return None
        if hidden := [layer for layer in self.layers if layer not in nodes]:
            self._check_known([*nodes])
            self._tell(f"a trace does not see into {', '.join(hidden)}")
            return None
        wanted = {layer: nodes[layer] for layer in (*self.layers, LOGITS)}
        whole = with_outputs(root, graph, wanted).requires_grad_(requires_grad=False)
        if self.device.type == "meta":  # nothing is computed, so there is nothing to fold either
            whole.to("meta")
        fold_batch_norm(whole, self.result_dtype)
        return laid_out(whole.to(self.device, self.result_dtype), torch.channels_last)

    def _check_known(self, known: Sequence[str]) -> None:
        """Raise UserError for a layer that is neither known nor a module or a call of one."""
        for layer in self.layers:
            if layer not in known and not self._place(layer):
                raise UserError(
                    f"{self.name} has no layer {layer!r}{near_matches(layer, known)}; "
                    f"there are {len(known)}, from {known[0]} to {known[-2]} and {LOGITS}"
                )

    def _whole(self) -> fx.GraphModule:
        """Return the traced network, traced once more after a rest."""
        if self._traced is None:
            self._traced = laid_out(self._trace(), self._format)
        return self._traced

    def _reader(self) -> Reader:
        if self._read is None:
            self._read = self._fast() if self._by_trace else self._hooked(self.layers)
        return self._read

    def _fast(self) -> Reader:
        part = cut(self._whole(), self.layers)
        if self.dtype != self.result_dtype:
            part = copy.deepcopy(part).to(self.dtype)
        return part.forward  # a plain call prints errors to the screen

    def _hooked(self, layers: Collection[str], dtype: torch.dtype | None = None) -> Hooked:
        network = own_copy(self._network.network).to(self.device, dtype or self.dtype)
        return Hooked(network, layers, self._network.output)

    def _read_by_hooks(self, why: str) -> None:
        """Take the slower reader from now on. Raises UserError where it does not know a layer."""
        for layer in self.layers:
            if layer != LOGITS and not self._place(layer):
                raise UserError(
                    f"layer {layer} of {self.name} is no module, and the trace that knows it is "
                    f"not right ({why}): choose a module"
                )
        self._tell(why)
        self._by_trace, self._format = False, torch.contiguous_format
        self.rest()

    def _place(self, layer: str) -> tuple[str, int] | None:
        return place_of(layer, self._network.network)

    def _tell(self, why: str) -> None:
        log.warning("%s is read by hooks, which takes longer: %s", self.name, why)


def _named(value: object) -> str:
    return repr(value) if isinstance(value, int | float | str) else f"a {type(value).__name__}"


def _two_images(side: int) -> Tensor:
    """Return two images that differ much, [2, 3, side, side]: both go where descents do.

    One leaves 0 ... 1 and is flat in a part, the other is noise within.
    """
    two = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(side))
    two[0] = 3 * two[0] - 1
    two[0, :, : side // 2] = torch.tensor([1.6, 0.4, -0.6]).view(3, 1, 1)
    return two


def every_layout(model: nn.Module, side: int) -> list[Layout]:
    """Return how each layer that can be asked for is laid out, in order of execution.

    Left out is what is no activation of one image: sizes, indices, the weights of attention.
    Nothing is computed, and no activation kept. Raises UserError where the network cannot take
    images of `side` pixels.
    """
    Extractor(model, [LOGITS], device="meta").layouts(side)
    network = opened(model)
    root = traceable_copy(network.network).to("meta")
    try:
        graph, nodes = trace(root, network.output)
        read: Reader = with_outputs(root, graph, nodes).forward
    except Untraceable:
        read = Hooked(root, layer_names(model), network.output)
    with torch.no_grad():
        one, two = (read(torch.zeros(n, 3, side, side, device="meta")) for n in (1, 2))
    layers = [layer for layer, value in one.items() if is_activation(value)]
    layers = [layer for layer in layers if len(two[layer]) == 2]  # not the same for all images
    return list(Extractor(model, layers, device="meta").layouts(side).values())
