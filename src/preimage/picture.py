"""One picture, now: a line in, an image out, with a recipe that needs no tuning.

from preimage.picture import picture
picture("lite0:goldfinch")
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from preimage.descent.descend import Preimage, Step, descend
from preimage.descent.layers import Extractor, layer_names
from preimage.descent.objective import LOGITS, Direction, Match, Objective
from preimage.descent.recipe import Octave, Recipe, Start
from preimage.device import choose
from preimage.errors import UserError, near_matches
from preimage.measures.images.judging import judge
from preimage.networks.classes import class_index
from preimage.networks.known import FILE, known_network
from preimage.networks.network import Network
from preimage.photo_files import SHIPPED
from preimage.photos import open_photo

PHOTO = "photo"
# A network by its word or file, perhaps at a size; then a class, or a layer without an address.
_NAMED = re.compile(
    rf"(?P<network>[\w./][\w./-]*?(?:{re.escape(FILE)})?)(?P<at>@\d+)?:"
    r"(?P<what>[^:\[\](),+*]+?)(?=\s*(?:[\[),]|\s[+-]\s|$))"
)
# Of a side: the octaves of classes and features, from large shapes to details.
_OCTAVES = ((0.57, 60, 0.05, 0.03), (0.86, 40, 0.04, 0.02), (1.0, 40, 0.02, 0.005))
_STEPS_OF_A_MATCH = 160
_MARGIN = 16  # pixels of an image around what a network sees of it at a step


@dataclass(frozen=True)
class Made:
    """A picture and what it is of.

    preimage: the image [3, S, S], not clipped, and its trace. asked: the line, as it was given.
    seen: by network the three classes that it sees in the picture, the likeliest first.
    """

    preimage: Preimage
    asked: str
    seen: Mapping[str, tuple[tuple[str, float], ...]]


def picture(
    asked: str,
    *,
    photo: str | Path | None = None,
    seed: int = 999,
    size: int | None = None,
    device: str = "auto",
    callback: Callable[[Step], None] | None = None,
) -> Made:
    """Return the picture that a line asks for.

    asked: an objective whose networks are words (`networks.known.known_network`) and whose classes
    may go by their names: ``lite0:goldfinch``, ``resnet50:dalmatian - resnet50:husky``,
    ``resnet50:layer3[17]``, ``min(lite0:tench, lite1:tench)``. photo: a file, or one of
    scikit-image's (chelsea, coffee, rocket, astronaut); a layer alone is then reconstructed from
    it, and any other descent starts from it. size: side in pixels; the first
    network's own if none is given.

    Raises UserError for what is not there, before the first step.
    """
    words = _aliases(asked)
    networks = {alias: known_network(word) for word, alias in words.items()}
    objective = read(asked, networks, words, photo=photo is not None)
    if not objective.terms:
        raise UserError(f"{asked!r} asks for nothing: its terms cancel each other")
    first = networks[objective.networks[0]]
    on = choose(device)
    models = {name: network.model.to(on) for name, network in networks.items()}
    matched = any(isinstance(part, Match) for part in objective.parts)
    start = Start("picture", (), PHOTO) if photo and not matched else Start("normal", (0.5, 0.05))
    found = descend(
        [objective],
        recipe(objective, models, size or first.size, start),
        models,
        seeds=seed,
        pictures={PHOTO: _photo(photo)} if photo else {},
        batch=1,
        device=on,
        callback=callback,
    )[0]
    return Made(
        found, asked, {n: _seen(network, found.image, on) for n, network in networks.items()}
    )


def read(
    asked: str,
    networks: Mapping[str, Network],
    words: Mapping[str, str] | None = None,
    *,
    photo: bool = False,
) -> Objective:
    """Return the objective that a line means, where classes go by their names.

    networks: by the names that the objective calls them by. words: these names, by the words of the
    line; the same, if none are given.

    Raises UserError for a name that is neither a class nor a layer.
    """

    def addressed(found: re.Match[str]) -> str:
        name = (words or {}).get(found["network"], found["network"])
        place = _place(found["what"].strip(), networks[name], name)
        return f"{name}{found['at'] or ''}:{place}"

    objective = Objective.parse(_NAMED.sub(addressed, asked))
    alone = objective.terms[0][1] if len(objective.terms) == 1 else None
    if photo and isinstance(alone, Direction) and not alone.index and alone.layer != LOGITS:
        return Objective.parse(f"match({alone.view}:{alone.layer}, {PHOTO})")
    return objective


def _aliases(asked: str) -> dict[str, str]:
    """Return what an objective calls each network that a line names: a file goes by its name alone.

    Raises UserError where a line names none, and for two files of one name.
    """
    found = [match["network"] for match in _NAMED.finditer(asked)]
    if not found:
        raise UserError(
            f"{asked!r} names no network: ask for network:class or network:layer[index], as "
            "lite0:goldfinch, lite0:tench - lite1:tench or resnet50:layer3[17]"
        )
    names = {word: Path(word).stem if word.endswith(FILE) else word for word in found}
    for word, name in names.items():
        if other := [one for one in names if names[one] == name and one != word]:
            raise UserError(f"{word} and {other[0]} are both called {name}: rename a file")
    return names


def _place(what: str, network: Network, name: str) -> str:
    """Return the layer or the logit that a word means."""
    layers = layer_names(network.model)
    if what in layers:
        return what
    try:
        number = class_index(int(what) if what.isdecimal() else what, network.categories, name)
    except UserError as error:
        if what.isdecimal() or what in network.categories:  # there is no such number, or several
            raise UserError(str(error).removeprefix("configuration, ")) from error
        near = near_matches(what, [*network.categories, *layers])
        raise UserError(f"{name} has neither a class nor a layer {what!r}{near}") from error
    return f"{LOGITS}[{number}]"


def recipe(
    objective: Objective, models: Mapping[str, torch.nn.Module], size: int, start: Start
) -> Recipe:
    """Return a recipe for one picture of `size` pixels, whatever its network."""
    if any(isinstance(part, Match) for part in objective.parts):
        octave = Octave(size=size, iterations=_STEPS_OF_A_MATCH, lr=(0.1, 0.005), sigma=(1.2, 0.3))
        return Recipe((octave,), start=start, normalised=True)
    readers = [(part, Extractor(models[part.network], [part.layer])) for part in objective.parts]
    grown = [
        Octave(
            size=round(size * part) + _MARGIN,
            crop=round(size * part),
            iterations=iterations,
            lr=(first, last),
            sigma=(0.5, 0.4) if part < 1 else None,
        )
        for part, iterations, first, last in _OCTAVES
        if part == 1 or _all_take(readers, round(size * part))
    ]
    return Recipe(tuple(grown), start=start, normalised=True, smooth=1.2, colour=0.5)


def _photo(photo: str | Path) -> Tensor:
    shipped = str(photo) in SHIPPED and not Path(photo).exists()
    return open_photo({"shipped": str(photo)} if shipped else {"file": photo})


def _all_take(readers: Iterable[tuple[Direction, Extractor]], side: int) -> bool:
    """Whether all networks can see images of that side: some take one alone."""
    try:
        for part, reader in readers:
            reader.check([part], [side])
    except UserError:
        return False
    return True


def _seen(network: Network, image: Tensor, device: torch.device) -> tuple[tuple[str, float], ...]:
    """Return the three classes that a network sees in an image, the likeliest first."""
    logits = judge(network.model, image[None], network.size, batch=1, device=device)[0]
    likely = torch.from_numpy(logits).softmax(dim=0).topk(min(3, len(logits)))
    return tuple((network.categories[i], float(share)) for share, i in zip(*likely, strict=True))
