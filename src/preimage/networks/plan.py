"""What decides a network: the plan that every step reads which makes one. No torch."""

from typing import Any

import msgspec

from preimage.plans import Plan


class NetworkPlan(Plan):
    """A network: {name: mine, architecture: resnet18, size: 64, categories: [tench, goldfish],
    weights: ..., options: {}}, where categories name its outputs in their order.

    In place of architecture and options, which are torchvision's, module: package.module:callable
    and arguments: [...] or {...} name what builds it, code: stands for what that does, and output:
    is one of several that it returns. input: imagenet, or {mean: [0.5, 0.5, 0.5], std: ..., range:
    [0, 255], channels: BGR}, is what it expects of an image.
    """

    name: str
    size: int
    categories: list[str]
    weights: Any
    architecture: str | None = None
    options: dict[str, Any] = msgspec.field(default_factory=dict)
    module: str | None = None
    arguments: list[Any] | dict[str, Any] = msgspec.field(default_factory=list)
    output: str | None = None
    input: str | dict[str, Any] | None = None
    code: str | None = None

    def __post_init__(self) -> None:
        if (self.architecture is None) == (self.module is None):
            raise ValueError("a network has either `architecture` or `module`")

    @property
    def builder(self) -> str:
        """What builds the network, in a word."""
        return self.architecture or self.module
