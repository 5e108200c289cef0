"""How long the jobs of a study take on a device, and in how much memory: counted, then measured.

Operations are counted (`jobs`). Products and memory traffic of this device are measured (`rates`).
One short real descent says how much longer than by these a descent takes, with all that was not
counted, and how much more memory: it is of the costliest steps that take seconds.
"""

import resource
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import median

import torch
from torch import nn

from preimage.cost.jobs import Job, Step, StudyJobs
from preimage.cost.rates import Rates, wait
from preimage.descent.descend import descend
from preimage.descent.objective import Match
from preimage.networks.network import planned
from preimage.networks.plan import NetworkPlan
from preimage.networks.shapes import without_values

_STEPS = 4  # of the real descent; the first warms up
_SEEN = 1e8  # bytes from which on it is seen what a descent needs beside what a process has
_PROOF = 16  # images that a network sees before, about
_LONGEST = 2.5  # seconds that all of it may take by the rates


@dataclass(frozen=True)
class Trial:
    """What a short real descent took.

    of: what was descended on. seconds: of a step of one image. slowness: how many times longer
    than by the rates. room: how many times the memory that the gradient needs.
    """

    of: str
    batch: int
    seconds: float
    slowness: float
    room: float


@dataclass(frozen=True)
class Estimate:
    """What a job takes: hours on this device, and bytes of memory at most."""

    job: Job
    hours: float
    memory: float


@dataclass(frozen=True)
class Machine:
    """A device as it was measured.

    start: seconds before a job does anything. resident: bytes of a process that has done nothing
    yet, which count where the device is the CPU.
    """

    device: torch.device
    rates: Rates
    start: float
    resident: float
    room: float = 1.0

    def estimate(self, job: Job) -> Estimate:
        """Return what a job takes."""
        seconds = sum(self.rates.seconds(work, how) for how, work in job.work.items())
        held = max((work.held for work in job.work.values()), default=0.0)
        memory = job.networks + self.room * held
        if self.device.type == "cpu":
            memory += self.resident + job.pictures
        return Estimate(job, (self.start + seconds) / 3600, memory)


def measured(
    jobs: StudyJobs, device: torch.device, start: float, rate: float | None = None
) -> tuple[Machine, list[Job], Trial | None]:
    """Return the device as measured, the jobs of a study, and the real descent, if there is one.

    rate: image-steps a second of the costliest steps of the study, where that is known, as of
    another device; then nothing is descended on.
    """
    found = list(jobs)
    precisions = {"float32"} | {how for job in found for how in job.work}
    resident = _resident()
    rates = Rates.measured(device, sorted(precisions))
    steps = sorted(jobs.steps, key=lambda step: -step.flops)
    if not steps:
        return Machine(device, rates, start, resident), found, None
    if rate is None:
        trial = tried(jobs, _to_try(steps, rates), rates, device)
    else:
        trial = _given(steps[0], rates, rate)
    slowed = rates.as_slow_as(trial.slowness)
    return Machine(device, slowed, start, resident, trial.room), found, trial


def _to_try(steps: Sequence[Step], rates: Rates) -> Step:
    """Return the first of some steps that can be tried in a few seconds, or else the shortest."""

    def seconds(step: Step) -> float:
        image = rates.seconds(step.operations, step.recipe.precision) / step.batch
        return (_PROOF + _STEPS) * image

    short = (step for step in steps if seconds(step) < _LONGEST)
    return next(short, None) or min(steps, key=seconds)


def words(step: Step) -> str:
    """Return what a step is of, for people."""
    octave = step.recipe.octaves[step.octave]
    return f"{step.objective} at {octave.side} px"


def _given(step: Step, rates: Rates, rate: float) -> Trial:
    expected = rates.seconds(step.operations, step.recipe.precision) / step.batch
    return Trial(words(step), step.batch, 1 / rate, 1 / rate / expected, 1.0)


def tried(jobs: StudyJobs, step: Step, rates: Rates, device: torch.device) -> Trial:
    """Descend for a few steps; return what they took."""
    recipe = step.recipe
    octave = replace(recipe.octaves[step.octave], iterations=_STEPS)
    batch = step.batch
    image = rates.seconds(step.operations, recipe.precision) / batch
    while batch > 1 and (_PROOF + _STEPS * batch) * image > _LONGEST:
        batch //= 2
    counted = jobs.counts.step(step.objective, recipe, recipe.octaves[step.octave], batch)
    networks = {part.network for part in step.objective.parts}
    models = {name: drawn(jobs.counts.plan(name)).to(device) for name in networks}
    matched = {part.picture for part in step.objective.parts if isinstance(part, Match)}
    started = {recipe.start.picture} - {""}
    grey = torch.full((3, octave.size, octave.size), 0.5)
    before, ticks = _memory(device), []

    def tick(_: object) -> None:
        wait(device)
        ticks.append(time.perf_counter())

    descend(
        [step.objective] * batch,
        replace(recipe, octaves=(octave,)),
        models,
        pictures=dict.fromkeys(matched | started, grey),
        batch=batch,
        device=device,
        callback=tick,
    )
    seconds = median(after - before for before, after in pairwise(ticks))
    more = _most_memory(device) - before
    return Trial(
        of=words(step),
        batch=batch,
        seconds=seconds / batch,
        slowness=seconds / rates.seconds(counted, recipe.precision),
        room=max(1.0, more / max(counted.held, _SEEN)),
    )


def drawn(plan: NetworkPlan) -> nn.Module:
    """Return a network as it is before it has learnt anything, drawn in a moment.

    Some of torchvision's draw values for seconds that only matter to whoever trains them.
    """
    if plan.module:
        return planned(plan).model
    with without_values():
        model = planned(plan).model
    kept = {key: value for key, value in model.named_buffers() if not value.is_meta}
    model.to_empty(device="cpu")
    torch.manual_seed(0)
    with torch.no_grad():
        for key, value in kept.items():
            model.get_buffer(key).copy_(value)
        for value in model.parameters():
            value.normal_(std=0.02)
        for module in model.modules():
            if hasattr(module, "reset_parameters"):
                module.reset_parameters()
    return model


def _memory(device: torch.device) -> float:
    """Return the bytes that are in use."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        return torch.cuda.memory_allocated(device)
    return _resident()


def _most_memory(device: torch.device) -> float:
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else _most_resident()


def _resident() -> float:
    """Return the bytes of this process in memory; where nobody says it, the most it ever had."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return _most_resident()
    return pages * resource.getpagesize()


def _most_resident() -> float:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most


def by_part(estimates: Iterable[Estimate]) -> Mapping[tuple[str, str], Sequence[Estimate]]:
    """Return estimates by rule and part, in their order."""
    found: dict[tuple[str, str], list[Estimate]] = {}
    for one in estimates:
        found.setdefault((one.job.rule, one.job.part), []).append(one)
    return found
