"""Is it fast on this device: steps, the share of the peak that they reach, memory, launches."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import torch
from programs import PROGRAMS, Case, flops_of_step, missing, run_preimage, seconds_per_step
from setting import Row, Setup, Trial, objectives
from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity, profile

from preimage.cost.rates import products, wait
from preimage.descent.descend import descend
from preimage.descent.recipe import Octave, Recipe

ROOT = Path(__file__).resolve().parents[1]


def fast(setup: Setup) -> Iterator[Trial]:
    """Yield the trials of how long steps take, what is likely to matter most first."""
    for precision in setup.precisions:
        about = {"precision": precision}
        yield Trial("fast", "product of matrices", partial(peak, setup, precision), about)
    yield Trial("fast", "from start to first step", partial(first_step, setup))
    middle = setup.batches[len(setup.batches) // 2]
    cases = [
        Case(name, "logits", batch, size)
        for size_number in range(len(setup.sizes))
        for batch in sorted(setup.batches, key=lambda batch: (batch != middle, batch))
        for name in setup.networks
        for size in setup.sizes_of(name)[size_number : size_number + 1]
    ]
    for case in cases:
        for precision in setup.precisions:
            yield Trial(
                "fast",
                "preimage",
                partial(speed, setup, case, precision),
                about_case(case, precision),
            )
    for name in setup.networks:
        case = Case(name, "logits", 1, setup.sizes_of(name)[0])
        for program in ("plain", "torch-lucent", "plenoptic"):
            yield Trial("fast", program, partial(other, setup, case, program), about_case(case))
        case = Case(name, "logits", setup.batches[0], setup.sizes_of(name)[0])
        for precision in setup.precisions:
            about = about_case(case, precision)
            yield Trial("fast", "launches", partial(launches, setup, case, precision), about)


def about_case(case: Case, precision: str = "float32") -> Row:
    """Return what rows of a case have in common."""
    place = {"network": case.network, "size": case.size, "batch": case.batch}
    return place | {"precision": precision}


def peak(setup: Setup, precision: str) -> Iterator[Row]:
    """Yield what products of large matrices reach."""
    setup.peaks[precision] = products(setup.device, precision)
    yield {"figure": "at best", "value": setup.peaks[precision] / 1e12, "unit": "TFLOP/s"}


def speed(setup: Setup, case: Case, precision: str) -> Iterator[Row]:
    """Yield how many steps of an image there are in a second, and in how much memory."""
    network = setup.network(case.network)
    before = _fresh_memory(setup)
    run = partial(run_preimage, precision=precision)
    seconds = min(seconds_per_step(run, network, case, setup.steps, precision)) / case.batch
    yield from _rate(setup, case, precision, seconds)
    if setup.on_gpu:
        most = torch.cuda.max_memory_allocated(setup.device) - before
        yield {"figure": "memory of an image", "value": most / case.batch / 2**20, "unit": "MiB"}


def other(setup: Setup, case: Case, program: str) -> Iterator[Row]:
    """Yield the same of another program, in float32."""
    if missing(program):
        yield {"figure": "image-steps", "note": "is not installed"}
        return
    network = setup.network(case.network)
    run = PROGRAMS[program, "float32"]
    seconds = min(seconds_per_step(run, network, case, setup.steps)) / case.batch
    yield from _rate(setup, case, "float32", seconds)


def _rate(setup: Setup, case: Case, precision: str, seconds: float) -> Iterator[Row]:
    yield {"figure": "image-steps", "value": 1 / seconds, "unit": "1/s"}
    if precision in setup.peaks:
        share = flops_of_step(setup.network(case.network), case) / seconds / setup.peaks[precision]
        yield {"figure": "share of the peak", "value": 100 * share, "unit": "%"}


def _fresh_memory(setup: Setup) -> int:
    """Forget what memory was used, and return how many bytes are."""
    if not setup.on_gpu:
        return 0
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(setup.device)
    return torch.cuda.memory_allocated(setup.device)


def launches(setup: Setup, case: Case, precision: str) -> Iterator[Row]:
    """Yield how much a GPU is asked in a step (of a CPU, operators), and how long it is at work."""
    network = setup.network(case.network)
    kind, activity = DeviceType.CPU, ProfilerActivity.CPU
    if setup.on_gpu:
        kind, activity = DeviceType.CUDA, ProfilerActivity.CUDA

    def seen(steps: int) -> tuple[int, float, float]:
        octave = Octave(case.size, steps, lr=(0.01, 0.01))
        with profile(activities=[activity]) as profiler:
            began = time.perf_counter()
            descend(
                objectives(case.network, case.batch),
                Recipe((octave,), normalised=True, precision=precision),
                {case.network: network},
                batch=case.batch,
                device=setup.device,
            )
            wait(setup.device)
            wall = time.perf_counter() - began
        events = [event for event in profiler.events() if event.device_type == kind]
        return len(events), sum(event.time_range.elapsed_us() for event in events) / 1e6, wall

    seen(1)
    (few, busy_few, wall_few), (many, busy_many, wall_many) = seen(2), seen(2 + setup.steps)
    yield {
        "figure": "kernels" if setup.on_gpu else "operators",
        "value": (many - few) / setup.steps,
    }
    if setup.on_gpu:
        share = (busy_many - busy_few) / max(wall_many - wall_few, 1e-9)
        yield {"figure": "time that kernels run", "value": 100 * share, "unit": "%"}


_FIRST_STEP = """
import sys
import torch
from preimage.descent.descend import descend
from preimage.descent.objective import Objective
from preimage.descent.recipe import Octave, Recipe
from preimage.networks.vision import torchvision
print("imported", flush=True)
network = torchvision.models.get_model(sys.argv[1]).eval().to(sys.argv[3])
print("network there", flush=True)
step = Recipe((Octave(int(sys.argv[2]), 1, lr=(0.1, 0.1)),))
asked = Objective.parse("n:logits[1]")
descend([asked], step, {"n": network}, batch=1, device=sys.argv[3])
print("first step done", flush=True)
"""


def first_step(setup: Setup) -> Iterator[Row]:
    """Yield the seconds from the start of a process to its first step."""
    name = setup.networks[0]
    words = [name, str(setup.sizes_of(name)[0]), str(setup.device)]
    began = time.perf_counter()
    command = [sys.executable, "-c", _FIRST_STEP, *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=surroundings(), text=True) as child:
        for line in child.stdout:
            spent = time.perf_counter() - began
            yield {"figure": line.strip(), "value": spent, "unit": "s", "network": name}
    if child.returncode:
        raise RuntimeError(f"a process of its own ended with {child.returncode}")


def surroundings() -> dict[str, str]:
    """Return the variables of a process that imports the library from here."""
    paths = [str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
