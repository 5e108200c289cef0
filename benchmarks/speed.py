"""Milliseconds an image takes for a step: this library, a plain loop, torch-lucent, plenoptic.

Every program gets the same untrained network, the same start image, the same objective (the sum of
feature map 0, or logit 0) and takes the same steps of gradient ascent without any transform; see
README.md beside this file for what each is asked. They take turns, so that whatever else the
machine does hits all alike, and the median over all rounds counts.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from statistics import median

import pandas as pd
import torch
from programs import PROGRAMS, Case, build, flops_of_step, missing, seconds_per_step

from preimage.cost.rates import products
from preimage.errors import UserError
from preimage.files import write_atomically

COLUMNS = [
    *("network", "layer", "batch", "program", "precision"),
    *("ms_per_image_step", "least", "most", "gflop_per_image_step"),
]

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


def measure(case: Case, rounds: int, steps: int, peaks: dict[str, float]) -> pd.DataFrame:
    """Return the rows of one case, one for each program that can do it.

    `peaks` are the floating-point operations a second of products by precision: they are measured
    in turn with the programs, and the best of all rounds stays there.
    """
    network = build(case.network)
    runs = {key: run for key, run in PROGRAMS.items() if not _reason_against(key[0], case)}
    times: dict[tuple[str, str], list[list[float]]] = {key: [] for key in runs}
    for _ in range(rounds):
        for precision in {precision for _, precision in runs}:
            found = products(torch.device("cpu"), precision)
            peaks[precision] = max(found, peaks.get(precision, 0.0))
        for key, run in runs.items():
            times[key].append(seconds_per_step(run, network, case, steps))
    flops = flops_of_step(network, case)
    rows = [
        (case.network, case.layer, case.batch, *key, *_milliseconds(found, case.batch), flops / 1e9)
        for key, found in times.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _milliseconds(rounds: Sequence[Sequence[float]], batch: int) -> tuple[float, float, float]:
    """Return the median over all rounds, and the least and the most of the rounds' own medians."""
    own = [median(seconds) for seconds in rounds]
    found = (median(chain.from_iterable(rounds)), min(own), max(own))
    return tuple(1000 * seconds / batch for seconds in found)


def _reason_against(program: str, case: Case) -> str:
    if missing(program):
        return "is not installed"
    if program == "plain" and case.batch > 1:
        return "takes one image at a time, so its figure for batch 1 stands"
    return ""


def with_ratios(speed: pd.DataFrame, peaks: Mapping[str, float]) -> pd.DataFrame:
    """Add which share of the peak each row reaches, and how often faster than the plain loop it is.

    The plain loop is that at batch 1; the ratio is missing without one.
    """
    plain = speed[speed.program == "plain"].set_index(["network", "layer"]).ms_per_image_step
    at = pd.MultiIndex.from_frame(speed[["network", "layer"]])
    peak = speed.precision.map(peaks) / 1e9
    reached = speed.gflop_per_image_step / (speed.ms_per_image_step / 1000)
    return speed.assign(
        peak_gflop_per_s=peak,
        share_of_peak=reached / peak,
        plain_over_this=plain.reindex(at).to_numpy() / speed.ms_per_image_step,
    )


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
    tables: list[pd.DataFrame] = []
    peaks: dict[str, float] = {}
    for case in args.cases:
        for program in dict.fromkeys(program for program, _ in PROGRAMS):
            if reason := _reason_against(program, case):
                print(f"{case.network}:{case.layer}, batch {case.batch}: {program} {reason}")
        try:
            tables.append(measure(case, rounds, steps, peaks))
        except UserError as error:
            sys.exit(f"error: {error}")
        print(tables[-1].to_string(index=False, header=False, float_format="%.1f"), flush=True)
    speed = with_ratios(pd.concat(tables, ignore_index=True), peaks)
    with write_atomically(args.output) as path:
        speed.to_parquet(path, index=False)
    print(f"\n{speed.to_string(index=False, float_format='%.2f')}\n")
    for precision, peak in peaks.items():
        print(f"product of matrices in {precision}: {peak / 1e9:.0f} GFLOP/s at best")
    print(f"-> {args.output}")


if __name__ == "__main__":
    main()
