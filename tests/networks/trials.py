"""What networks of any library are tried with."""

import torch

from preimage.descent.layers import LOGITS, Extractor, layer_names
from preimage.descent.objective import Objective
from preimage.descent.value import Value
from preimage.errors import UserError


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

    The middle one of its modules in order of execution is taken; where its activation is neither
    tokens nor square maps, as in MaxViT's windows, the next that is.
    """
    modules = dict(model.named_modules())
    names = [name for name in layer_names(model) if name in modules]
    for name in names[len(names) // 2 :]:
        extractor = Extractor(model, [name, LOGITS])
        try:
            axes = extractor.layouts(image.shape[-1])[name].axes
        except UserError:
            continue
        channel = axes.index("feature" if "token" in axes else "map")
        strength = extractor(image)[name][0].movedim(channel, 0).flatten(1).sum(dim=1)
        index = "token=0, feature={}" if "token" in axes else "{}"
        return extractor, f"net:{name}[{index.format(strength.argmax())}]"
    raise AssertionError(f"no layer of {names} can be addressed")


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
