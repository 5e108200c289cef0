"""What a study consists of: its networks, image sets, blocks and items, as data for plan files.

A *block* is what one job makes: the items of an image set with the same layer and seed whose first
class falls into the same stretch of class indices, or whose photo into the same stretch of the
photos. Indices are fixed, so adding a class, a photo at the end, a layer or a seed changes its own
block only.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

from preimage.blocks import frame_of
from preimage.descent.objective import LOGITS, Objective
from preimage.descent.recipe import Recipe
from preimage.networks.classes import class_index, class_names
from preimage.photo_files import photo_file
from preimage.study.configuration import Config
from preimage.study.features import Feature, features_of, is_of_features, raising, stretches
from preimage.study.image_sets import recipe_named
from preimage.study.keys import content_digest
from preimage.study.sources import is_merged, is_untrained, labels, learns_noise, weights_file
from preimage.study.targets import Target, seeds, targets
from preimage.study.templates import at_time, filled, moves, named

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

    @property
    def photo_runs(self) -> list[tuple[str, str]]:
        """The runs whose targets are photos."""
        return [run for run in self.runs if "photos" in self.image_sets[run[0]]]

    @property
    def feature_runs(self) -> list[tuple[str, str]]:
        """The runs whose targets are features: neurons, maps, whole layers."""
        return [run for run in self.runs if is_of_features(self.image_sets[run[0]])]

    @property
    def class_runs(self) -> list[tuple[str, str]]:
        """The runs whose targets are classes, or pairs of them."""
        others = {*self.photo_runs, *self.feature_runs}
        return [run for run in self.runs if run not in others]

    @property
    def still_runs(self) -> list[tuple[str, str]]:
        """The runs of classes that have one picture of each target and seed, not frames of it."""
        return [run for run in self.class_runs if "frames" not in self.image_sets[run[0]]]

    @property
    def judges(self) -> list[str]:
        """The networks that know the study's classes, or at least make pictures of them.

        But merged ones, which are nearly the networks that they started from, and those that the
        configuration leaves out.
        """
        making = {network for _, network in self.class_runs}
        return [
            name
            for name, entry in self.networks.items()
            if entry.get("judges", not is_merged(entry))
            and (name in making or not (learns_noise(entry) or is_untrained(entry)))
        ]

    def judges_of(self, network: str) -> list[str]:
        """Return the judges of the pictures of a network: itself among them, if it is merged."""
        return list(dict.fromkeys([*self.judges, network]))

    def network_plan(self, network: str) -> Plan:
        """Return what decides a network; a user's file of weights counts by its content."""
        entry = self.networks[network]
        categories = labels(entry) if learns_noise(entry) else self.classes
        plan = {"options": {}} | dict(entry) | {"categories": categories}
        plan.pop("judges", None)
        if file := weights_file(plan):
            found = content_digest(file, DIGESTS)
            plan["weights"] = {"sha256": found} | plan["weights"]
        return plan

    def blocks(self, image_set: str, network: str) -> dict[str, Plan]:
        """Return the plan of each block of a run by the block's name."""
        entry, recipe = self.image_sets[image_set], self.recipe(image_set, network)
        shared = {
            "set": image_set,
            "code": entry["code"],
            "network": network,
            "recipe": recipe.data() | {"name": self._run(image_set, network)["recipe"]},
        }
        if "frames" in entry and not moves(entry["objective"]):
            shared["frames"] = entry["frames"]  # of the descent; the items of others are frames
        blocks: dict[str, Plan] = {}
        for seed in seeds(entry):
            for layer, place, item in self._placed(image_set, network, seed):
                name = f"{place}.{seed}"
                block = blocks.setdefault(name, shared | {"layer": layer, "items": []})
                block["items"].append(item | {"seed": seed})
        pictures = self._pictures(image_set)
        for block in blocks.values():
            block["photos"] = self.photos_plan(_photos(recipe, block["items"]))
            if pictures:
                block["pictures"] = {i["picture"]: pictures[i["picture"]] for i in block["items"]}
        return dict(sorted(blocks.items()))

    def layers(self, image_set: str, network: str) -> list[str]:
        """Return the layers of a run: several where photos are matched, else one."""
        run, entry = self._run(image_set, network), self.image_sets[image_set]
        if "photos" in entry:
            return list(run.get("layers", entry.get("layers")))
        return [run.get("layer", LOGITS)]

    def recipe(self, image_set: str, network: str) -> Recipe:
        """Return the recipe of a run."""
        return recipe_named(self._run(image_set, network)["recipe"], self.config)

    def photos_plan(self, names: Iterable[str]) -> Plan:
        """Return photos by name: the user's file, or the name of one `shipped`, and its digest."""
        entries = {photo["name"]: photo for photo in self.config["photos"]}
        plan = {}
        for name in sorted({*names}):
            place = {key: entries[name][key] for key in ("file", "shipped") if key in entries[name]}
            plan[name] = place | {"sha256": content_digest(photo_file(place), DIGESTS)}
        return plan

    def reconstructions_plan(self, image_set: str, network: str) -> Plan:
        """Return what the measures of a run of photos need to know of it."""
        return {
            "set": image_set,
            "network": network,
            "layers": self.layers(image_set, network),
            "recipe": self.recipe(image_set, network).data(),
            "photos": self.photos_plan(self.image_sets[image_set]["photos"]),
        }

    def look(self, image_set: str) -> Plan:
        """Return the look of a set's sheets; of the classes to show, those that the set has.

        Where it has none of them, as few pairs have, it is shown like any other.
        """
        look = {
            k: v for k, v in self.config["figures"].items() if k not in ("metric", "animations")
        }
        asked = {class_index(c, self.classes, "figures.show") for c in look.pop("show", [])}
        shown = asked & {c for classes in self._targets(image_set) for c in classes}
        return look | ({"show": sorted(shown)} if shown else {})

    def check_plan(self) -> Plan:
        """Return what `preimage.steps.check_study` is to check.

        Of each run and layer, that is the objective whose class has the highest number: a layer
        that has a place for it has one for all.
        """
        return {
            "networks": [self.network_plan(network) for network in self.networks],
            "objectives": [check for run in self.runs for check in self._checks(*run)],
            "orders": [order for run in self.runs for order in self._orders(*run)],
        }

    def _run(self, image_set: str, network: str) -> Mapping[str, Any]:
        runs = self.image_sets[image_set]["runs"]
        return next(run for run in runs if run["network"] == network)

    def _checks(self, image_set: str, network: str) -> Iterator[Plan]:
        for objective in self._furthest(image_set, network):
            yield {
                "where": f"image set {image_set}, run of {network}",
                "objective": objective,
                "sides": sorted({o.side for o in self.recipe(image_set, network).octaves}),
            }

    def _orders(self, image_set: str, network: str) -> Iterator[Plan]:
        """Yield the layers of a run whose order is taken for their depth."""
        entry = self.image_sets[image_set]
        if "maps" in entry or "photos" in entry:
            listed = entry["maps"]["layers"] if "maps" in entry else self.layers(image_set, network)
            where = f"image set {image_set}, run of {network}"
            yield {"where": where, "network": network, "layers": listed}

    def _furthest(self, image_set: str, network: str) -> Iterator[str]:
        """Yield objectives such that a network that can do these can do all of the run."""
        entry = self.image_sets[image_set]
        if is_of_features(entry):
            last: dict[str, Feature] = {}
            for feature in features_of(entry):
                key = feature.name if "features" in entry else feature.layers[0]
                last[key] = max(last.get(key, feature), feature, key=lambda f: f.place)
            for feature in last.values():
                yield raising(entry["objective"], feature.steps[-1], network)
            return
        furthest = max(self._targets(image_set), key=max)
        for layer in self.layers(image_set, network):
            item = self._item(image_set, network, layer, furthest, seed=seeds(entry)[0], t=0.5)
            yield item["objective"]

    def _targets(self, image_set: str) -> list[Target]:
        return targets(self.image_sets[image_set], self.classes)

    def _placed(self, image_set: str, network: str, seed: int) -> Iterator[tuple[str, str, Plan]]:
        """Yield the layers, the block, and the plan of each item of a run from one seed."""
        entry = self.image_sets[image_set]
        if is_of_features(entry):
            for feature, number, place in stretches(entry, self.config["block"]):
                item = self._of_feature(entry, network, feature, number)
                yield " + ".join(feature.layers), f"{place}.{'+'.join(feature.layers)}", item
            return
        for layer, target in product(self.layers(image_set, network), self._targets(image_set)):
            place = self._place(target)
            for item in self._items(image_set, network, layer, target, seed):
                yield layer, f"{place}.{layer}" if "photos" in entry else place, item

    def _place(self, target: Target) -> str:
        """Return the stretch of classes or photos that a target falls into."""
        first = target[0]
        if isinstance(first, str):
            first = [photo["name"] for photo in self.config["photos"]].index(first)
        return f"{first // self.config['block']:03d}"

    def _of_feature(
        self, entry: Mapping[str, Any], network: str, feature: Feature, number: int
    ) -> Plan:
        """Return the plan of the picture of a feature at one of its steps."""
        objective = raising(entry["objective"], feature.steps[number], network)
        item = {"item": feature.name, "target": feature.name, "objective": objective}
        if "reading_order" in entry:
            return item | {"item": frame_of(feature.name, number), "frame": number}
        return item

    def _items(
        self, image_set: str, network: str, layer: str, target: Target, seed: int
    ) -> list[Plan]:
        """Return the item of a target, or one for each frame where its objective moves."""
        entry = self.image_sets[image_set]
        if not moves(entry["objective"]):
            return [self._item(image_set, network, layer, target, seed=seed)]
        count = entry["frames"]
        frames = [
            self._item(image_set, network, layer, target, seed=seed, t=k / (count - 1))
            for k in range(count)
        ]
        return [
            item | {"item": frame_of(item["item"], k), "frame": k} for k, item in enumerate(frames)
        ]

    def _item(
        self, image_set: str, network: str, layer: str, target: Target, *, seed: int, t: float = 0.0
    ) -> Plan:
        entry = self.image_sets[image_set]
        template = at_time(entry["objective"], t)
        if "photos" in entry:
            what = {"item": f"{layer}.{target[0]}", "target": target[0], "photo": target[0]}
            picture = target[0]
        else:
            name = named(template, [self.classes[c] for c in target])
            what = {"item": _identifier(template, target), "target": name, "classes": list(target)}
            picture = self._picture(entry, target[0], seed) if "pictures" in entry else ""
            what |= {"picture": picture} if picture else {}

        def address(view: str, letter: str) -> str:
            at = f"{view or network}:{LOGITS if view else layer}"
            return f"{at}, {picture}" if letter == "P" else f"{at}[{target['AB'.index(letter)]}]"

        return what | {"objective": str(Objective.parse(filled(template, address)))}

    def _pictures(self, image_set: str) -> dict[str, Plan]:
        """Return where the pictures are that a set matches, by name: a file and a place in it."""
        entry = self.image_sets[image_set]
        if not (of := entry.get("pictures")):
            return {}
        folder = f"results/{self.name}/images/{of['set']}/{of['network']}"
        return {
            self._picture(entry, item["classes"][0], item["seed"]): {
                "file": f"{folder}/{block}.safetensors",
                "place": place,
            }
            for block, plan in self.blocks(of["set"], of["network"]).items()
            for place, item in enumerate(plan["items"])
        }

    def _picture(self, entry: Mapping[str, Any], number: int, seed: int) -> str:
        """Return what the picture of a class is called that a set matches from a seed.

        It is that from the same seed or, where there is none, from the other set's first.
        """
        of = entry["pictures"]
        there = seeds(self.image_sets[of["set"]])
        return f"{of['set']}.{of['network']}.{number:03d}.{seed if seed in there else there[0]}"


def _photos(recipe: Recipe, items: Sequence[Plan]) -> set[str]:
    """Return the names of the photos that a block needs."""
    start = {recipe.start.picture} if recipe.start.kind == "picture" else set()
    return start | {item["photo"] for item in items if "photo" in item}


def _identifier(template: str, classes: Sequence[int]) -> str:
    sign = "-" if re.search(r"-[^A-Z]*B", template) else "+"
    return sign.join(f"{index:03d}" for index in classes)
