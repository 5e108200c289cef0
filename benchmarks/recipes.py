"""What recipes are worth: how often other networks recognise a picture after so many image-steps.

One network makes pictures of some classes, by each optimiser, at two rates and in descents of
several lengths; networks that had no part in it judge them. All else of the recipe is the same.
The recipe of the pages stands beside them: its sizes, blur and start, by gradients that are
normalised, for no length of the pages' own steps suits another network.
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


@dataclass(frozen=True)
class Part:
    """An octave of a schedule.

    side: what the network sees, of the side that is its own. margin: pixels of the image around
    that. share: of all steps. lr, sigma: at both ends.
    """

    side: float
    margin: int
    share: float
    lr: tuple[float, float]
    sigma: tuple[float, float]


# Large shapes come first, then details; the gradient itself is made smooth.
OURS = (
    Part(4 / 7, 32, 3 / 7, (0.05, 0.03), (0.5, 0.35)),
    Part(6 / 7, 32, 2 / 7, (0.035, 0.015), (0.5, 0.35)),
    Part(1.0, 32, 2 / 7, (0.02, 0.005), (0.5, 0.35)),
)
# The pages' for a class image of ResNet-50: 820 steps at 299, 490 and 600 pixels.
PAGES = (
    Part(1.0, 0, 220 / 820, (0.05, 0.03), (2.4, 0.4)),
    Part(470 / 299, 20, 500 / 820, (0.03, 0.006), (1.5, 0.4)),
    Part(570 / 299, 30, 100 / 820, (0.03, 0.008), (1.5, 0.4)),
)
# How many times these rates: what momentum remembers adds up to longer steps.
RATES = {"gradient": (1.0, 2.0), "momentum": (0.2, 0.5), "Adam": (0.5, 1.0)}


@dataclass(frozen=True)
class Trial:
    """A recipe that is tried: whose it is, an optimiser, its rate, and the steps of an image."""

    source: str
    optimiser: str
    rate: float
    steps: int

    def recipe(self, size: int) -> Recipe:
        """Return the recipe for a network that sees `size` pixels."""
        ours = self.source == "ours"
        parts = OURS if ours else PAGES
        counts = _shared_out(self.steps, [part.share for part in parts])
        octaves = [
            Octave(
                size=round(size * part.side) + part.margin,
                crop=round(size * part.side) if part.margin else None,
                iterations=count,
                lr=(self.rate * part.lr[0], self.rate * part.lr[1]),
                sigma=part.sigma,
            )
            for count, part in zip(counts, parts, strict=True)
            if count
        ]
        return Recipe(
            tuple(octaves),
            start=Start("normal", (0.5 if ours else 0.7, 0.05)),
            normalised=True,
            smooth=1.2 if ours else 0,
            colour=0.5 if ours else 1,
            optimiser=Optimiser(self.optimiser, OPTIMISERS[self.optimiser]),
        )


def _shared_out(steps: int, shares: Sequence[float]) -> list[int]:
    """Return whole numbers of steps by shares that add up to 1; they add up to all steps."""
    ends = np.rint(np.cumsum(shares) * steps).astype(int)
    return np.diff(ends, prepend=0).tolist()


def trials(lengths: Sequence[int], pages: Sequence[int]) -> list[Trial]:
    """Return what is tried, the short ones first: ours, then that of the pages."""
    kinds = [(kind, rate) for kind, rates in RATES.items() for rate in rates]
    ours = [
        Trial("ours", kind, rate, steps) for steps, (kind, rate) in product(sorted(lengths), kinds)
    ]
    return ours + [Trial("the pages'", "gradient", 1.0, steps) for steps in sorted(pages)]


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
    recipe = ["source", "optimiser", "rate", "steps"]
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
    add("--pages", nargs="+", type=int, default=[60, 240], help="the same, by the pages' recipe")
    add("--batch", type=int, default=8)
    add("--threads", type=int, default=torch.get_num_threads())
    add("--quick", action="store_true", help="two classes, three steps, to try it")
    add("--output", type=Path, default=Path("results/bench/recipes.parquet"))
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Make the pictures, have them judged, print the table and write a row for each judgement."""
    args = _arguments(argv)
    count = 2 if args.quick else args.classes
    tried = trials([3], [3]) if args.quick else trials(args.lengths, args.pages)
    torch.set_num_threads(args.threads)
    maker, *others = map(network_of, [args.maker, *args.judges])
    classes = np.linspace(0, len(maker.categories) - 1, count).round().astype(int).tolist()
    found: list[dict[str, object]] = []
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
