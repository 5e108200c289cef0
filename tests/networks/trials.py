"""What networks of any library are tried with."""

import torch

from preimage.descent.layers import LOGITS, Extractor, every_layout
from preimage.descent.objective import Objective
from preimage.descent.value import Value


def try_all(model, image):
    """Check that a logit and a hidden feature have a gradient, and that modules give their own."""
    extractor, feature = look_inside(model, image)
    assert str(Objective.parse(feature)) == feature
    for address in (f"net:{LOGITS}[0]", feature):
        found = gradient(address, extractor, image)
        assert found.isfinite().all(), f"{address}: the gradient is not finite"
        assert found.any(), f"{address}: the gradient is zero"
    compare_with_hooks(model, image)


def look_inside(model, image):
    """Return an extractor and the address of the strongest feature in the middle of the network.

    That is the middle one, in order of execution, of the modules that can be addressed.
    """
    modules = dict(model.named_modules())
    layouts = [one for one in every_layout(model, image.shape[-1]) if one.layer in modules]
    layout = layouts[len(layouts) // 2]
    extractor = Extractor(model, [layout.layer, LOGITS])
    channel = layout.axes.index("feature" if "token" in layout.axes else "map")
    strength = extractor(image)[layout.layer][0].movedim(channel, 0).flatten(1).sum(dim=1)
    index = "token=0, feature={}" if "token" in layout.axes else "{}"
    return extractor, f"net:{layout.layer}[{index.format(strength.argmax())}]"


def gradient(address, extractor, image):
    image = image.clone().requires_grad_()
    value = Value([Objective.parse(address)], {"net": extractor}, {}, image.shape[-1])(image).value
    return torch.autograd.grad(value.sum(), image)[0]


def compare_with_hooks(model, image, count=12):
    """Check what is read in some modules, spread over the network, against plain hooks."""
    seen = {}

    def see(name):
        def hook(_, __, given):
            if isinstance(given, torch.Tensor):
                seen.setdefault(name, given.clone())

        return hook

    handles = [m.register_forward_hook(see(n)) for n, m in model.named_modules() if n]
    two = torch.cat([image, image.flip(-1)])
    with torch.no_grad():
        seen[LOGITS] = model(two)
    for handle in handles:
        handle.remove()
    rows = [name for name, value in seen.items() if len(value) == 2]  # not windows, nor tables
    some = [*rows[:: max(1, len(rows) // count)], LOGITS]
    found = Extractor(model, some)(two)
    for name in some:
        room = 1e-4 * float(seen[name].abs().max())
        torch.testing.assert_close(found[name], seen[name], rtol=1e-3, atol=room, msg=name)
