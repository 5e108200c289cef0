"""How a descent goes: start, octaves, loss, regularisers, precision. Data only, no torch."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from math import isfinite, nan
from typing import Any, Self

from preimage.errors import UserError, check_keys

PRECISIONS = ("float32", "tf32", "bfloat16", "float64")
STARTS = ("normal", "uniform", "picture")
BLURS = ("image", "crop")
REGULARISERS = ("l1", "l2", "total_variation")
OPTIMISERS = {"gradient": (), "momentum": (0.9,), "Adam": (0.9, 0.999)}


@dataclass(frozen=True)
class Start:
    """The first image: noise drawn from the item's seed, or a picture by name.

    normal: mean and standard deviation. uniform: low and high. Values are of RGB in [0, 1].
    """

    kind: str = "normal"
    values: tuple[float, float] = (0.7, 0.05)
    picture: str = ""

    @classmethod
    def read(cls, data: Mapping[str, Any], where: str) -> Self:
        """Read ``{normal: [0.7, 0.05]}``, ``{uniform: [0.5, 0.6]}`` or ``{picture: name}``."""
        if not isinstance(data, Mapping) or len(data) != 1 or next(iter(data)) not in STARTS:
            raise UserError(f"{where}: start is {data!r}, give one of {', '.join(STARTS)}")
        kind, value = next(iter(data.items()))
        if kind == "picture":
            return cls(kind, picture=str(value))
        if not isinstance(value, list | tuple) or len(value) != 2:
            raise UserError(f"{where}: start {kind} is {value!r}, give two numbers")
        values = _ends(value, f"{where}: start {kind}")
        if kind == "normal" and values[1] < 0:
            raise UserError(f"{where}: start normal {list(values)}: a deviation is never below 0")
        return cls(kind, values)

    def data(self) -> dict[str, Any]:
        """Return what `read` takes."""
        return {self.kind: self.picture if self.kind == "picture" else list(self.values)}


@dataclass(frozen=True)
class Loss:
    """Loss of an objective of value V: ``scale * (ceiling - V)``, or its absolute value."""

    scale: float = 1.0
    ceiling: float = 0.0
    absolute: bool = False

    @classmethod
    def read(cls, data: Mapping[str, Any], where: str) -> Self:
        """Read ``{scale: 0.5, ceiling: 200, absolute: true}``, each of them optional."""
        _known(data, {f.name for f in fields(cls)}, where)
        scale, ceiling = data.get("scale", cls.scale), data.get("ceiling", cls.ceiling)
        scale, ceiling = _number(scale, f"{where}: scale"), _number(ceiling, f"{where}: ceiling")
        if scale <= 0:
            raise UserError(
                f"{where}: scale {scale:g} must be above 0; for the other way, negate the objective"
            )
        return cls(scale, ceiling, _truth(data.get("absolute", cls.absolute), f"{where}: absolute"))


@dataclass(frozen=True)
class Optimiser:
    """What a step follows: its gradient, or what that and those before it in an octave add up to.

    The formulas are torch.optim's: `gradient` and `momentum` are SGD, the latter with a decay a
    step, and `Adam` has the decays of its mean and of its mean square.
    """

    kind: str = "gradient"
    decays: tuple[float, ...] = ()

    @classmethod
    def read(cls, data: str | Mapping[str, Any], where: str) -> Self:
        """Read ``gradient``, ``momentum`` or ``Adam``, or with decays of one's own
        ``{momentum: 0.9}`` or ``{Adam: [0.9, 0.999]}``.
        """
        given = data if isinstance(data, Mapping) else {str(data): None}
        kind, value = next(iter(given.items())) if len(given) == 1 else (None, None)
        if kind not in OPTIMISERS or (kind == "gradient" and value is not None):
            forms = "gradient, momentum, Adam, {momentum: 0.9} or {Adam: [0.9, 0.999]}"
            raise UserError(f"{where} is {data!r}, give {forms}")
        if value is None:
            return cls(kind, OPTIMISERS[kind])
        values = value if isinstance(value, list | tuple) else [value]
        if len(values) != len(OPTIMISERS[kind]):
            raise UserError(f"{where}: {kind} is {value!r}, give {len(OPTIMISERS[kind])} numbers")
        return cls(kind, tuple(_decay(one, f"{where}: {kind}") for one in values))

    def data(self) -> str | dict[str, Any]:
        """Return what `read` takes."""
        if not self.decays:
            return self.kind
        return {self.kind: self.decays[0] if len(self.decays) == 1 else list(self.decays)}


@dataclass(frozen=True)
class Octave:
    """Some iterations at one image size.

    size: side in pixels; the image is resized to it first.
    crop: side of the random square that each step sees and changes; None is the whole image.
    lr, sigma: value at the first and toward the last iteration, linear in between; sigma is of
    the 3x3 Gaussian blur after each step in pixels, None for no blur.
    """

    size: int
    iterations: int
    lr: tuple[float, float]
    sigma: tuple[float, float] | None = None
    crop: int | None = None

    @property
    def side(self) -> int:
        """Side in pixels of what the network sees."""
        return self.crop or self.size

    def schedule(self) -> Iterator[tuple[float, float | None]]:
        """Yield the learning rate and sigma of each iteration."""
        for i in range(self.iterations):
            yield self._at(self.lr, i), None if self.sigma is None else self._at(self.sigma, i)

    def _at(self, ends: tuple[float, float], i: int) -> float:
        start, end = ends
        return (start * (self.iterations - i) + end * i) / self.iterations


@dataclass(frozen=True)
class Recipe:
    """Everything but objective and seed that decides a picture.

    normalised: each gradient is divided by its own root mean square first, so that `lr` is how far
    a pixel moves in a step, whatever the layer, network, size or scale of the loss.
    smooth: the power of its frequency by which each part of a gradient is divided; the finest
    stripes keep their size, and large shapes and soft shades grow beside edges. 0 changes nothing.
    colour: how much is left of a gradient's colour, its difference from its own grey; 1 is all.
    optimiser: what becomes of the gradients, after all that, before `lr` multiplies them.
    blur: whether the Gaussian covers the whole image or only the crop just changed.
    regularisers: weights of ``l1`` (sum of absolute pixels), ``l2`` (sum of squares) and
    ``total_variation`` (sum of absolute differences of neighbours) in the loss.
    precision: of the network's arithmetic; the image itself stays float32 (float64 in float64).
    """

    octaves: tuple[Octave, ...]
    start: Start = Start()
    loss: Loss = Loss()
    normalised: bool = False
    smooth: float = 0.0
    colour: float = 1.0
    optimiser: Optimiser = Optimiser()
    blur: str = "image"
    regularisers: Mapping[str, float] = field(default_factory=dict)
    precision: str = "float32"

    @classmethod
    def read(cls, data: Mapping[str, Any], where: str = "recipe") -> Self:
        """Read the YAML form, where `where` says in error messages which recipe it is."""
        _known(data, {f.name for f in fields(cls)} | {"name"}, where, needed=("octaves",))
        if not isinstance(data["octaves"], list | tuple) or not data["octaves"]:
            raise UserError(f"{where}: octaves are {data['octaves']!r}, give a list of one or more")
        octaves = tuple(_octave(o, f"{where}, octave {i}") for i, o in enumerate(data["octaves"]))
        return cls(
            octaves=octaves,
            start=Start.read(data.get("start", {"normal": [0.7, 0.05]}), where),
            loss=Loss.read(data.get("loss", {}), f"{where}, loss"),
            normalised=_truth(data.get("normalised", False), f"{where}: normalised"),
            smooth=_not_below_0(data.get("smooth", 0.0), f"{where}: smooth"),
            colour=_not_below_0(data.get("colour", 1.0), f"{where}: colour"),
            optimiser=Optimiser.read(data.get("optimiser", "gradient"), f"{where}: optimiser"),
            blur=_choice(data.get("blur", "image"), BLURS, f"{where}: blur"),
            regularisers=_regularisers(data.get("regularisers", {}), f"{where}, regularisers"),
            precision=_choice(data.get("precision", "float32"), PRECISIONS, f"{where}: precision"),
        )

    def data(self) -> dict[str, Any]:
        """Return what `read` takes, every default written out, as JSON knows it.

        But for the optimiser: what recipes without one have made is still theirs.
        """
        whole = asdict(self) | {"start": self.start.data(), "optimiser": self.optimiser.data()}
        if self.optimiser == Optimiser():
            del whole["optimiser"]
        return json.loads(json.dumps(whole))

    @property
    def digest(self) -> str:
        """Twelve hex digits that stand for this recipe."""
        return hashlib.sha256(json.dumps(self.data(), sort_keys=True).encode()).hexdigest()[:12]

    @property
    def iterations(self) -> int:
        """Iterations of all octaves together."""
        return sum(octave.iterations for octave in self.octaves)


def _octave(data: Mapping[str, Any], where: str) -> Octave:
    _known(data, {f.name for f in fields(Octave)}, where, needed=("size", "iterations", "lr"))
    octave = Octave(
        size=_count(data["size"], f"{where}: size"),
        iterations=_count(data["iterations"], f"{where}: iterations"),
        lr=_ends(data["lr"], f"{where}: lr"),
        sigma=None if data.get("sigma") is None else _ends(data["sigma"], f"{where}: sigma"),
        crop=None if data.get("crop") is None else _count(data["crop"], f"{where}: crop"),
    )
    if octave.side > octave.size:
        raise UserError(f"{where}: crop {octave.crop} is larger than size {octave.size}")
    if min(octave.lr) < 0 or max(octave.lr) == 0:
        raise UserError(
            f"{where}: lr {list(octave.lr)} must not be below 0, nor 0 throughout; for the other "
            "way, negate the objective"
        )
    if octave.sigma and min(octave.sigma) <= 0:
        raise UserError(
            f"{where}: sigma {list(octave.sigma)} must be above 0; leave it out for none"
        )
    return octave


def _regularisers(data: Mapping[str, Any], where: str) -> dict[str, float]:
    known = _known(data, set(REGULARISERS), where)
    return {name: _number(weight, f"{where}: {name}") for name, weight in known.items()}


def _ends(value: float | list[float], where: str) -> tuple[float, float]:
    pair = value if isinstance(value, list | tuple) else [value, value]
    if len(pair) != 2:
        raise UserError(f"{where} is {value}: give one number, or start and end")
    return _number(pair[0], where), _number(pair[1], where)


def _number(value: object, where: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = nan
    if not isfinite(number):
        raise UserError(f"{where} is {value!r}, give a number")
    return number


def _not_below_0(value: object, where: str) -> float:
    number = _number(value, where)
    if number < 0:
        raise UserError(f"{where} is {value!r}, give 0 or more")
    return number


def _decay(value: object, where: str) -> float:
    number = _number(value, where)
    if not 0 <= number < 1:
        raise UserError(f"{where} is {value!r}, give 0 or more, below 1")
    return number


def _truth(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise UserError(f"{where} is {value!r}, give true or false")
    return value


def _count(value: object, where: str) -> int:
    number = _number(value, where)
    if number < 1 or number % 1:
        raise UserError(f"{where} is {value!r}, give a whole number above 0")
    return int(number)


def _known(
    data: Mapping[str, Any], names: set[str], where: str, needed: Sequence[str] = ()
) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise UserError(f"{where} is {data!r}, give a mapping of {', '.join(sorted(names))}")
    check_keys(data, sorted(names), where)
    for key in needed:
        if key not in data:
            raise UserError(f"{where}: {key!r} is missing")
    return data


def _choice(value: str, allowed: tuple[str, ...], where: str) -> str:
    if value not in allowed:
        raise UserError(f"{where} is {value!r}: use one of {', '.join(allowed)}")
    return value
