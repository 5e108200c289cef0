"""What recipes are worth: how often other networks recognise a picture after so many image-steps.

One network makes pictures of some classes, by each optimiser, at two rates and in descents of
several lengths; networks that had no part in it judge them. All else of the recipe is the same.
Pictures of one descent are of one seed, and a class is the unit: errors are over classes.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from scipy.special import softmax

from preimage.descent.descend import descend
from preimage.descent.objective import LOGITS, Direction, Objective
from preimage.descent.recipe import OPTIMISERS, Octave, Optimiser, Recipe, Start
from preimage.files import write_atomically
from preimage.measures.images.judging import judge
from preimage.networks.known import known_network
from preimage.networks.making import make, verified
from preimage.networks.network import Network
from preimage.networks.plan import NetworkPlan
from preimage.progress import progress

# Octaves by the side that the network sees, of its own, and their share of the steps; with the rate
# at both ends. Large shapes come first, then details.
OCTAVES = ((4 / 7, 3 / 7, 0.05, 0.03), (6 / 7, 2 / 7, 0.035, 0.015), (1.0, 2 / 7, 0.02, 0.005))
_MARGIN = 32  # pixels of an image around what the network sees of it at a step
# How many times these rates: what momentum remembers adds up to longer steps.
RATES = {"gradient": (1.0, 2.0), "momentum": (0.2, 0.5), "Adam": (0.5, 1.0)}


@dataclass(frozen=True)
class Trial:
    """A recipe that is tried: an optimiser, its rate, and the steps of an image."""

    optimiser: str
    rate: float
    steps: int

    def recipe(self, size: int) -> Recipe:
        """Return the recipe for pictures of `size` pixels."""
        counts = _shared_out(self.steps, [share for _, share, _, _ in OCTAVES])
        octaves = [
            Octave(
                size=round(size * side) + _MARGIN,
                crop=round(size * side),
                iterations=count,
                lr=(self.rate * first, self.rate * last),
                sigma=(0.5, 0.35),
            )
            for count, (side, _, first, last) in zip(counts, OCTAVES, strict=True)
            if count
        ]
        return Recipe(
            tuple(octaves),
            start=Start("normal", (0.5, 0.05)),
            normalised=True,
            smooth=1.2,
            colour=0.5,
            optimiser=Optimiser(self.optimiser, OPTIMISERS[self.optimiser]),
        )


def _shared_out(steps: int, shares: Sequence[float]) -> list[int]:
    """Return whole numbers of steps by shares that add up to 1; they add up to all steps."""
    ends = np.rint(np.cumsum(shares) * steps).astype(int)
    return np.diff(ends, prepend=0).tolist()


def trials(lengths: Sequence[int]) -> list[Trial]:
    """Return what is tried, the short ones first."""
    kinds = [(kind, rate) for kind, rates in RATES.items() for rate in rates]
    return [Trial(kind, rate, steps) for steps, (kind, rate) in product(sorted(lengths), kinds)]


def made(
    trial: Trial, maker: Network, classes: Sequence[int], batch: int
) -> tuple[torch.Tensor, float]:
    """Return pictures [n, 3, S, S] of n classes, and the CPU seconds of one."""
    began = time.process_time()
    found = descend(
        [Objective.of(Direction(maker.name, LOGITS, (index,))) for index in classes],
        trial.recipe(maker.size),
        {maker.name: maker.model},
        batch=batch,
        fill=False,
    )
    seconds = (time.process_time() - began) / len(classes)
    return torch.stack([preimage.image for preimage in found]), seconds


def judged(
    images: torch.Tensor, classes: Sequence[int], judges: Sequence[Network], batch: int
) -> Iterator[dict[str, object]]:
    """Yield what each judge says of each picture of a class: its probability, and its place."""
    for one in judges:
        chances = softmax(judge(one.model, images, one.size, batch=batch), axis=1)
        for index, row in zip(classes, chances, strict=True):
            place = 1 + int((row > row[index]).sum())
            yield {
                "class": one.categories[index],
                "judge": one.name,
                "probability": float(row[index]),
                "place": place,
            }


def table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return for each recipe which share of its pictures each judge takes for their class.

    Others' probability is the mean over judges but the maker, then over classes, with its standard
    error over these.
    """
    recipe = ["optimiser", "rate", "steps"]
    first = rows.assign(share=rows.place == 1).pivot_table(
        index=recipe, columns="judge", values="share"
    )
    others = rows[rows.judge != rows.maker]
    by_class = others.groupby([*recipe, "class"]).probability.mean().groupby(recipe)
    found = first.assign(
        **{
            "others' probability": by_class.mean(),
            "its error": by_class.sem(),
            "CPU s": rows.groupby(recipe).seconds.mean(),
        }
    )
    return found.reset_index().sort_values(["steps", "others' probability"], ignore_index=True)


def network_of(text: str) -> Network:
    """Read ``lite1``, or a judge of your own: ``squeezenet1_0=weights.pth``, seen at 224 pixels."""
    architecture, given, file = text.partition("=")
    if not given:
        return known_network(text)
    sha256 = verified(Path(file), "", f"--judges {text}")
    plan = NetworkPlan(
        name=architecture,
        architecture=architecture,
        size=224,
        categories=[*known_network("lite0").categories],
        weights={"file": file, "sha256": sha256},
    )
    return make(plan)[0]


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--maker", default="lite0", help="the network that makes the pictures (default lite0)")
    add(
        "--judges",
        nargs="+",
        default=["lite1", "lite2"],
        metavar="NETWORK",
        help="lite1, or one of torchvision's with a file of weights: squeezenet1_0=FILE",
    )
    add("--classes", type=int, default=16, help="evenly among all (default 16)")
    add("--lengths", nargs="+", type=int, default=[15, 30, 60], help="image-steps of a picture")
    add("--batch", type=int, default=8)
    add("--threads", type=int, default=torch.get_num_threads())
    add("--quick", action="store_true", help="two classes, three steps, to try it")
    add("--output", type=Path, default=Path("results/bench/recipes.parquet"))
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Make the pictures, have them judged, print the table and write a row for each judgement."""
    args = _arguments(argv)
    count, lengths = (2, [3]) if args.quick else (args.classes, args.lengths)
    torch.set_num_threads(args.threads)
    maker, *others = map(network_of, [args.maker, *args.judges])
    classes = np.linspace(0, len(maker.categories) - 1, count).round().astype(int).tolist()
    found, tried = [], trials(lengths)
    with progress(sum(trial.steps for trial in tried) * count, "recipes", unit="image-step") as bar:
        for trial in tried:
            images, seconds = made(trial, maker, classes, args.batch)
            about = {"maker": maker.name, **vars(trial), "seconds": seconds}
            judgements = judged(images, classes, [maker, *others], args.batch)
            found += [about | row for row in judgements]
            bar.update(trial.steps * count)
    rows = pd.DataFrame(found)
    with write_atomically(args.output) as path:
        rows.to_parquet(path, index=False)
    print(f"{maker.name} made pictures of {count} classes; of them, by recipe and judge, first are")
    print(table(rows).to_string(index=False, float_format="%.3f"))
    print(f"-> {args.output}")


if __name__ == "__main__":
    main()
