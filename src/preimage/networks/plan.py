"""What decides a network: the plan that every step reads which makes one. No torch."""

from typing import Any

import msgspec

from preimage.plans import Plan


class NetworkPlan(Plan):
    """A network: {name: mine, architecture: resnet18, size: 64, categories: [tench, goldfish],
    weights: ..., options: {}}, where categories name its outputs in their order.
    """

    name: str
    architecture: str
    size: int
    categories: list[str]
    weights: Any
    options: dict[str, Any] = msgspec.field(default_factory=dict)
