"""Graphs of networks: which operation gives which layer, cut behind some, BatchNorm folded."""

import copy
import inspect
import math
import operator
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any, TypeVar

import torch
from torch import Tensor, fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from preimage.descent.attention import open_attention
from preimage.descent.objective import LOGITS
from preimage.errors import UserError
from preimage.networks.prepared import chosen
from preimage.networks.vision import torchvision

# What may stand between a tensor and a view of its memory.
_VIEWS = {"view", "reshape", "flatten", "unflatten", "permute", "transpose", "t", "squeeze"} | {
    *("unsqueeze", "expand", "chunk", "split", "unbind", "getitem", "narrow", "select", "detach"),
    *("identity", "dropout", "contiguous", "to", "movedim", "swapaxes", "stochasticdepth"),
    *("getattr", "viewas", "expandas", "tensorsplit", "unfold", "hsplit", "vsplit", "diagonal"),
}
_IN_PLACE = {operator.setitem} | {
    getattr(operator, f"i{name}") for name in ("add", "sub", "mul", "truediv", "pow", "matmul")
}


T = TypeVar("T")


class Untraceable(Exception):  # noqa: N818  it is caught where another reader takes over
    """Why the forward of a network cannot be traced."""


def trace(network: nn.Module, output: str | None = None) -> tuple[fx.Graph, dict[str, fx.Node]]:
    """Return the graph of a forward in eval mode and the node that gives each layer, by name.

    Layers come in order of execution, a module's where it ends, `logits` last; `output` says which
    of several outputs that is. Raises Untraceable.
    """
    tracer = _Tracer(network)
    try:
        graph = tracer.trace(network, _defaults(network))
    except Exception as error:  # a forward that meets no tensors can fail in any way
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise Untraceable(reason) from error
    end = _output(graph)
    if output is not None or not isinstance(end.args[0], fx.Node):
        with graph.inserting_before(end):
            end.args = (graph.call_function(chosen, (end.args[0], output)),)
    _forget_defaults(graph)
    there = {*graph.nodes}
    layers = {layer: node for layer, node in tracer.layers.items() if node in there}
    return graph, layers | {LOGITS: end.args[0]}


def _defaults(network: nn.Module) -> dict[str, Any]:
    """Return what forward takes beside the images: a tracer would take it for tensors as well."""
    parameters = [*inspect.signature(network.forward).parameters.values()][1:]
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def _forget_defaults(graph: fx.Graph) -> None:
    """Drop what checks at each call that nothing but images came in."""
    for default in [node for node in graph.nodes if node.op == "placeholder"][1:]:
        for checked in list(default.users):
            for check in list(checked.users):
                graph.erase_node(check)
            graph.erase_node(checked)
        graph.erase_node(default)


class _Tracer(fx.Tracer):
    """Traces a network and remembers which node gives each layer.

    A module has its own name. Its further calls (`relu_1`), and operations by the module that they
    are in (`layer1.0.add`, `flatten`), are called as torchvision calls them, unless a module has
    that name. torchvision's tracer takes its composite modules (an MLP, a convolution with its
    BatchNorm) as one node; here their parts have names too.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__(autowrap_modules=(math, torchvision.ops))
        self.layers: dict[str, fx.Node] = {}
        self._modules = {name for name, _ in network.named_modules()}
        self._inside = ""
        self._calls: Counter[str] = Counter()

    def is_leaf_module(self, module: nn.Module, name: str) -> bool:
        """Whether a module is one node.

        torch's own are, transforms, which ask what they see, and what anyone made of a convolution
        or a BatchNorm, so that these can be folded; not what has an activation inside.
        """
        transforms = type(module).__module__.startswith("torchvision.transforms")
        alone = isinstance(module, nn.BatchNorm2d) and not [*module.children()]
        known = transforms or alone or isinstance(module, nn.Conv2d)
        return known or super().is_leaf_module(module, name)

    def call_module(self, module: nn.Module, forward: Any, args: Any, kwargs: Any) -> Any:  # noqa: ANN401
        """Trace a module, and note what it gives."""
        before, self._inside = self._inside, self.path_of_module(module)
        try:
            given = super().call_module(module, forward, args, kwargs)
            self._note(self._inside, only_tensor(given, fx.Proxy))
        finally:
            self._inside = before
        return given

    def create_proxy(self, kind: str, *args: Any, **kwargs: Any) -> fx.Proxy:  # noqa: ANN401
        """Trace an operation, and note what it gives."""
        proxy = super().create_proxy(kind, *args, **kwargs)
        if kind in ("call_function", "call_method"):
            name = re.sub(r"_\d+$", "", proxy.node.name)
            self._note(f"{self._inside}.{name}".removeprefix("."), proxy)
        return proxy

    def _note(self, name: str, proxy: fx.Proxy | None) -> None:
        call = self._calls[name]
        self._calls[name] += 1
        if proxy is not None and name:
            self.layers[self._free(name, call)] = proxy.node

    def _free(self, name: str, call: int) -> str:
        """Return the name of a call: no module's but its own at its first call."""
        if call == 0 and (name == self._inside or name not in self._modules):
            return name
        taken = self._modules | self.layers.keys()
        numbered = (f"{name}_{number}" for number in range(max(call, 1), 10**9))
        return next(one for one in numbered if one not in taken)


def only_tensor(given: object, kind: type[T]) -> T | None:
    """Return what a module gave if that is one tensor; attention gives one and None."""
    if isinstance(given, tuple | list):
        found = [part for part in given if part is not None]
        given = found[0] if len(found) == 1 else None
    return given if isinstance(given, kind) else None


def operation(node: fx.Node, model: nn.Module) -> str:
    """Return one name for an operation and its module: nn.MaxPool2d and max_pool2d are maxpool."""
    if node.op == "call_module":
        name = type(model.get_submodule(node.target)).__name__
    else:
        name = getattr(node.target, "__name__", str(node.target))
    return re.sub("_|[123]d$", "", name.lower())


def traceable_copy(network: nn.Module) -> nn.Module:
    """Return a copy in eval mode whose attention can be read; see `own_copy`."""
    return open_attention(own_copy(network))


def own_copy(network: nn.Module) -> nn.Module:
    """Return a copy in eval mode.

    Its parameters are new, and frozen, but share memory until they are converted. So do tensors
    that a forward left in the module, which cannot be copied with their history.
    """
    try:
        shared: dict[int, Any] = {
            id(p): nn.Parameter(p.detach(), requires_grad=False) for p in network.parameters()
        }
        for module in network.modules():
            left = _left(vars(module).values())
            shared |= {id(t): t.detach() for t in left if t.grad_fn is not None}
        return copy.deepcopy(network, shared).eval()
    except Exception as error:  # of whatever else a foreign module holds
        raise UserError(
            f"{type(network).__name__} cannot be copied, and it is a copy that is read: {error}"
        ) from error


def _left(values: Iterable[object]) -> Iterator[Tensor]:
    """Yield the tensors among what a module holds, and in its lists and dictionaries."""
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, dict):
            yield from _left(value.values())
        elif isinstance(value, list | tuple):
            yield from _left(value)


def with_outputs(network: nn.Module, graph: fx.Graph, nodes: dict[str, fx.Node]) -> fx.GraphModule:
    """Return a network that gives some layers, as a dictionary, each as it was when it was new."""
    _output(graph).args = ({layer: _kept(node) for layer, node in nodes.items()},)
    _drop_unneeded(graph, network)
    return fx.GraphModule(network, graph)


def cut(whole: fx.GraphModule, layers: Collection[str]) -> fx.GraphModule:
    """Return the part of a network of `with_outputs` that gives `layers`; they share modules."""
    graph = copy.deepcopy(whole.graph)
    end = _output(graph)
    end.args = ({layer: end.args[0][layer] for layer in layers},)
    _drop_unneeded(graph, whole)
    return fx.GraphModule(whole, graph)


def _output(graph: fx.Graph) -> fx.Node:
    return next(node for node in reversed(graph.nodes) if node.op == "output")


def _kept(node: fx.Node) -> fx.Node:
    """Return a node that copies what `node` gives before a later one changes it in place."""
    with node.graph.inserting_after(node):
        return node.graph.call_function(_copied, (node,))


def _copied(value: object) -> object:
    return value.clone() if isinstance(value, Tensor) else value


def _drop_unneeded(graph: fx.Graph, network: nn.Module) -> None:
    """Drop what the output does not need.

    It needs what changes in place something that is used later, though nobody takes the result;
    and checks of shapes up to its deepest node.
    """
    needed: set[fx.Node] = set()
    used: set[fx.Node] = set()  # by what is needed and runs later
    behind = True
    for node in reversed(graph.nodes):
        behind = behind and (node.target is not _copied or needed.isdisjoint(node.users))
        checks = node.op == "call_function" and node.is_impure() and not behind
        alters = _changes_in_place(node, network) and not used.isdisjoint(
            fed for first in node.all_input_nodes[:1] for fed in _memory(first, network)
        )
        ends = node.op in ("placeholder", "output")
        if ends or checks or alters or not needed.isdisjoint(node.users):
            needed.add(node)
            used.update(*(_memory(fed, network) for fed in node.all_input_nodes))
        else:
            graph.erase_node(node)


def _changes_in_place(node: fx.Node, network: nn.Module) -> bool:
    """Whether an operation changes what goes in; where in doubt, that it does."""
    if node.op == "call_module":
        return bool(getattr(network.get_submodule(node.target), "inplace", False))
    if node.op == "call_method":
        return node.target.endswith("_")
    if node.op != "call_function":
        return False
    told = any(word is True for word in (*node.args, node.kwargs.get("inplace")))
    called = getattr(node.target, "__name__", "")
    return told or "out" in node.kwargs or node.target in _IN_PLACE or called.endswith("_")


def _memory(node: fx.Node, network: nn.Module) -> Iterator[fx.Node]:
    """Yield a node and those whose memory it is too: what it views, or has changed in place."""
    yield node
    while node.all_input_nodes and (
        operation(node, network) in _VIEWS or _changes_in_place(node, network)
    ):
        node = node.all_input_nodes[0]
        yield node


def fold_batch_norm(graph: fx.GraphModule, dtype: torch.dtype) -> None:
    """Fold each BatchNorm into the convolution that feeds only it, in float64, then in `dtype`.

    Of weights without storage the shapes stay as they are. Convolutions of anyone's, such as those
    that pad by themselves, are folded where that gives what both give.
    """
    modules = dict(graph.named_modules())
    for node in list(graph.graph.nodes):
        conv = node.args[0] if node.op == "call_module" and node.args else None
        if not (isinstance(conv, fx.Node) and _foldable(modules, conv, node)):
            continue
        pair = modules[conv.target], modules[node.target]
        if not pair[0].weight.is_meta:
            double = [copy.deepcopy(module).double() for module in pair]
            fused = fuse_conv_bn_eval(*double)
            if not (_are_plain(pair) or _gives_the_same(fused, *double)):
                continue
            graph.set_submodule(conv.target, fused.to(dtype))
        node.replace_all_uses_with(conv)
        graph.graph.erase_node(node)
    graph.graph.lint()
    graph.recompile()


def laid_out(graph: fx.GraphModule, memory_format: torch.memory_format) -> fx.GraphModule:
    """Return a graph whose weights of convolutions lie in memory in that order."""
    for weight in graph.parameters():
        if weight.ndim == 4:
            weight.data = weight.data.contiguous(memory_format=memory_format)
    return graph


def _foldable(modules: dict[str, nn.Module], conv: fx.Node, norm: fx.Node) -> bool:
    calls = [n.target for n in norm.graph.nodes if n.op == "call_module"]
    return (
        conv.op == "call_module"
        and isinstance(modules[conv.target], nn.Conv2d)
        and isinstance(modules[norm.target], nn.BatchNorm2d)
        and modules[norm.target].running_mean is not None
        and not modules[norm.target].training
        and not any(_is_changed(modules[node.target]) for node in (conv, norm))
        and len(conv.users) == 1
        and calls.count(conv.target) == calls.count(norm.target) == 1
    )


def _is_changed(module: nn.Module) -> bool:
    """Whether something hooked on to a module, or put in place of its weights, has a say."""
    forward = module._forward_hooks or module._forward_pre_hooks
    backward = module._backward_hooks or module._backward_pre_hooks
    return bool(forward or backward) or nn.utils.parametrize.is_parametrized(module)


def _are_plain(pair: tuple[nn.Module, nn.Module]) -> bool:
    return type(pair[0]) is nn.Conv2d and type(pair[1]) is nn.BatchNorm2d


@torch.no_grad()
def _gives_the_same(fused: nn.Module, conv: nn.Module, norm: nn.Module) -> bool:
    """Whether a folded convolution, of whatever class, gives what both of a pair give."""
    generator = torch.Generator().manual_seed(0)
    shape = (1, conv.in_channels, 4 * conv.kernel_size[0], 4 * conv.kernel_size[1])
    seen = torch.rand(shape, generator=generator, dtype=torch.float64).to(conv.weight.device)
    try:
        return torch.allclose(fused(seen), norm(conv(seen)), rtol=1e-6, atol=1e-8)
    except RuntimeError:
        return False
