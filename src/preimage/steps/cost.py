"""What a study costs, before it is spent."""

import time
from collections.abc import Sequence
from math import inf
from pathlib import Path

import msgspec
import torch
import yaml

from preimage.batches import Batch
from preimage.cost.estimate import Estimate, Machine, Trial, by_part, measured
from preimage.cost.jobs import StudyJobs
from preimage.device import choose
from preimage.errors import UserError
from preimage.steps.engine import step
from preimage.study.configuration import checked
from preimage.study.study import Study

SCHEMA = Path(__file__).parents[3] / "workflow" / "schemas" / "config.schema.yaml"
_COSTLIEST = 3  # jobs that are named
_UNCOUNTED = (
    "Not counted: tables, figures, measures that no network takes part in, and those that need no "
    "descent (examine_networks, learn_labels)."
)


@step()
def cost(
    study: str,
    device: str = "auto",
    batch: Batch | None = None,
    rate: float | None = None,
    json: bool = False,
) -> None:
    """Say what a study costs, before it is spent: preimage cost config.yaml

    A study is a file of configuration. For each set of images, or what else jobs are of, there
    are its jobs, image-steps (steps of one image), hours of one job after another on this device,
    the memory of the largest job, and what is written. Nothing is downloaded, and no job is run.

    What networks compute is counted. Products of matrices and an elementwise function are timed
    here, and so are a few real steps, of the costliest that take seconds: hours are right for this
    machine as it is now. A rate takes the place of these steps: how many image-steps a second the
    costliest of all are on the machine that is meant, as benchmarks/device.py or the progress of a
    job says; the last lines name them.

    A device is auto, cpu or cuda; a batch, a number or auto, is the study's where none is given;
    with --json all jobs are written as JSON, in seconds and bytes.
    """
    start = time.process_time()  # as every job that computes has to begin
    if rate is not None and not 0 < rate < inf:
        raise UserError(f"--rate {rate:g}: give the image-steps of a second, above 0")
    asked = Study(checked(_read(Path(study)), _schema()))
    torch.set_num_threads(asked.config["threads"])
    on = choose(device)
    jobs = StudyJobs(asked, batch or asked.config["batch"], on)
    machine, found, trial = measured(jobs, on, start, rate)
    estimates = [machine.estimate(job) for job in found]
    print(_as_json(asked.name, machine, trial, estimates) if json else _as_table(estimates))
    if not json:
        print(_about(machine, trial, given=rate is not None))


def _read(file: Path) -> dict:
    try:
        config = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UserError(f"the study {file} cannot be read: {error}") from error
    if not isinstance(config, dict):
        raise UserError(f"the study {file} is no mapping of keys: give a file such as config.yaml")
    return config


def _schema() -> Path:
    if not SCHEMA.is_file():
        raise UserError(
            f"there is no {SCHEMA}, which says what a study may hold: run this from a checkout of "
            "the project, installed with pip install --editable"
        )
    return SCHEMA


def _as_json(
    study: str, machine: Machine, trial: Trial | None, estimates: Sequence[Estimate]
) -> str:
    rates = machine.rates
    found = {
        "study": study,
        "device": str(machine.device),
        "flops": rates.flops,
        "bytes": {str(bits): rate for bits, rate in rates.moved.items()},
        "start": machine.start,
        "trial": trial,
        "jobs": [
            {
                **{key: getattr(one.job, key) for key in ("rule", "part", "name", "image_steps")},
                "flops": sum(work.flops for work in one.job.work.values()),
                "seconds": 3600 * one.hours,
                "memory": one.memory,
                "files": one.job.files,
            }
            for one in estimates
        ],
    }
    return msgspec.json.format(msgspec.json.encode(found), indent=1).decode()


_HEAD = ("rule", "of", "jobs", "image-steps", "hours", "memory GB", "files MB")


def _as_table(estimates: Sequence[Estimate]) -> str:
    rows = [(*what, *_figures(some)) for what, some in by_part(estimates).items()]
    rows = [_HEAD, *rows, ("all", "", *_figures(estimates))]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEAD))]
    lines = [
        "  ".join(
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    costliest = sorted(estimates, key=lambda one: -one.hours)[:_COSTLIEST]
    lines += ["", "The costliest jobs:"]
    lines += [f"  {one.job.rule} {one.job.name}: {one.hours:.2f} hours" for one in costliest]
    return "\n".join(lines)


def _figures(estimates: Sequence[Estimate]) -> tuple[str, ...]:
    return (
        str(len(estimates)),
        f"{sum(one.job.image_steps for one in estimates):,}",
        f"{sum(one.hours for one in estimates):.2f}",
        f"{max((one.memory for one in estimates), default=0) / 1e9:.1f}",
        f"{sum(one.job.files for one in estimates) / 1e6:.0f}",
    )


def _about(machine: Machine, trial: Trial | None, *, given: bool) -> str:
    """Return what the hours follow from."""
    peaks = ", ".join(f"{rate / 1e9:.0f} in {how}" for how, rate in machine.rates.flops.items())
    where = str(machine.device)
    if where == "cpu":
        where = f"CPU, {torch.get_num_threads()} thread{'s' * (torch.get_num_threads() > 1)}"
    lines = [f"Measured here ({where}): products of matrices, GFLOP/s: {peaks}."]
    if trial:
        steps = f"{1 / trial.seconds:.2f} image-steps a second of {trial.of}"
        how = "given" if given else f"{trial.batch} at once"
        times = f"{trial.slowness:.2f} times as long as by these rates"
        lines.append(f"{steps} ({how}): {times}, and so is all the rest.")
    return "\n".join([*lines, _UNCOUNTED])
