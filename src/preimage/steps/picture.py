"""One picture, now, without a study."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from preimage import picture as pictures
from preimage.descent.descend import Step
from preimage.errors import UserError
from preimage.figures.style import Picture
from preimage.progress import progress
from preimage.steps.engine import step


@step()
def picture(
    asked: str,
    out: Path | None = None,
    photo: Path | None = None,
    seed: int = 999,
    size: int | None = None,
    device: str = "auto",
) -> None:
    """Make one picture and write it as PNG: preimage picture lite0:goldfinch

    Networks are lite0, lite1 and lite2, which come with preimage[real]; any architecture of
    torchvision, whose weights are fetched once; or a file of a study, as
    results/demo/networks/lite0.safetensors. Asked is a class, or what an objective can say:

        lite0:goldfinch                            a class, by its name or number
        lite0:tench - lite1:tench                  what one network has and the other lacks
        min(lite0:castle, lite0:volcano)           two classes side by side
        "resnet50:layer3[17]"                      a feature map; [17, 3, 3] is a neuron of it
        lite0:_blocks.3 --photo dog.jpg            what a layer keeps of a photo
        lite0:castle --photo dog.jpg               a photo on its way to a class

    An out is the file (named after what is asked where none is given), a size the side in pixels
    (the first network's own), a seed that of the noise; a device is auto, cpu or cuda.
    """
    path = out or Path(re.sub(r"[^\w.-]+", "_", asked).strip("_") + ".png")
    if path.suffix != ".png":
        raise UserError(f"--out {path}: a picture's file ends in .png")
    if not os.access(path.parent, os.W_OK):
        raise UserError(f"--out {path}: there is no folder {path.parent} that can be written")
    with progress(None, asked, unit="step") as bar:

        def tell(step: Step) -> None:
            bar.total = step.total
            bar.update()

        made = pictures.picture(
            asked, photo=photo, seed=seed, size=size, device=device, callback=tell
        )
    _save(made, path)
    print(f"{path}: {made.preimage.objective}, {made.preimage.status}")
    for network, classes in made.seen.items():
        print(f"  {network} sees {', '.join(f'{name} {share:.2f}' for name, share in classes)}")


def _save(made: pictures.Made, path: Path) -> None:
    pixels = made.preimage.image.clamp(0, 1).mul(255).round().byte().permute(1, 2, 0).numpy()
    about: Mapping[str, object] = {
        "asked": made.asked,
        "objective": str(made.preimage.objective),
        "seed": made.preimage.seed,
    }
    Picture(Image.fromarray(pixels), about).save(path)
