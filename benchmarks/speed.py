"""Milliseconds an image takes for a step: this library, a plain loop, torch-lucent, plenoptic.

Every program gets the same untrained network, the same start image, the same objective (the sum of
feature map 0, or logit 0) and takes the same steps of gradient ascent without any transform; see
README.md beside this file for what each is asked. They take turns, so that whatever else the
machine does hits all alike, and the median over all rounds counts.
"""

import argparse
import copy
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from functools import partial
from io import StringIO
from itertools import pairwise
from pathlib import Path
from statistics import median

import pandas as pd
import torch
import torchvision
from torch import Tensor, nn

from preimage.descent.descend import descend
from preimage.descent.objective import Direction, Objective
from preimage.descent.recipe import Octave, Recipe, Start
from preimage.files import write_atomically

RATE = 1e-3
COLUMNS = ["network", "layer", "batch", "program", "precision", "ms_per_image_step"]


@dataclass(frozen=True)
class Case:
    """A layer of a torchvision network whose last module is `fc`, and how many images at once."""

    network: str
    layer: str
    batch: int
    size: int = 299

    @classmethod
    def parse(cls, text: str) -> "Case":
        """Read ``resnet50:logits:8``."""
        network, layer, batch = text.split(":")
        return cls(network, layer, int(batch))

    @property
    def module(self) -> str:
        """What the network calls the layer; the other programs do not know `logits`."""
        return "fc" if self.layer == "logits" else self.layer


CASES = [
    Case(network, layer, batch)
    for network, layer in (
        ("resnet18", "layer3"),
        ("resnet50", "layer1"),
        ("resnet50", "logits"),
        ("googlenet", "logits"),
        ("inception_v3", "Mixed_6b"),
    )
    for batch in (1, 8)
]

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
        callback=lambda _: tick(),
    )
    return torch.stack([preimage.image for preimage in found])


def run_plain(network: nn.Module, case: Case, start: Tensor, steps: int, tick: Tick) -> Tensor:
    """Do what a first attempt does: the whole network, its weights not frozen, one image."""
    seen: dict[str, Tensor] = {}
    layer = network.get_submodule(case.module)
    layer.register_forward_hook(lambda _module, _input, output: seen.update(activation=output))
    image = start[None].clone().requires_grad_()
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

    images = start.repeat(case.batch, 1, 1, 1).requires_grad_()

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

    images = start.repeat(case.batch, 1, 1, 1)
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


def seconds_per_step(run: Run, network: nn.Module, case: Case, steps: int) -> list[float]:
    """Return the times between a program's steps, the first ones left out as warming up."""
    ticks: list[float] = []
    taken = steps + 2
    run(copy.deepcopy(network), case, start_image(case), taken, lambda: ticks.append(_now()))
    return [after - before for before, after in pairwise(ticks[1:taken])]


def _now() -> float:
    return time.perf_counter()


def measure(case: Case, rounds: int, steps: int) -> pd.DataFrame:
    """Return the rows of one case, one for each program that can do it."""
    network = build(case.network)
    runs = {key: run for key, run in PROGRAMS.items() if not _reason_against(key[0], case)}
    times: dict[tuple[str, str], list[float]] = {key: [] for key in runs}
    for _ in range(rounds):
        for key, run in runs.items():
            times[key] += seconds_per_step(run, network, case, steps)
    rows = [
        (case.network, case.layer, case.batch, *key, 1000 * median(found) / case.batch)
        for key, found in times.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _reason_against(program: str, case: Case) -> str:
    if program == "plain" and case.batch > 1:
        return "takes one image at a time, so its figure for batch 1 stands"
    return ""


def with_ratios(speed: pd.DataFrame) -> pd.DataFrame:
    """Add how often faster than the plain loop at batch 1 each row is; missing without one."""
    plain = speed[speed.program == "plain"].set_index(["network", "layer"]).ms_per_image_step
    at = pd.MultiIndex.from_frame(speed[["network", "layer"]])
    return speed.assign(plain_over_this=plain.reindex(at).to_numpy() / speed.ms_per_image_step)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--cases", nargs="+", type=Case.parse, default=CASES, metavar="NETWORK:LAYER:BATCH"
    )
    parser.add_argument("--rounds", type=int, default=3, help="turns of each program (default 3)")
    parser.add_argument("--steps", type=int, default=3, help="timed steps of a turn (default 3)")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--quick", action="store_true", help="one round of one step, to try it")
    parser.add_argument("--output", type=Path, default=Path("results/bench/speed.parquet"))
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print the table and write it."""
    args = _arguments(argv)
    rounds, steps = (1, 1) if args.quick else (args.rounds, args.steps)
    torch.set_num_threads(args.threads)
    print(f"torch {torch.__version__}, {args.threads} threads, {rounds} rounds of {steps} steps")
    tables = []
    for case in args.cases:
        for program in dict.fromkeys(program for program, _ in PROGRAMS):
            if reason := _reason_against(program, case):
                print(f"{case.network}:{case.layer}, batch {case.batch}: {program} {reason}")
        tables.append(measure(case, rounds, steps))
        print(tables[-1].to_string(index=False, header=False, float_format="%.1f"), flush=True)
    speed = pd.concat(tables, ignore_index=True)
    with write_atomically(args.output) as path:
        speed.to_parquet(path, index=False)
    print(f"\n{with_ratios(speed).to_string(index=False, float_format='%.2f')}\n\n-> {args.output}")


if __name__ == "__main__":
    main()
