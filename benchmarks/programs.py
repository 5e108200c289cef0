"""The programs that are compared: this library, a plain loop, torch-lucent, plenoptic.

Each takes steps of gradient ascent from the same image toward the same objective, the sum of
feature map 0, or logit 0, of an untrained network; README.md beside this file says what each is
asked. torch and torchvision are all that is needed for the first two.
"""

import copy
import time
from collections.abc import Callable
from contextlib import redirect_stderr
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from io import StringIO
from itertools import pairwise

import torch
from torch import Tensor, nn

from preimage.cost.rates import wait
from preimage.descent.descend import descend
from preimage.descent.layers import Extractor
from preimage.descent.objective import Direction, Objective
from preimage.descent.recipe import Octave, Recipe, Start
from preimage.networks.vision import torchvision
from preimage.operations import counted
from preimage.precision import arithmetic

RATE = 1e-3


@dataclass(frozen=True)
class Case:
    """A layer of a torchvision network, how many images at once, and their side in pixels."""

    network: str
    layer: str
    batch: int
    size: int = 299

    @classmethod
    def parse(cls, text: str) -> "Case":
        """Read ``resnet50:logits:8``. Raises ValueError for anything else."""
        network, layer, batch = text.split(":")
        if network not in torchvision.models.list_models() or int(batch) < 1:
            raise ValueError(text)
        return cls(network, layer, int(batch))

    @property
    def module(self) -> str:
        """What a network whose last module is `fc` calls the layer; others do not know `logits`."""
        return "fc" if self.layer == "logits" else self.layer


Tick = Callable[[], None]
Run = Callable[[nn.Module, Case, Tensor, int, Tick], Tensor]


def run_preimage(
    network: nn.Module, case: Case, start: Tensor, steps: int, tick: Tick, *, precision: str
) -> Tensor:
    """Descend with this library. Returns the images [B, 3, S, S], as all these functions do."""
    recipe = Recipe(
        octaves=(Octave(case.size, steps, lr=(RATE, RATE)),),
        start=Start("picture", picture="start"),
        precision=precision,
    )
    found = descend(
        [Objective.of(Direction("network", case.layer, (0,)))] * case.batch,
        recipe,
        {"network": network},
        pictures={"start": start},
        batch=case.batch,
        device=device_of(network),
        callback=lambda _: tick(),
    )
    return torch.stack([preimage.image for preimage in found])


def run_plain(network: nn.Module, case: Case, start: Tensor, steps: int, tick: Tick) -> Tensor:
    """Do what a first attempt does: the whole network, its weights not frozen, one image."""
    seen: dict[str, Tensor] = {}
    layer = network if case.layer == "logits" else network.get_submodule(case.layer)
    layer.register_forward_hook(lambda _module, _input, output: seen.update(activation=output))
    image = start[None].to(device_of(network), copy=True).requires_grad_()
    for _ in range(steps):
        tick()
        network.zero_grad()
        network(image)
        loss = -seen["activation"][:, 0].sum()
        loss.backward()
        with torch.no_grad():
            image -= RATE * image.grad
            image.grad.zero_()
    return image.detach()


def run_lucent(network: nn.Module, case: Case, start: Tensor, steps: int, tick: Tick) -> Tensor:
    """Render with torch-lucent, its parametrisation being the image itself."""
    from lucent.optvis.render import render_vis  # noqa: PLC0415  its environment only

    images = start.to(device_of(network)).repeat(case.batch, 1, 1, 1).requires_grad_()

    def loss(activation: Callable[[str], Tensor]) -> Tensor:
        tick()
        return -activation(case.module)[:, 0].sum()

    render_vis(
        network,
        loss,
        param_f=lambda: ([images], lambda: images),
        optimizer=lambda parameters: torch.optim.SGD(parameters, lr=RATE),
        transforms=[],
        thresholds=(steps,),
        preprocess=False,
        progress=False,
        show_image=False,
    )
    return images.detach()


def run_plenoptic(network: nn.Module, case: Case, start: Tensor, steps: int, tick: Tick) -> Tensor:
    """Synthesize with plenoptic's Metamer, its loss being the objective instead of a distance."""
    import plenoptic  # noqa: PLC0415  its environment only

    plenoptic.remove_grad(network)
    features = plenoptic.models.DeepNetFeatures(network, case.module)

    def loss(representation: Tensor, _target: Tensor) -> Tensor:
        tick()
        return -features.convert_to_dict(representation)[case.module][:, 0].sum()

    images = start.to(device_of(network)).repeat(case.batch, 1, 1, 1)
    metamer = plenoptic.Metamer(images, features, loss_function=loss, penalty_lambda=0)
    metamer.setup(images, optimizer=torch.optim.SGD, optimizer_kwargs={"lr": RATE})
    with redirect_stderr(StringIO()):  # its progress bar has no switch
        metamer.synthesize(max_iter=steps)
    return metamer.metamer.detach()


PROGRAMS: dict[tuple[str, str], Run] = {
    ("preimage", "float32"): partial(run_preimage, precision="float32"),
    ("preimage", "bfloat16"): partial(run_preimage, precision="bfloat16"),
    ("plain", "float32"): run_plain,
    ("torch-lucent", "float32"): run_lucent,
    ("plenoptic", "float32"): run_plenoptic,
}


def build(name: str) -> nn.Module:
    """Return an untrained network of torchvision in eval mode; the seed is always the same."""
    torch.manual_seed(0)
    slow_to_draw = name in ("googlenet", "inception_v3")
    options = {"init_weights": False} if slow_to_draw else {}
    return torchvision.models.get_model(name, weights=None, **options).eval()


def start_image(case: Case) -> Tensor:
    """Return uniform noise [3, S, S] in [0, 1], which all programs accept."""
    return torch.rand(3, case.size, case.size, generator=torch.Generator().manual_seed(0))


def device_of(network: nn.Module) -> torch.device:
    """Return the device of a network's parameters."""
    return next(network.parameters()).device


_MODULES = {"torch-lucent": "lucent", "plenoptic": "plenoptic"}


def missing(program: str) -> bool:
    """Say whether a program's library is not installed."""
    return program in _MODULES and find_spec(_MODULES[program]) is None


def seconds_per_step(
    run: Run, network: nn.Module, case: Case, steps: int, precision: str = "float32"
) -> list[float]:
    """Return the times between a program's steps, the first ones left out as warming up.

    On a GPU, which works through what it has been asked while the next is asked, it is their mean.
    """
    ticks: list[float] = []
    taken, device = steps + 2, device_of(network)

    def tick() -> None:
        if len(ticks) in (1, taken - 1):
            wait(device)
        ticks.append(time.perf_counter())

    with arithmetic(precision):
        run(copy.deepcopy(network), case, start_image(case), taken, tick)
    if device.type == "cuda":
        return [(ticks[taken - 1] - ticks[1]) / steps]
    return [after - before for before, after in pairwise(ticks[1:taken])]


def flops_of_step(network: nn.Module, case: Case) -> float:
    """Return the floating-point operations that a step takes for an image, forward and back.

    They are those that must be: up to the layer, and the gradient of the image alone.
    """
    reader = Extractor(network, [case.layer], device="meta")
    reader.layouts(case.size)  # which runs the network: before counting
    image = torch.empty(1, 3, case.size, case.size, device="meta", requires_grad=True)
    return counted(lambda: reader(image)[case.layer].sum().backward()).flops
