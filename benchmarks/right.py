"""Is it right on this device: arithmetic, repetition, company, agreement with the CPU, statuses."""

import re
import warnings
from collections.abc import Iterator
from functools import partial

import torch
from setting import ONLY_SIZE, Row, Setup, Trial, objectives
from torch import Tensor, nn

from preimage.descent.descend import Step, descend
from preimage.descent.layers import layer_names
from preimage.descent.objective import Objective
from preimage.descent.recipe import Octave, Recipe
from preimage.networks.training import learning
from preimage.precision import arithmetic

ROOM = 10.0  # times that a device may be further from float64 than the CPU in the same precision
TF32 = 2.0**-13  # of a value: coarser than any float32, finer than TensorFloat-32


def right(setup: Setup) -> Iterator[Trial]:
    """Yield the trials of whether results are what they must be."""
    for precision in setup.precisions:
        about = {"precision": precision}
        yield Trial("right", "arithmetic", partial(rounding, setup, precision), about)
    yield Trial("right", "arithmetic in training", partial(training, setup))
    for name in setup.networks:
        about = {"network": name, "size": setup.small(name), "batch": 4}
        for precision in setup.precisions:
            yield Trial(
                "right",
                "the same again",
                partial(repeats, setup, name, precision),
                about | {"precision": precision},
            )
        yield Trial("right", "operations", partial(undetermined, setup, name), about)
    for name in setup.networks:
        about = {"network": name, "size": setup.small(name), "batch": 2}
        yield Trial("right", "as on the CPU", partial(agrees, setup, name), about)
    for name in setup.networks:
        about = {"network": name, "size": setup.small(name), "batch": 2}
        yield Trial("right", "statuses", partial(statuses, setup, name), about)


def rounding(setup: Setup, precision: str) -> Iterator[Row]:
    """Yield how far a product and a convolution are from float64, where a recipe sets precision."""
    generator = torch.Generator().manual_seed(0)
    one, other = (torch.randn(256, 256, generator=generator) for _ in range(2))
    image = torch.randn(2, 64, 32, 32, generator=generator)
    weight = torch.randn(64, 64, 3, 3, generator=generator)
    for figure, run, given in (
        ("a product from float64", torch.mm, (one, other)),
        ("a convolution from float64", torch.conv2d, (image, weight)),
    ):
        dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
        with arithmetic(precision):
            found = run(*(value.to(setup.device, dtype) for value in given)).cpu()
        value = apart(found, run(*(value.double() for value in given)))
        yield {"figure": figure, "value": value, **_verdict(value, precision)}


def _verdict(value: float, precision: str) -> Row:
    """Return whether so large a difference is right; TensorFloat-32 is allowed, and no must."""
    fine = value < TF32
    if precision == "float32":
        return {"holds": fine, "note": f"below {TF32:.1e}"}
    if precision == "tf32" and fine:
        return {"holds": None, "note": "as fine as float32: it is not used here"}
    return {"holds": not fine, "note": f"above {TF32:.1e}"}


def training(setup: Setup) -> Iterator[Row]:
    """Yield how far the gradient of a convolution's weights is from float64 while it learns."""
    torch.manual_seed(0)
    layer = nn.Conv2d(64, 64, 3)
    image = torch.randn(2, 64, 32, 32)
    exact = torch.nn.Conv2d(64, 64, 3).double()
    exact.load_state_dict({key: value.double() for key, value in layer.state_dict().items()})
    exact(image.double()).square().sum().backward()
    with learning(layer, setup.device):
        layer(image.to(setup.device)).square().sum().backward()
        value = apart(layer.weight.grad.cpu(), exact.weight.grad)
    yield {
        "figure": "a gradient from float64",
        "value": value,
        "holds": value < TF32,
        "precision": "float32",
        "note": f"below {TF32:.1e}",
    }


def apart(found: Tensor, exact: Tensor) -> float:
    """Return how far a tensor is from the exact one, in lengths of that."""
    return float((found.double() - exact).norm() / exact.norm())


def recipe(side: int, iterations: int, precision: str) -> Recipe:
    """Return a recipe with all that is costly: crops, a blur, and steps of one size."""
    octave = Octave(side + 8, iterations, lr=(0.05, 0.01), sigma=(0.6, 0.4), crop=side)
    return Recipe((octave,), normalised=True, precision=precision)


def repeats(setup: Setup, name: str, precision: str) -> Iterator[Row]:
    """Yield whether the same batch gives the same bits again, and an image alone as with others."""
    asked = objectives(name, 4)
    steps = recipe(setup.small(name), setup.few, precision)
    go = partial(
        descend,
        recipe=steps,
        networks={name: setup.network(name)},
        batch=len(asked),
        device=setup.device,
    )
    first, again, alone = go(asked), go(asked), go(asked[:1])
    pairs = {
        "images that differ the second time": zip(first, again, strict=True),
        "images that differ when alone": zip(first, alone, strict=False),
    }
    for figure, both in pairs.items():
        other = [apart(b.image, a.image.double()) for a, b in both if not a.image.equal(b.image)]
        worst = f"by {max(other):.1e} of their length" if other else ""
        yield {"figure": figure, "value": len(other), "holds": not other, "note": worst}


def undetermined(setup: Setup, name: str) -> Iterator[Row]:
    """Yield the operations of a descent of which PyTorch says that they may not repeat themselves.

    One objective sees the images at another size, whose resizing has a gradient.
    """
    side = setup.small(name)
    asked = objectives(name, 2)
    if name not in ONLY_SIZE:
        asked.append(Objective.parse(f"{name}@{side + 32}:logits[3]"))
    before, always = torch.are_deterministic_algorithms_enabled(), torch.is_warn_always_enabled()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.set_warn_always(True)  # for the second network, too
        try:
            network = {name: setup.network(name)}
            descend(asked, recipe(side, 2, "float32"), network, batch=2, device=setup.device)
        finally:
            torch.use_deterministic_algorithms(before)
            torch.set_warn_always(always)
    names = {_operation(str(one.message)) for one in told}
    yield {"figure": "that may not repeat", "value": len(names), "note": "; ".join(sorted(names))}


def _operation(warning: str) -> str:
    """Return what PyTorch warns of: an operation, or the library that has no setting for it."""
    found = re.match(r"(\S+) does not have a deterministic implementation", warning)
    if "CuBLAS" in warning:
        return "products, without CUBLAS_WORKSPACE_CONFIG"
    return found[1] if found else " ".join(warning.split())[:60]


def agrees(setup: Setup, name: str) -> Iterator[Row]:
    """Yield how far images are from those of float64 on the CPU, after some steps.

    The CPU's own distance in the same precision says how far rounding alone leads: a GPU may be no
    further than `ROOM` times that. For TensorFloat-32 it is an eighth of that in bfloat16, which
    has three bits less.
    """
    exact = path(setup, name, "float64", "cpu")
    own = {p: path(setup, name, p, "cpu") for p in ("float32", "bfloat16")}
    for precision in setup.precisions:
        known, share = (own["bfloat16"], 1 / 8) if precision == "tf32" else (own[precision], 1.0)
        found = path(setup, name, precision, setup.device) if setup.on_gpu else own[precision]
        for mark, image in found.items():
            moved = (exact[mark] - exact[0]).norm()
            value = float((image - exact[mark]).norm() / moved)
            bound = ROOM * max(share * float((known[mark] - exact[mark]).norm() / moved), 1e-7)
            yield {
                "figure": f"from float64 on the CPU after {mark} steps",
                "value": value,
                "precision": precision,
                "holds": value <= bound if setup.on_gpu else None,
                "note": f"at most {bound:.1e}" if setup.on_gpu else "this is the CPU",
            }


def path(setup: Setup, name: str, precision: str, device: str | torch.device) -> dict[int, Tensor]:
    """Return the images [2, 3, S, S] of a descent after some steps; at 0 is about their start."""
    seen: dict[int, Tensor] = {}
    slow = name in ONLY_SIZE
    marks = [mark for mark in setup.marks if mark < 100 or not slow]

    def keep(step: Step) -> None:
        if step.done in marks:
            seen[step.done] = step.images.double().cpu()

    octave = Octave(setup.small(name), max(marks), lr=(0.02, 0.02), sigma=(0.5, 0.5))
    descend(
        objectives(name, 2),
        Recipe((octave,), normalised=True, precision=precision),
        {name: setup.network(name, device)},
        batch=2,
        device=device,
        callback=keep,
    )
    if precision == "float64" and str(device) == "cpu":
        seen[0] = torch.full_like(seen[marks[0]], 0.7)
    return seen


def statuses(setup: Setup, name: str) -> Iterator[Row]:
    """Yield how many descents end otherwise than in float32, which they are and how."""
    network, side = setup.network(name), setup.small(name)
    inner = [layer for layer in layer_names(network) if "." not in layer]
    places = ("logits[1]", "logits[9]", inner[len(inner) // 2])
    asked = [f"{sign}{name}:{place}" for place in places for sign in ("", "-")]
    given = [Objective.parse(text) for text in asked]
    ends = {}
    for precision in setup.precisions:
        found = descend(
            given,
            recipe(side, 2 * setup.few, precision),
            {name: network},
            batch=2,
            device=setup.device,
        )
        ends[precision] = [one.status for one in found]
    for precision in setup.precisions[1:]:
        triples = zip(asked, ends["float32"], ends[precision], strict=True)
        other = [f"{text}: {was}, {now}" for text, was, now in triples if was != now]
        yield {
            "figure": f"of {len(asked)} other than in float32",
            "value": len(other),
            "precision": precision,
            "holds": not other,
            "note": "; ".join(other),
        }
