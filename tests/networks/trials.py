"""What networks of any library are tried with."""

import torch

from preimage.descent.layers import LOGITS, Extractor, every_layout
from preimage.descent.objective import Objective
from preimage.descent.value import Value


def try_all(model, image):
    """Check that modules give their own, and that a logit and a hidden feature have a gradient."""
    two = torch.cat([image, image.flip(-1)])
    seen = seen_by_hooks(model, two)
    layouts = every_layout(model, image.shape[-1])
    layout = in_the_middle(model, layouts)
    extractor = Extractor(model, [layout.layer, *seen])
    found = extractor(two)
    for name, value in seen.items():
        room = 1e-4 * float(value.abs().max())
        torch.testing.assert_close(found[name], value, rtol=1e-3, atol=room, msg=name)
    feature = strongest_feature(layout, extractor(image)[layout.layer][0])
    if not {*seen} <= {one.layer for one in layouts}:
        extractor = Extractor(model, [layout.layer, LOGITS])  # what windows give has no addresses
    assert str(Objective.parse(feature)) == feature
    for address in (f"net:{LOGITS}[0]", feature):
        found = gradient(address, extractor, image)
        assert found.isfinite().all(), f"{address}: the gradient is not finite"
        assert found.any(), f"{address}: the gradient is zero"


def seen_by_hooks(model, images, count=12):
    """Return what plain hooks see in some modules, spread over the network, and the logits."""
    seen = {}

    def see(name):
        def hook(_, __, given):
            if isinstance(given, torch.Tensor):
                seen.setdefault(name, given.clone())

        return hook

    handles = [m.register_forward_hook(see(n)) for n, m in model.named_modules() if n]
    with torch.no_grad():
        logits = model(images)
    for handle in handles:
        handle.remove()
    rows = [name for name, value in seen.items() if len(value) == 2]  # not windows, nor tables
    return {name: seen[name] for name in rows[:: max(1, len(rows) // count)]} | {LOGITS: logits}


def in_the_middle(model, layouts):
    """Return the layout of the middle one, in order of execution, of the modules with addresses."""
    modules = dict(model.named_modules())
    own = [one for one in layouts if one.layer in modules]
    return own[len(own) // 2]


def strongest_feature(layout, activation):
    """Return the address of the feature of an activation whose sum over all places is largest."""
    channel = layout.axes.index("feature" if "token" in layout.axes else "map")
    strength = activation.movedim(channel, 0).flatten(1).sum(dim=1)
    index = "token=0, feature={}" if "token" in layout.axes else "{}"
    return f"net:{layout.layer}[{index.format(strength.argmax())}]"


def gradient(address, extractor, image):
    image = image.clone().requires_grad_()
    value = Value([Objective.parse(address)], {"net": extractor}, {}, image.shape[-1])(image).value
    return torch.autograd.grad(value.sum(), image)[0]
