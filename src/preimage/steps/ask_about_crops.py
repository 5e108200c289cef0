"""Pictures of classes: how many things another network sees in their parts (I1)."""

import numpy as np
import pandas as pd
import torch

from preimage.blocks import of, read_image
from preimage.measures.images.crops import count_labels
from preimage.measures.images.judging import judge
from preimage.measures.images.scrambling import scrambled
from preimage.plans import Plan
from preimage.progress import progress
from preimage.steps.computing import Machine, Networks
from preimage.steps.engine import step
from preimage.steps.reading import Pictures
from preimage.tables.images import CROPS

MOST = 100  # classes of a run, evenly spread: each picture is seen eighteen times


class CroppedRun(Plan):
    """A run of pictures of classes, and the network that is shown their parts."""

    set: str
    network: str
    judge: str


class CroppedRuns(Plan):
    """Whose pictures are cut, and who sees the parts:

    runs:
      - {set: opposites, network: resnet50, judge: googlenet}
    """

    runs: list[CroppedRun]


@step(crops=CROPS)
def ask_about_crops(
    plan: CroppedRuns, networks: Networks, pictures: Pictures, machine: Machine
) -> pd.DataFrame:
    """Show parts of pictures of classes, as they are and with scrambled phases, to a network; write
    how many different classes it takes those of each for.
    """
    shown = [(run, _spread(of(pictures, run.set, run.network))) for run in plan.runs]
    parts = [pd.DataFrame(columns=CROPS.names)]
    with progress(sum(len(own) for _, own in shown), "ask", unit="picture") as bar:
        for run, own in shown:
            asked = networks.load(run.judge, machine)

            def say(images: torch.Tensor, asked: object = asked) -> np.ndarray:
                look = {"batch": machine.batch, "device": machine.device}
                return judge(asked.model, images, asked.size, **look)

            for _, one in own.iterrows():
                image = torch.from_numpy(read_image(one.file, one.row))[None]
                other = scrambled(image, [f"{one.objective} {one.seed}"])
                counts = {"labels": image, "scrambled_labels": other}
                cells = {name: count_labels(say, shown_) for name, shown_ in counts.items()}
                address = {key: one[key] for key in ("set", "network", "item", "seed", "class_a")}
                parts.append(pd.DataFrame({**address, "judge": run.judge, **cells}))
                bar.update(1)
    return pd.concat(parts[1:] or parts)


def _spread(pictures: pd.DataFrame) -> pd.DataFrame:
    classes = np.sort(pictures.class_a.unique())
    kept = classes[np.linspace(0, len(classes) - 1, min(len(classes), MOST)).round().astype(int)]
    return pictures[pictures.class_a.isin(kept)]
