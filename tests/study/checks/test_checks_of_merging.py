"""Merged networks: what they are made of, what the configuration may not say of them."""

import copy

import pytest
from merged_studies import IMAGES, SCHEMA, SMALL, entry, of, study

from preimage.errors import UserError
from preimage.networks.world import World
from preimage.study.configuration import checked
from preimage.study.study import Study


def test_a_merged_network_has_architecture_size_and_options_of_the_one_it_starts_from():
    config = copy.deepcopy(SMALL)
    config["networks"][0]["options"] = {"zero_init_residual": True}
    images = IMAGES | {"classes": [World().classes[5], 0]}
    # The second starts from the first, which comes after it.
    config["networks"] += [entry("second", network="new"), entry(images=images)]
    whole = Study(checked(config, SCHEMA))
    for name in ("new", "second"):
        plan = whole.network_plan(name)
        assert (plan["architecture"], plan["size"]) == ("resnet18", 32)
        assert plan["options"] == {"zero_init_residual": True}
        assert plan["categories"] == whole.classes
    assert whole.network_plan("new")["weights"]["merged"]["images"]["classes"] == [0, 5]
    assert [plan["name"] for plan in whole.check_plan()["networks"]][-2:] == ["second", "new"]


def images(**changes):
    return entry(images=IMAGES | changes)


ON_ITSELF = images(set="made", network="new")
LOOKS = of("looks", "A + new@24:A", network="resnet18")
MATCHED = of("matched", "match(P)", network="resnet18")


@pytest.mark.parametrize(
    ("networks", "message"),
    [
        (
            [entry(network="resnet81")],
            r"networks\[3\] \(new\).*network 'resnet81'.*did you mean re",
        ),
        ([entry(toward="vgg")], r"weights\.merged\.toward 'vgg' is not there"),
        ([entry(toward="resnet18")], "resnet18 cannot be merged toward itself"),
        ([entry(toward="resnet18-noise")], "toward: resnet18-noise is trained on noise"),
        ([entry(network="resnet18-noise")], "network: resnet18-noise is trained on noise"),
        ([entry() | {"size": 64}], r"\(new\): leave out size: a merged network has that of"),
        ([entry() | {"architecture": "resnet18"}], "leave out architecture"),
        ([images(set="pictures")], r"images\.set 'pictures' is not there"),
        ([images(set="reconstructions")], "reconstructions has no pictures of one class each"),
        ([images(set="additions")], "not one with photos, pairs or frames"),
        ([images(set="film")], "film has no pictures of one class each"),
        ([images(set="opposites")], "among the runs of opposites, network 'squeezenet' is not"),
        ([images(classes=[0, 2])], r"images\.classes: class_images has no picture of .*: add"),
        ([images(classes=["red plain rig"])], r"no class 'red plain rig' \(did you mean"),
        ([images(classes=[])], r"images\.classes"),
        ([entry(loss="L2")], '"L2" is none of sum_of_squares, l1, l2'),
        ([entry(steps=0)], "steps: 0 is less than the minimum of 1"),
        ([entry(momentum=0.9)], "unknown key 'momentum'"),
        ([entry(learning_rate="1e-5")], "A number has no quotes, and a point before its e"),
        ([{"name": "new", "weights": {"merged": {"network": "resnet18"}}}], "toward, images miss"),
        ([entry(network="new")], "a merged network is made of itself: new <- new"),
        ([entry(network="b"), entry("b", toward="new")], "made of itself: (new <- b|b <- new)"),
        ([ON_ITSELF], "made of itself: new <- new: give another network or other images"),
        ([images(set="looks", network="resnet18")], "made of itself: new <- new"),
        ([images(set="matched", network="resnet18")], "made of itself: new <- new"),
    ],
)
def test_what_cannot_be_is_named(networks, message):
    sets = [
        of(),
        LOOKS,
        MATCHED | {"pictures": {"set": "made", "network": "new"}},
        of("film", network="squeezenet") | {"frames": 3},
    ]
    with pytest.raises(UserError, match=f"configuration, .*{message}"):
        study(*networks, image_sets=sets)
