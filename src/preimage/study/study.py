"""What a study consists of: its networks, image sets, blocks and items, as data for plan files.

A *block* is what one job makes: the items of an image set with the same seed whose first class
falls into the same stretch of class indices. Classes have fixed indices, so adding a class or a
seed changes its own block only.
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from preimage.descent.objective import Objective
from preimage.descent.recipe import Recipe
from preimage.networks.world import World
from preimage.study.classes import class_index, class_names
from preimage.study.configuration import Config, filled, recipe_named
from preimage.study.keys import content_digest
from preimage.study.sources import weights_file

Plan = dict[str, Any]

DIGESTS = "results/digests.json"  # of the user's files, so that each is read once


def networks_of(plan: Plan) -> list[str]:
    """Return the networks that the objectives of a block address."""
    objectives = (Objective.parse(item["objective"]) for item in plan["items"])
    return sorted({network for objective in objectives for network in objective.networks})


@dataclass(frozen=True)
class Study:
    """A checked configuration (`configuration.checked`), seen as the things it asks for."""

    config: Config

    @property
    def name(self) -> str:
        """Its name, which is its folder's as well."""
        return self.config["study"]

    @cached_property
    def classes(self) -> list[str]:
        """Names of the classes, in the order of a network's outputs."""
        return class_names(self.config["classes"])

    @cached_property
    def networks(self) -> dict[str, Mapping[str, Any]]:
        """Entries of the configuration by name of network."""
        return {entry["name"]: entry for entry in self.config["networks"]}

    @cached_property
    def image_sets(self) -> dict[str, Mapping[str, Any]]:
        """Entries of the configuration by name of image set."""
        return {entry["name"]: entry for entry in self.config["image_sets"]}

    @property
    def runs(self) -> list[tuple[str, str]]:
        """Image set and generating network of every run."""
        return [
            (s, run["network"]) for s, entry in self.image_sets.items() for run in entry["runs"]
        ]

    def network_plan(self, network: str) -> Plan:
        """Return what decides a network; a user's file of weights counts by its content."""
        plan = {"options": {}} | dict(self.networks[network]) | {"categories": self.classes}
        if file := weights_file(plan):
            found = content_digest(file, DIGESTS)
            plan["weights"] = {"sha256": found} | plan["weights"]
        return plan

    def blocks(self, image_set: str, network: str) -> dict[str, Plan]:
        """Return the plan of each block of a run by the block's name."""
        run = self._run(image_set, network)
        recipe = self._recipe(image_set, network)
        shared = {
            "set": image_set,
            "code": self.image_sets[image_set]["code"],
            "network": network,
            "layer": run["layer"],
            "recipe": recipe.data() | {"name": run["recipe"]},
            "photos": self._photos(recipe),
        }
        blocks: dict[str, Plan] = {}
        for classes in self._targets(image_set):
            stretch = f"{classes[0] // self.config['block']:03d}"
            item = self._item(image_set, run, classes)
            for seed in self.image_sets[image_set].get("seeds", [999]):
                block = blocks.setdefault(f"{stretch}.{seed}", shared | {"items": []})
                block["items"].append(item | {"seed": seed})
        return dict(sorted(blocks.items()))

    def factors_plan(self) -> Plan:
        """Return the demo world and what each image set asks of its classes."""
        objectives = {name: _plain(entry["objective"]) for name, entry in self.image_sets.items()}
        return {"world": asdict(World()), "objectives": objectives}

    def figure_plans(self) -> dict[str, Plan]:
        """Return the plan of each figure by its name under the folder of figures."""
        metric = {"metric": self.config["figures"].get("metric", "l2")}
        plans: dict[str, Plan] = {}
        for image_set, network in self.runs:
            run = {"set": image_set, "network": network}
            look = {"style": self._look(image_set)}
            plans[f"{image_set}/{network}"] = run | look
            plans[f"traces/{image_set}/{network}"] = run | {
                "octaves": [o.iterations for o in self._recipe(image_set, network).octaves]
            }
            if image_set == "opposites":
                sets = {"class_images": "class_images", "opposites": "opposites"}
                plans[f"class_to_opposite/{network}"] = {"network": network, **sets, **look}
        for network in self.networks:
            for judge in self.networks:
                pair = {"set": "class_images", "network": network, "judge": judge}
                plans[f"distances/{network}.by.{judge}"] = pair | metric
        return plans

    def _look(self, image_set: str) -> Plan:
        """Return the look of a set's sheets; of the classes to show, those that the set has.

        Where it has none of them, as few pairs have, it is shown like any other.
        """
        look = {key: value for key, value in self.config["figures"].items() if key != "metric"}
        asked = {class_index(c, self.classes, "figures.show") for c in look.pop("show", [])}
        shown = asked & {c for classes in self._targets(image_set) for c in classes}
        return look | ({"show": sorted(shown)} if shown else {})

    def check_plan(self) -> Plan:
        """Return what `preimage.steps.check_study` is to check.

        Of each run, that is the objective whose class has the highest number: a layer that has a
        place for it has one for all.
        """
        return {
            "networks": [self.network_plan(network) for network in self.networks],
            "objectives": [self._check(*run) for run in self.runs],
        }

    def _run(self, image_set: str, network: str) -> Mapping[str, Any]:
        runs = self.image_sets[image_set]["runs"]
        return {"layer": "logits"} | next(run for run in runs if run["network"] == network)

    def _recipe(self, image_set: str, network: str) -> Recipe:
        return recipe_named(self._run(image_set, network)["recipe"], self.config)

    def _check(self, image_set: str, network: str) -> Plan:
        furthest = max(self._targets(image_set), key=max)
        return {
            "where": f"image set {image_set}, run of {network}",
            "objective": self._item(image_set, self._run(image_set, network), furthest)[
                "objective"
            ],
            "sides": sorted({octave.side for octave in self._recipe(image_set, network).octaves}),
        }

    def _photos(self, recipe: Recipe) -> Plan:
        """Return the photos that a recipe needs, by name: file and content."""
        files = {photo["name"]: photo["file"] for photo in self.config["photos"]}
        needed = [recipe.start.picture] if recipe.start.kind == "picture" else []
        return {
            name: {"file": files[name], "sha256": content_digest(files[name], DIGESTS)}
            for name in needed
        }

    def _targets(self, image_set: str) -> list[tuple[int, ...]]:
        entry = self.image_sets[image_set]
        where = f"image set {image_set}"
        if "pairs" in entry:
            return _pairs(entry["pairs"], self.classes, where)
        if entry["classes"] == "all":
            return [(i,) for i in range(len(self.classes))]
        return sorted({(class_index(c, self.classes, where),) for c in entry["classes"]})

    def _item(self, image_set: str, run: Mapping[str, Any], classes: tuple[int, ...]) -> Plan:
        template = self.image_sets[image_set]["objective"]
        address = {
            letter: f"{run['network']}:{run['layer']}[{index}]"
            for letter, index in zip("AB", classes, strict=False)
        }
        name = {letter: self.classes[index] for letter, index in zip("AB", classes, strict=False)}
        return {
            "item": _identifier(template, classes),
            "target": filled(template, name),
            "objective": str(Objective.parse(filled(template, address))),
            "classes": list(classes),
        }


def _plain(template: str) -> str:
    """Write an objective of classes in the one way that an objective prints itself: -A for - A."""
    letters = {letter: f"class:{letter}" for letter in "AB"}
    return str(Objective.parse(filled(template, letters))).replace("class:", "")


def _identifier(template: str, classes: Sequence[int]) -> str:
    sign = "-" if re.search(r"-[^A-Z]*B", template) else "+"
    return sign.join(f"{index:03d}" for index in classes)


def _pairs(
    pairs: Sequence[Sequence[str | int]] | Mapping[str, int], names: Sequence[str], where: str
) -> list[tuple[int, ...]]:
    if isinstance(pairs, Mapping):
        draw = random.Random(pairs.get("seed", 0))
        every = [(a, b) for a in range(len(names)) for b in range(len(names)) if a != b]
        return sorted(draw.sample(every, min(pairs["sample"], len(every))))
    return sorted({tuple(class_index(c, names, where) for c in pair) for pair in pairs})
