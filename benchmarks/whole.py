"""What a whole job takes on this device, from its plan to its files."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import torch
from fast import ROOT, surroundings
from setting import Row, Setup, Trial

from preimage.cost.rates import shortest
from preimage.descent.layers import Extractor
from preimage.descent.recipe import Recipe
from preimage.precision import arithmetic

CLASSES = 32
_NEEDED = ("msgspec", "safetensors", "yaml", "pandas", "pyarrow")


def whole(setup: Setup) -> Iterator[Trial]:
    """Yield the trials of a job from its plan to its files."""
    count = CLASSES if setup.scale == 1 else 4
    about = {"network": "googlenet", "batch": count, "precision": "float32"}
    yield Trial("whole", "class images", partial(job, setup, count), about)


def job(setup: Setup, count: int) -> Iterator[Row]:
    """Yield the seconds of `generate_images`, as a rule calls it, and where they were spent."""
    if lacking := [name for name in _NEEDED if not find_spec(name)]:
        note = f"steps need {', '.join(lacking)}: README.md says how to bring them"
        yield {"figure": "not tried", "note": note}
        return
    steps = pages_recipe(setup.scale)
    seconds, written = _run(setup, steps, count)
    inside = sum(octave.iterations * _pass(setup, octave.side, count) for octave in steps.octaves)
    yield {"figure": f"{count} classes", "value": seconds, "unit": "s"}
    yield {"figure": "image-steps", "value": count * steps.iterations / seconds, "unit": "1/s"}
    yield {
        "figure": "spent outside the network",
        "value": 100 * (1 - inside / seconds),
        "unit": "%",
        "note": f"forward and back alone would be {inside:.1f} s",
    }
    yield {"figure": "written", "value": written / 2**20, "unit": "MiB"}


def _run(setup: Setup, steps: Recipe, count: int) -> tuple[float, int]:
    """Run the step in a process of its own; return its seconds and the bytes of its files."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        command = [sys.executable, "-m", "preimage", "generate_images"]
        command += _plan(folder, steps, count)
        command += ["--device", setup.device.type, "--batch", str(count)]
        command += ["--threads", str(torch.get_num_threads())]
        began = time.perf_counter()
        done = subprocess.run(
            command, env=surroundings(), capture_output=True, text=True, check=False
        )
        seconds = time.perf_counter() - began
        if done.returncode:
            raise RuntimeError((done.stderr.strip().splitlines() or ["no message"])[-1])
        return seconds, sum(file.stat().st_size for file in (folder / "out").iterdir())


def pages_recipe(scale: float) -> Recipe:
    """Return the recipe of GoogLeNet's class images, as config.yaml has it, or less of it."""
    import yaml  # noqa: PLC0415  not everywhere

    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    found = next(one for one in config["recipes"] if one["name"] == "googlenet-classes")
    for octave in found["octaves"]:
        octave["iterations"] = max(2, round(scale**2 * octave["iterations"]))
        for side in ("size", "crop"):
            if side in octave:
                octave[side] = max(64, round(scale * octave[side]))
    return Recipe.read(found)


def _plan(folder: Path, steps: Recipe, count: int) -> list[str]:
    """Write network and plan; return the words that name all files."""
    from preimage.networks.network import planned, save_network  # noqa: PLC0415  not everywhere
    from preimage.networks.plan import NetworkPlan  # noqa: PLC0415

    network = NetworkPlan(
        name="googlenet",
        architecture="googlenet",
        size=299,
        categories=[f"class {i}" for i in range(1000)],
        weights={"untrained": 0},
        options={"init_weights": False},
    )
    file = folder / "googlenet.safetensors"
    save_network(planned(network), file, "untrained")
    items = [
        {"item": f"{i:03d}", "target": f"class {i}", "objective": f"googlenet:logits[{i}]"}
        | {"layer": "logits", "classes": [i], "seed": 999}
        for i in range(count)
    ]
    plan = {"set": "class_images", "code": "A3", "network": "googlenet", "items": items}
    about = folder / "plan.json"
    about.write_text(json.dumps(plan | {"recipe": steps.data()}), encoding="utf-8")
    (folder / "out").mkdir()
    outputs = {"images": "safetensors", "trace": "trace.parquet", "item-table": "items.parquet"}
    words = ["--plan", str(about), "--networks", str(file)]
    for name, ending in outputs.items():
        words += [f"--{name}", str(folder / "out" / f"block.{ending}")]
    return words


def _pass(setup: Setup, side: int, count: int) -> float:
    """Return the seconds in which a network sees a batch and leads the gradient back."""
    reader = Extractor(setup.network("googlenet"), ["logits"], device=setup.device)
    images = torch.rand(count, 3, side, side, device=setup.device).requires_grad_()

    def run() -> None:
        torch.autograd.grad(reader(images)["logits"][:, 0].sum(), images)

    with arithmetic("float32"):
        return shortest(run, setup.device, times=3)
