"""Graphs of networks: which operation gives which layer, cut behind some, BatchNorm folded."""

import copy
import math
import re

import torch
from torch import Tensor, fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from preimage.descent.attention import open_attention
from preimage.descent.objective import LOGITS
from preimage.errors import UserError, near_matches
from preimage.networks.vision import NodePathTracer, torchvision


def trace(model: nn.Module) -> tuple[fx.Graph, dict[str, fx.Node]]:
    """Return the graph of a forward in eval mode and the node that gives each layer, by name.

    They come in order of execution, `logits` last. torchvision's own functions take its composite
    modules (an MLP, a convolution with its BatchNorm) as one node; here their parts have names too.
    """
    tracer = NodePathTracer(autowrap_modules=(math, torchvision.ops))
    graph = tracer.trace(model)
    last: dict[str, fx.Node] = {}
    for node, name in tracer.node_to_qualname.items():
        if node.op in ("call_module", "call_function", "call_method"):
            parts = name.split(".")
            last.update({".".join(parts[:i]): node for i in range(1, len(parts) + 1)})
    return graph, last | {LOGITS: _output(graph).all_input_nodes[0]}


def operation(node: fx.Node, model: nn.Module) -> str:
    """Return one name for an operation and its module: nn.MaxPool2d and max_pool2d are maxpool."""
    if node.op == "call_module":
        name = type(model.get_submodule(node.target)).__name__
    else:
        name = getattr(node.target, "__name__", str(node.target))
    return re.sub("_|[123]d$", "", name.lower())


def own_copy(model: nn.Module) -> nn.Module:
    """Return a copy in eval mode whose attention can be read.

    Its parameters are new, and frozen, but share memory until they are converted.
    """
    shared = {id(p): nn.Parameter(p.detach(), requires_grad=False) for p in model.parameters()}
    return open_attention(copy.deepcopy(model, shared).eval())


def cut(model: nn.Module, layers: tuple[str, ...], name: str) -> fx.GraphModule:
    """Return the part of a network that gives `layers`, as a dictionary.

    Raises UserError for an unknown layer, with near matches; `name` is what it calls the network.
    """
    graph, nodes = trace(model)
    known = [*nodes]
    for layer in layers:
        if layer not in known:
            raise UserError(
                f"{name} has no layer {layer!r}{near_matches(layer, known)}; "
                f"there are {len(known)}, from {known[0]} to {known[-2]} and {LOGITS}"
            )
    _output(graph).args = ({layer: _kept(nodes[layer]) for layer in layers},)
    _drop_unused(graph, keep={nodes[layer] for layer in layers})
    return fx.GraphModule(model, graph)


def _output(graph: fx.Graph) -> fx.Node:
    return next(node for node in graph.nodes if node.op == "output")


def _kept(node: fx.Node) -> fx.Node:
    """Return a node that copies what `node` gives before a later one changes it in place."""
    with node.graph.inserting_after(node):
        return node.graph.call_function(_copied, (node,))


def _copied(value: object) -> object:
    return value.clone() if isinstance(value, Tensor) else value


def _drop_unused(graph: fx.Graph, keep: set[fx.Node]) -> None:
    """Drop what the output does not need; shape checks stay up to the deepest node of `keep`."""
    behind = True
    for node in reversed(graph.nodes):
        behind = behind and node not in keep
        if node.op in ("placeholder", "output") or node.users:
            continue
        checks = node.op == "call_function" and node.is_impure()
        if behind or not checks:
            graph.erase_node(node)


def fold_batch_norm(graph: fx.GraphModule, dtype: torch.dtype) -> None:
    """Fold each BatchNorm into the convolution that feeds only it, in float64, then in `dtype`."""
    modules = dict(graph.named_modules())
    for node in list(graph.graph.nodes):
        conv = node.args[0] if node.op == "call_module" else None
        if not (isinstance(conv, fx.Node) and _foldable(modules, conv, node)):
            continue
        pair = (copy.deepcopy(modules[module.target]).double() for module in (conv, node))
        graph.set_submodule(conv.target, fuse_conv_bn_eval(*pair).to(dtype))
        node.replace_all_uses_with(conv)
        graph.graph.erase_node(node)
    graph.graph.lint()
    graph.recompile()


def _foldable(modules: dict[str, nn.Module], conv: fx.Node, norm: fx.Node) -> bool:
    calls = [n.target for n in norm.graph.nodes if n.op == "call_module"]
    return (
        conv.op == "call_module"
        and isinstance(modules[conv.target], nn.Conv2d)
        and isinstance(modules[norm.target], nn.BatchNorm2d)
        and modules[norm.target].running_mean is not None
        and len(conv.users) == 1
        and calls.count(conv.target) == calls.count(norm.target) == 1
    )
