"""Networks of a study that differ by chance alone, and what is found of each photo in them.

Of these and the photos a claim about depth or training has its sample.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

import numpy as np
import pandas as pd
from msgspec import Meta

from preimage.claims.ledger import Evidence, Samples
from preimage.claims.makers import Makers, first_third, is_third
from preimage.descent.objective import LOGITS
from preimage.measures.depth.stages import Run, by_kind, named_together, staged
from preimage.measures.depth.units import by_photo
from preimage.measures.statistics.crossed import Crossed
from preimage.measures.statistics.samples import Sample, Scale
from preimage.plans import Plan

SIZE = 299  # pixels, of the pictures of the page
_HALF = 0.5
_OTHERS = 2  # photos from which on one is told from another


class Claimed(Run):
    """A run, and how it was made.

    code: of its image set. size, iterations: of its pictures. normalised: whether steps are told in
    pixels. fixed: whether they keep their length. recorded: the stage for which the page names this
    recipe.
    """

    code: str
    recipe: str
    size: int
    iterations: int
    normalised: bool
    fixed: bool
    recorded: str = ""


class DepthClaims(Plan):
    """The runs of photos, and the networks that may recognise these, in their order:

    runs:
      - {set: reconstructions, network: mine, architecture: resnet50, state: trained, blur: true,
         layers: [conv1, layer4], kind: resnet50 trained layer mine, code: C1, recipe: layer,
         size: 299, iterations: 220, normalised: true, fixed: false, recorded: ""}
    judges: [other]
    """

    runs: Annotated[list[Claimed], Meta(min_length=1)]
    judges: list[str]


@dataclass(frozen=True, eq=False)
class Kind:
    """Networks of one set that differ by chance alone, and what is found of each photo in them.

    runs: of one recipe. descents, units: the rows of `by_descent` and `by_photo` of these runs.
    judge: who recognises their photos; "" where nobody does.
    """

    runs: tuple[Claimed, ...]
    descents: pd.DataFrame
    units: pd.DataFrame
    makers: Makers
    judge: str

    @property
    def first(self) -> Claimed:
        """One of its runs; they differ only in the network."""
        return self.runs[0]

    @property
    def state(self) -> str:
        """What its networks were trained on."""
        return self.first.state

    @property
    def architecture(self) -> str:
        """What its networks are."""
        return self.first.architecture

    @property
    def blur(self) -> bool:
        """Whether the recipe blurs."""
        return self.first.blur

    @cached_property
    def stages(self) -> dict[str, str]:
        """Which layer stands for which stage."""
        return staged(self.architecture, self.first.layers)

    @property
    def inner(self) -> list[str]:
        """The layers between conv1 and the logits."""
        ends = {self.stages.get("conv1"), LOGITS}
        return [layer for layer in self.first.layers if layer not in ends]

    @property
    def alone(self) -> bool:
        """Whether there is one photo only, which cannot be told from others."""
        return self.units.index.get_level_values("photo").nunique() < _OTHERS

    def __str__(self) -> str:
        names = [run.network for run in self.runs]
        return f"{named_together(names)} ({self.first.set})"

    def has(self, *stages: str) -> bool:
        """Say whether it has layers for all of these stages."""
        return set(stages) <= set(self.stages)

    def at(self, column: str, *stages: str) -> pd.Series:
        """Return a column of `by_photo`, by photo and network: the mean of the layers of stages."""
        return self.mean(column, [self.stages[stage] for stage in stages])

    def mean(self, column: str, layers: Sequence[str]) -> pd.Series:
        """Return a column of `by_photo`, by photo and network: the mean of these layers."""
        return self.table(column).reindex(columns=list(layers)).mean(axis=1, skipna=False)

    def table(self, column: str) -> pd.DataFrame:
        """Return a column of `by_photo` by photo and network, a column a layer, by depth."""
        wide = self.units[column].unstack("layer")
        return wide.reindex(columns=list(self.first.layers))

    def is_page_s(self, architecture: str, *, rule: bool = True) -> bool:
        """Return whether a page used these networks at this size; by the rule of steps, or any."""
        return (
            self.first.size == SIZE
            and (self.first.normalised or not rule)
            and all(
                self.makers[run.network].is_page_s(architecture, self.state) for run in self.runs
            )
        )

    def evidence(self, claim: str, parts: Samples, **said: object) -> Evidence:
        """Return what was found of a claim on these networks."""
        about = {"networks": str(self), "recipe": self.first.recipe, "size": self.first.size}
        return Evidence(claim, parts, **(about | said))

    @property
    def recogniser(self) -> dict[str, str]:
        """Who recognised the photos, and whether that is of the maker's family."""
        third = is_third(self.judge, self.makers, *(run.network for run in self.runs))
        kin = "" if third else f"the judge {self.judge} is of the maker's family"
        return {"measured_in": self.judge, "why": kin}


def kinds_of(plan: DepthClaims, descents: pd.DataFrame, makers: Makers) -> list[Kind]:
    """Return the kinds of a study. descents: what `by_descent` returns."""
    first = {
        (run.set, run.network): staged(run.architecture, run.layers).get("conv1", "")
        for run in plan.runs
    }
    units, judges = by_photo(descents, first), judges_of(plan, makers)
    return [
        Kind(
            tuple(runs),
            rows_of(descents, runs),
            _units_of(units, runs),
            makers,
            judges[runs[0].network],
        )
        for runs in by_kind(plan.runs)
    ]


def judges_of(plan: DepthClaims, makers: Makers) -> dict[str, str]:
    """Return who recognises the photos of each network: the first that is no kin, or is another."""
    found = {}
    for network in (run.network for run in plan.runs):
        others = [judge for judge in plan.judges if judge != network]
        found[network] = first_third(others, makers, network) or next(iter(others), "")
    return found


def rows_of(rows: pd.DataFrame, runs: Sequence[Claimed]) -> pd.DataFrame:
    """Return the rows of some runs of one set."""
    return rows[(rows.set == runs[0].set) & rows.network.isin([run.network for run in runs])]


def _units_of(units: pd.DataFrame, runs: Sequence[Claimed]) -> pd.DataFrame:
    """Return the units of some runs of one set, by photo, network and layer."""
    names = units.index.get_level_values
    own = (names("set") == runs[0].set) & names("network").isin([run.network for run in runs])
    return units[own].droplevel("set").reorder_levels(["photo", "network", "layer"])


def sample(values: pd.Series, scale: Scale = "mean") -> Sample | Crossed:
    """Return the sample of values by photo and network: of pairs, or of both crossed."""
    photos, networks = (values.index.get_level_values(name) for name in ("photo", "network"))
    if photos.is_unique and networks.is_unique:
        return Sample(values.to_numpy(), scale)
    return Crossed(values.unstack("network").to_numpy(), scale)


def by_photos(values: pd.Series, scale: Scale = "mean") -> Sample:
    """Return the sample of photos, each the mean of its networks: it speaks of these alone."""
    return Sample(values.groupby("photo", sort=False).mean().to_numpy(), scale)


def ratio(logarithms: pd.Series) -> Sample | Crossed:
    """Return the sample of ratios whose natural logarithms these are."""
    return sample(np.exp(logarithms), "ratio")


def less(one: pd.Series, other: pd.Series) -> pd.Series:
    """Return one less other, photo by photo, by the networks of whichever has several."""
    if one.index.get_level_values("network").nunique() > 1:
        return one - other.groupby("photo").mean().reindex(one.index, level="photo")
    return one.groupby("photo").mean().reindex(other.index, level="photo") - other


def truths(values: pd.Series) -> pd.Series:
    """Return 1 where most seeds say so, else 0; NaN where none says anything."""
    return (values > _HALF).where(values.notna()).astype(float)


def identity(kind: Kind, stage: str) -> Samples:
    """Return whether another network knows photos again, by its classes and its features."""
    found = {"in_five": by_photos(truths(kind.at("in_five", stage)), "share")}
    if kind.alone:
        return found
    return found | {"recognised": by_photos(kind.at("recognised", stage), "proportion")}


def lost(kind: Kind, before: str, after: str) -> pd.Series:
    """Return the SSIM that is lost between two layers, by photo and network."""
    return kind.mean("ssim", [before]) - kind.mean("ssim", [after])
