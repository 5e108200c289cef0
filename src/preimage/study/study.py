"""What a study consists of: its networks, image sets, blocks and items, as data for plan files."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from preimage.descent.recipe import Recipe
from preimage.networks.classes import class_index, class_names
from preimage.photo_files import photo_file
from preimage.study.configuration import Config
from preimage.study.cutting import cut
from preimage.study.keys import content_digest
from preimage.study.kinds import ImageSet, Photos, Pictures, image_sets
from preimage.study.modules import source_digest
from preimage.study.sources import (
    is_merged,
    is_untrained,
    labels,
    learns_noise,
    weights_file,
)

Plan = dict[str, Any]
Run = tuple[str, str]  # names of an image set and of the network that makes it

DIGESTS = "results/digests.json"  # of the user's files, so that each is read once


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
    def image_sets(self) -> dict[str, ImageSet]:
        """Image sets by name."""
        return image_sets(self.config["image_sets"], self.classes)

    @cached_property
    def runs(self) -> list[Run]:
        """Image set and generating network of every run."""
        return [(name, network) for name, one in self.image_sets.items() for network in one.runs]

    def runs_of(self, *kinds: type) -> list[Run]:
        """Return the runs of image sets of these kinds."""
        return [run for run in self.runs if isinstance(self.image_sets[run[0]], kinds)]

    @cached_property
    def photo_runs(self) -> list[Run]:
        """The runs whose targets are photos."""
        return self.runs_of(Photos)

    @cached_property
    def feature_runs(self) -> list[Run]:
        """The runs whose targets are features: neurons, maps, whole layers."""
        return [run for run in self.runs if self.image_sets[run[0]].is_of_features]

    @cached_property
    def class_runs(self) -> list[Run]:
        """The runs whose targets are classes, or pairs of them."""
        return [run for run in self.runs if self.image_sets[run[0]].is_of_classes]

    @cached_property
    def still_runs(self) -> list[Run]:
        """The runs of classes that have one picture of each target and seed, not frames of it."""
        return [run for run in self.class_runs if not self.image_sets[run[0]].frames]

    @cached_property
    def class_images(self) -> list[Run]:
        """The runs of *the* class images: of the largest set of A, and of those the first."""
        return self._runs_that_ask("A")

    @cached_property
    def opposites(self) -> list[Run]:
        """The runs of *the* opposites: of the largest set of -A, and of those the first."""
        return self._runs_that_ask("-A")

    @property
    def has_distances(self) -> bool:
        """Whether there are class images of several classes, between which there are distances."""
        return any(len(self.image_sets[name].targets) > 1 for name, _ in self.class_images)

    def _runs_that_ask(self, objective: str) -> list[Run]:
        found = [one for one in self.image_sets.values() if one.asks(objective)]
        if not found:
            return []
        largest = max(found, key=lambda one: len(one.targets))
        return [(largest.name, network) for network in largest.runs]

    @cached_property
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

    def networks_of(self, image_set: str, network: str) -> list[str]:
        """Return the networks that are needed to make a run."""
        views = self.image_sets[image_set].template.views(network)
        return sorted({view.network for view in views})

    def network_plan(self, network: str) -> Plan:
        """Return what decides a network; files of weights, and of the user's code, by content."""
        entry = self.networks[network]
        categories = labels(entry) if learns_noise(entry) else self.classes
        plan = {"options": {}} | dict(entry) | {"categories": categories}
        plan.pop("judges", None)
        if file := weights_file(plan):
            found = content_digest(file, DIGESTS)
            plan["weights"] = {"sha256": found} | plan["weights"]
        if "module" in plan:
            plan["code"] = source_digest(plan["module"])
        return plan

    @cached_property
    def modules(self) -> list[str]:
        """What builds networks beside torchvision, as package.module:callable."""
        found = {entry["module"] for entry in self.networks.values() if "module" in entry}
        return sorted(found)

    def blocks(self, image_set: str, network: str) -> dict[str, Plan]:
        """Return the plan of each block of a run, what one job makes, by the block's name.

        `cutting` says what is in which block.
        """
        if (image_set, network) not in self._blocks:
            self._blocks[image_set, network] = self._cut(self.image_sets[image_set], network)
        return self._blocks[image_set, network]

    @cached_property
    def _blocks(self) -> dict[Run, dict[str, Plan]]:
        return {}

    def _cut(self, image_set: ImageSet, network: str) -> dict[str, Plan]:
        run, recipe = image_set.runs[network], self.recipe(image_set.name, network)
        shared: Plan = {
            "set": image_set.name,
            "code": image_set.entry["code"],
            "network": network,
            "recipe": recipe.data() | {"name": run.recipe},
        }
        pictures = 1  # of an item
        if image_set.frames and not image_set.template.moves:
            pictures = shared["frames"] = image_set.frames
        most = max(1, self.config["block"] // pictures)
        found = cut(image_set.items(network), most, by_layer=not image_set.is_of_classes)
        there = self._pictures(image_set)
        return {
            name: shared | {"items": items} | self._beside(items, recipe, there)
            for name, items in found.items()
        }

    def _beside(self, items: list[Plan], recipe: Recipe, pictures: Mapping[str, Plan]) -> Plan:
        """Return the photos, and the pictures of others, that items need."""
        photos = {item["photo"] for item in items if "photo" in item}
        found: Plan = {"photos": self.photos_plan(photos | _start(recipe))}
        if pictures:
            found["pictures"] = {i["picture"]: pictures[i["picture"]] for i in items}
        return found

    def _pictures(self, image_set: ImageSet) -> dict[str, Plan]:
        """Return where the pictures are that a set matches, by name: a file and a place in it."""
        if not isinstance(image_set, Pictures):
            return {}
        folder = f"results/{self.name}/images/{'/'.join(image_set.matched)}"
        return {
            image_set.picture(item["classes"][0], item["seed"]): {
                "file": f"{folder}/{block}.safetensors",
                "place": place,
            }
            for block, plan in self.blocks(*image_set.matched).items()
            for place, item in enumerate(plan["items"])
        }

    def layers(self, image_set: str, network: str) -> list[str]:
        """Return the layers of a run: several where photos are matched or maps raised, else one."""
        return list(self.image_sets[image_set].runs[network].layers)

    def recipe(self, image_set: str, network: str) -> Recipe:
        """Return the recipe of a run."""
        return self._recipes[self.image_sets[image_set].runs[network].recipe]

    @cached_property
    def _recipes(self) -> dict[str, Recipe]:
        entries = self.config["recipes"]
        return {one["name"]: Recipe.read(one, f"recipe {one['name']}") for one in entries}

    def photos_plan(self, names: Iterable[str]) -> Plan:
        """Return photos by name: file or name of one `shipped`, digest, `fit`, `part` if any."""
        return {name: dict(self._photo(name)) for name in sorted({*names})}

    def _photo(self, name: str) -> Plan:
        if name not in self._photos:
            entry = next(photo for photo in self.config["photos"] if photo["name"] == name)
            place = {key: entry[key] for key in ("file", "shipped", "fit", "part") if key in entry}
            found = content_digest(photo_file(place), DIGESTS)
            self._photos[name] = place | {"sha256": found}
        return self._photos[name]

    @cached_property
    def _photos(self) -> dict[str, Plan]:
        return {}

    def look(self, image_set: str) -> Plan:
        """Return the look of a set's sheets; of the classes to show, those that the set has.

        Where it has none of them, as few pairs have, it is shown like any other.
        """
        look = {
            k: v for k, v in self.config["figures"].items() if k not in ("metric", "animations")
        }
        asked = {class_index(c, self.classes, "figures.show") for c in look.pop("show", [])}
        targets = self.image_sets[image_set].targets if asked else ()
        shown = asked & {c for classes in targets for c in classes}
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

    def _checks(self, image_set: str, network: str) -> list[Plan]:
        sides = sorted({octave.side for octave in self.recipe(image_set, network).octaves})
        where = {"where": f"image set {image_set}, run of {network}"}
        found = self.image_sets[image_set].furthest(network)
        return [where | {"objective": objective, "sides": sides} for objective in found]

    def _orders(self, image_set: str, network: str) -> Iterator[Plan]:
        """Yield the layers of a run whose order is taken for their depth."""
        if self.image_sets[image_set].has_layers_by_depth:
            where = f"image set {image_set}, run of {network}"
            yield {"where": where, "network": network, "layers": self.layers(image_set, network)}


def _start(recipe: Recipe) -> set[str]:
    return {recipe.start.picture} if recipe.start.kind == "picture" else set()
