"""A configuration that cannot be is one error: key, value, and what would be right."""

import copy
from pathlib import Path

import pytest
import yaml
from PIL import Image

from preimage.errors import UserError
from preimage.study.configuration import checked

WORKFLOW = Path(__file__).parents[2] / "workflow"
SCHEMA = WORKFLOW / "schemas" / "config.schema.yaml"
SMALL = yaml.safe_load((WORKFLOW / "small.yaml").read_text(encoding="utf-8"))


def changed(*path_and_value):
    """Return the small study with one value changed; the last of the arguments is the value."""
    *path, last, value = path_and_value
    config = copy.deepcopy(SMALL)
    place = config
    for key in path:
        place = place[key]
    place[last] = value
    return config


@pytest.mark.parametrize("study", ["small", "world"])
def test_the_studies_of_the_project_are_in_order(study):
    checked(yaml.safe_load((WORKFLOW / f"{study}.yaml").read_text(encoding="utf-8")), SCHEMA)


@pytest.mark.parametrize("study", ["demo", "imagenet_small"])
def test_so_are_those_of_networks_that_come_with_pip(study):
    pytest.importorskip("efficientnet_lite_pytorch", reason="pip install preimage[real]")
    checked(yaml.safe_load((WORKFLOW / f"{study}.yaml").read_text(encoding="utf-8")), SCHEMA)


def test_the_study_of_the_source_pages_is_in_order():
    config = yaml.safe_load((WORKFLOW.parent / "config.yaml").read_text(encoding="utf-8"))
    assert checked(config, SCHEMA)["block"] == 125


def test_what_is_left_out_gets_its_default():
    config = {key: value for key, value in SMALL.items() if key not in ("batch", "figures")}
    whole = checked(config, SCHEMA)
    assert (whole["batch"], whole["figures"]) == (8, {})


FIRST_SET = ("image_sets", 0)
PHOTOS = {
    "name": "photos",
    "code": "C1",
    "objective": "match(P)",
    "photos": ["chelsea"],
    "layers": ["layer1"],
    "runs": [{"network": "resnet18", "recipe": "quick"}],
}
RUN = {"network": "resnet18", "recipe": "quick"}
SIDES = {"name": "x", "code": "M5", "columns": [{"set": "maps", "network": "resnet18"}] * 2}
PICTURES = {"set": "opposites", "network": "resnet18"}
LIKE = {"name": "like", "code": "B4", "objective": "match(P)", "classes": [0], "runs": [RUN]} | {
    "pictures": PICTURES
}
LEVEL = {"objective": "match(F, 200, L2)"}
FEATURES = {"name": "f", "code": "M1", "objective": "F", "features": ["a[5]"], "runs": [RUN]}
ORDERED = {k: v for k, v in FEATURES.items() if k != "features"} | {
    "reading_order": {"layer": "a", "maps": [1], "rows": 2, "columns": 2}
}
TIMED = {"name": "timed", "code": "J1", "objective": "(1 - t) * A + t * B", "runs": [RUN]} | {
    "pairs": [[0, 1]]
}
ON_NOISE = {"network": "resnet18-noise", "recipe": "quick"}
NET = ("networks", 0)
BARE = {"name": "resnet18", "size": 32, "weights": {"trained": {"steps": 2}}}
BOTH = {"architecture": "resnet18", "module": "json:loads"}
NOISE = ("networks", 2, "weights", "trained")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("devise", "cpu"), "top level: unknown key 'devise'.*device"),
        (("device", "gpu"), 'device: "gpu" is none of auto, cpu, cuda'),
        (("batch", 0), "batch: 0 is less than the minimum of 1"),
        (("study", "my study"), "study: .*my study"),
        (("networks", 0, {"name": "a"}), r"networks\[0\]: size, weights missing"),
        ((*NET, {**BARE}), r"networks\[0\] \(resnet18\): nothing says what it is built as: give"),
        ((*NET, {**BARE, **BOTH}), "architecture and module says what it is built as"),
        ((*NET, {**BARE, "module": "json"}), r'module: "json" will not do, give package\.module:c'),
        ((*NET, {**BARE, "module": "json:a$(b)"}), "will not do, give package.module:callable"),
        ((*NET, {**BARE, "module": "jso:a"}), "network resnet18: there is no module 'jso'"),
        (
            (*NET, {**BARE, "module": "json:a", "weights": "DEFAULT"}),
            "network resnet18: the weights DEFAULT are a name of torchvision's",
        ),
        (
            (*NET, {**BARE, "module": "json:a", "options": {}}),
            "options goes with architecture: leave",
        ),
        (("networks", 0, "output", "logits"), "output goes with module: leave it out"),
        (("networks", 0, "input", "imagnet"), r"networks\[0\]\.input: .*allowed here: imagenet"),
        (("networks", 0, "input", {"range": [1, 0]}), r"input\.range: \[1, 0\] does not rise"),
        (("networks", 0, "input", {"std": [1, 1, 0]}), r"input\.std\[2\]: 0 is less than or equal"),
        (("networks", 3, "input", "imagenet"), "leave out input: a merged network has that of the"),
        (
            ("networks", 0, "weights", {"package": "numpi", "file": "a.pth"}),
            "network resnet18: no package 'numpi' is installed",
        ),
        (("networks", 0, "weights", {"fil": "a"}), r"networks\[0\]\.weights: .*torchvision's"),
        (("networks", 0, "size", "big"), r"networks\[0\]\.size: 'big' is not of type 'integer'"),
        (("recipes", 0, "octaves", 0, "lr", "x"), r"octaves\[0\]\.lr: .*\[start, end\]"),
        (("recipes", 0, "precision", "half"), 'precision: "half" is none of float32'),
        (
            ("recipes", 0, "optimiser", "adam"),
            r'optimiser: "adam" is none of .*\{Adam: \[0.9, 0.999',
        ),
        (("recipes", 0, "optimiser", {"momentum": 1}), "optimiser.momentum: 1 is greater than"),
        (("recipes", 0, "optimiser", {"Adam": [0.9]}), r"optimiser.Adam: \[0.9\] is too short"),
        (("recipes", 1, "name", "quick"), "recipes: 2 of them are called 'quick'"),
        (("feature_comparisons", [SIDES, SIDES]), "feature_comparisons: 2 of them are called 'x'"),
        (("atlas", {"comparisons": [SIDES]}), "atlas: this key is called feature_comparisons now"),
        (
            (*FIRST_SET, "classes", [0, "rde disc"]),
            r"image_sets\[0\] \(class_images\): there is no",
        ),
        ((*FIRST_SET, "classes", [36]), "no class 36, only 0 to 35"),
        (("classes", "imagenet"), r"networks\[0\] \(resnet18\): .* set classes to demo"),
        ((*FIRST_SET, "classes", "7"), r"image_sets\[0\]\.classes: .* allowed here"),
        (
            (*FIRST_SET, "pairs", [[0, 1]]),
            r"image_sets\[0\]: .*allowed .*only one of these",
        ),
        (
            ("image_sets", 2, "pairs", {"sample": 1261}),
            r"\(additions\): .* only 1260 of 36 classes",
        ),
        ((*FIRST_SET, "runs", 0, "layer", "fc[1]"), r'runs\[0\]\.layer: "fc\[1\]" .*no index'),
        ((*FIRST_SET, "name", "Bär 1"), r'image_sets\[0\]\.name: "Bär 1" .*ASCII letters, digits'),
        ((*FIRST_SET, "name", "class_to_opposite"), r"image_sets\[0\]\.name: .*figures' own"),
        ((*FIRST_SET, "seeds", [2**32]), r"seeds\[0\]: 4294967296 is greater than the maximum"),
        (("study", "weights"), "study: .*not weights, where downloads are"),
        (
            ("networks", 0, "weights", {"file": "a", "sha256": "A" * 64}),
            r"\.sha256: .*small letters",
        ),
        (("recipes", 0, "octaves", 0, "lr", "1e-3"), r"\[start, end\]\. .* before its e: 1\.0e-3"),
        (("recipes", 0, "octaves", 0, "lr", [1, "x"]), r"\.lr\[1\]: 'x' is not of type 'number'"),
        (("recipes", 0, "octaves", 0, "crop", 40), "recipe quick, octave 0: crop 40 is larger"),
        ((*FIRST_SET, "objective", "A + B"), "'A \\+ B' needs pairs"),
        ((*FIRST_SET, "objective", "C"), "objective: "),
        (
            (*FIRST_SET, "objective", "A * A"),
            r"\(class_images\): cannot read the objective 'A \* A'",
        ),
        ((*FIRST_SET, "objective", "A - A"), "objective 'A - A' asks for nothing"),
        (
            (*FIRST_SET, "objective", "A - resnet18:A"),
            r"\(class_images\): .*asks for nothing of resnet18",
        ),
        (
            (*FIRST_SET, "objective", "A - resnet81:fc[3]"),
            "network of the objective 'resnet81' is not there.*mean resnet18",
        ),
        ((*FIRST_SET, "objective", "A[3]"), r"cannot read the objective 'A\[3\]': give a sum of A"),
        (("image_sets", 3, "pairs", [[0, 1], [5, 5]]), r"\(subtractions\): the pair \[5, 5\] is"),
        (
            (*FIRST_SET, "runs", [RUN, RUN | {"recipe": "slow"}]),
            r"\(class_images\): 2 runs of 'resnet18'.* image set of its own",
        ),
        ((*FIRST_SET, "runs", 0, "network", "resnet"), "network 'resnet' is not there.*resnet18"),
        ((*FIRST_SET, "runs", 0, "recipe", "quik"), "recipe 'quik' is not there.*quick"),
        (("recipes", 0, "start", {"picture": "dog"}), "start picture 'dog' is not there"),
        (("figures", "animations", {"fps": 0}), r"figures\.animations\.fps: 0 is less than .* 1"),
        (("figures", "show", ["dog"]), r"figures\.show\[0\]: there is no class 'dog'"),
        (
            ("networks", 0, "weights", {"file": "no.pth"}),
            r"weights\.file: there is no file no\.pth",
        ),
        ((*NOISE, "image", 8), r"weights\.trained: unknown key 'image' \(did you mean images\?\)"),
        ((*NOISE, "steps", 8), r"networks\[2\]\.weights\.trained: unknown key 'steps'"),
        (
            ("networks", 0, "weights", {"trained": {"epochs": 8}}),
            r"weights\.trained: unknown key 'epochs'.*known: batch, data, learning_rate, seed, st",
        ),
        ((*NOISE[:-1], "trained", {"data": "noise"}), "trained: images, labels, epochs missing"),
        ((*NOISE, "data", "nois"), r'weights\.trained\.data: "nois" is none of demo, noise'),
        ((*NOISE, "labels", 1), r"trained\.labels: 1 is less than the minimum of 2"),
        ((*FIRST_SET, "runs", [ON_NOISE]), r"\(class_images\): resnet18-noise is trained on noise"),
        (("photos", [{"name": "dog", "file": "no.jpg"}]), "photo dog: there is no file"),
        ((*FIRST_SET, "objective", "match(P)"), r"objective 'match\(P\)' needs photos"),
        ((*FIRST_SET, "layers", ["layer1"]), "layers are for sets of photos"),
        (("image_sets", 0, PHOTOS | {"photos": ["chelsey"]}), "photo 'chelsey'.*mean chelsea"),
        (
            ("image_sets", 0, PHOTOS | {"runs": [PHOTOS["runs"][0] | {"photos": ["coffee"]}]}),
            "run of resnet18: photo 'coffee' is not there; there are: chelsea",
        ),
        ((*FIRST_SET, "runs", 0, "photos", ["chelsea"]), "the run of .* has photos: they are for"),
        (
            ("photos", [{"name": "camera", "package": "skimage", "file": "data/camera"}]),
            r"photo camera: the package skimage has no file 'data/camera'.*data/camera\.png",
        ),
        (("image_sets", 0, PHOTOS | {"objective": "match(P, L3)"}), r"match\(P, L2\), one of L1"),
        (("image_sets", 0, PHOTOS | {"objective": "match(P) - A"}), "cannot read the objective"),
        (("image_sets", 0, {k: PHOTOS[k] for k in PHOTOS if k != "layers"}), "give layers"),
        (("image_sets", 0, PHOTOS | {"frames": 5}), "frames are of classes or pairs"),
        (("image_sets", 0, LIKE | {"pictures": PICTURES | {"set": "opposit"}}), "mean opposites"),
        (("image_sets", 0, LIKE | {"pictures": PICTURES | {"network": "alexnet"}}), "runs of oppo"),
        (("image_sets", 0, LIKE | {"objective": "A"}), "pictures are for the objective match"),
        (
            ("image_sets", 0, LIKE | {"pictures": {"set": "additions", "network": "resnet18"}}),
            "one pi",
        ),
        (("image_sets", 0, LIKE | {"classes": [0, 35]}), "opposites has no picture of"),
        ((*FIRST_SET, "objective", "resnet18:A + resnet81@64:A"), "'resnet81'.*mean resnet18"),
        (
            (*FIRST_SET, "objective", "A + resnet18-noise:A"),
            "trained on noise and knows no classes",
        ),
        (("image_sets", 0, FEATURES | {"features": ["layer1[5"]}), "cannot .*features are such as"),
        (
            ("image_sets", 0, FEATURES | {"features": ["a[1, 2]", "a[1,2]"]}),
            r"a\[1, 2\] is there 2",
        ),
        (("image_sets", 0, FEATURES | LEVEL | {"features": ["a + b"]}), "take one address"),
        (("image_sets", 0, ORDERED | LEVEL), "take one address, 'a.*is a sum"),
        (("image_sets", 0, FEATURES | {"objective": "F - A"}), "of no class A, give .* or F alone"),
        (("image_sets", 0, FEATURES | {"objective": "A"}), "needs classes"),
        (("image_sets", 0, FEATURES | {"frames": 3}), "frames are of classes or pairs"),
        (("image_sets", 0, TIMED), r"changes with t: give frames"),
        (("image_sets", 0, TIMED | {"frames": 1}), r"frames: 1 is less than the minimum of 2"),
        (("image_sets", 0, TIMED | {"objective": "(1 - t) * A"}), "needs classes"),
    ],
)
def test_what_cannot_be_is_named(change, message):
    with pytest.raises(UserError, match=f"configuration, .*{message}"):
        checked(changed(*change), SCHEMA)


def test_two_pictures_of_a_run_have_no_name_in_common(tmp_path):
    Image.effect_noise((64, 64), 50).save(tmp_path / "x.png")
    config = changed("image_sets", 0, PHOTOS | {"photos": ["x", "conv1.x"]})
    config["photos"] = [{"name": n, "file": str(tmp_path / "x.png")} for n in ("x", "conv1.x")]
    config |= {"image_sets": config["image_sets"][:1], "networks": config["networks"][:1]}
    config |= {"spaces": [], "comparisons": [], "feature_comparisons": []}
    checked(config, SCHEMA)
    config["image_sets"][0]["layers"] = ["layer1.0.conv1", "layer1.0"]
    message = (
        r"configuration, image_sets\[0\] \(photos\): two pictures by resnet18 would be called "
        r"'layer1\.0\.conv1\.x': of match\(resnet18:layer1\.0\.conv1, x, L1\) and of "
        r"match\(resnet18:layer1\.0, conv1\.x, L1\)"
    )
    with pytest.raises(UserError, match=message):
        checked(config, SCHEMA)


def test_a_recipe_that_nothing_uses_is_read_as_well():
    unused = {"name": "unused", "octaves": [{"size": 32, "iterations": 1, "lr": -1}]}
    with pytest.raises(UserError, match="configuration, recipe unused, octave 0: lr"):
        checked(changed("recipes", [*SMALL["recipes"], unused]), SCHEMA)


@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_a_photo_that_cannot_be_read_is_named(tmp_path, ending):
    file = tmp_path / f"dog.{ending}"
    Image.effect_noise((64, 64), 50).save(file)
    file.write_bytes(file.read_bytes()[:-300])
    with pytest.raises(UserError, match=rf"photo dog: .*dog\.{ending} is no readable photo"):
        checked(changed("photos", [{"name": "dog", "file": str(file)}]), SCHEMA)


def test_a_photo_of_a_package_is_a_file_like_others():
    photos = [{"name": "camera", "package": "skimage", "file": "data/camera.png"}]
    (camera,) = (p for p in checked(changed("photos", photos), SCHEMA)["photos"] if "file" in p)
    assert Path(camera["file"]).is_file()
    assert camera.keys() == {"name", "file"}


def test_a_photo_of_a_package_is_fitted_as_it_says():
    photos = [{"name": "moon", "package": "skimage", "file": "data/moon.png", "part": "left"}]
    photos[0]["fit"] = "pad"
    (moon,) = (p for p in checked(changed("photos", photos), SCHEMA)["photos"] if "file" in p)
    assert (moon["part"], moon["fit"]) == ("left", "pad")
