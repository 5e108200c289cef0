"""How a study is laid out: blocks that stay as they are when others come, and their items."""

from collections.abc import Mapping
from typing import Any

import pytest

from preimage.study.configuration import DEFAULTS
from preimage.study.study import Study

RUN = {"network": "net", "recipe": "quick"}


def study(image_set: Mapping[str, Any], **changes: Any) -> Study:
    config: dict[str, Any] = {
        "study": "test",
        "classes": ["cat", "dog", "hen", "owl", "cow"],
        "block": 2,
        "networks": [{"name": "net", "architecture": "alexnet", "size": 64, "weights": "X"}],
        "recipes": [{"name": "quick", "octaves": [{"size": 64, "iterations": 2, "lr": 0.1}]}],
        "image_sets": [{"name": "set", "code": "A3", "objective": "A", "runs": [RUN]} | image_set],
    }
    return Study(DEFAULTS | config | changes)


def blocks(image_set: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    return study(image_set, **changes).blocks("set", "net")


def test_classes_fall_into_blocks_by_their_index_and_seed():
    made = blocks({"classes": [0, 1, "cow"], "seeds": [7, 999]})
    assert list(made) == ["000.7", "004.7", "000.999", "004.999"]
    assert [item["item"] for item in made["000.7"]["items"]] == ["000", "001"]
    assert {item["seed"] for item in made["004.999"]["items"]} == {999}


def test_all_classes_are_all():
    made = blocks({"classes": "all"})
    assert [len(block["items"]) for block in made.values()] == [2, 2, 1]


@pytest.mark.parametrize("more", [{"classes": ["hen", 0, 1, 2]}, {"seeds": [1, 999]}])
def test_what_is_added_leaves_the_other_blocks_alone(more):
    few = {"classes": [0, 1], "seeds": [999]}
    before, after = blocks(few), blocks(few | more)
    assert len(after) == len(before) + 1
    assert {name: after[name] for name in before} == before


@pytest.mark.parametrize(
    ("objective", "item", "target", "text"),
    [
        ("A + B", "000+003", "cat + owl", "net:logits[0] + net:logits[3]"),
        ("A - B", "000-003", "cat - owl", "net:logits[0] - net:logits[3]"),
        ("B - 0.5 * A", "000+003", "owl - 0.5 * cat", "net:logits[3] - 0.5 * net:logits[0]"),
    ],
)
def test_pairs_are_told_by_address_in_words_and_as_an_objective(objective, item, target, text):
    made = blocks({"objective": objective, "pairs": [["cat", "owl"]]})["000.999"]["items"]
    assert made == [
        {"item": item, "target": target, "objective": text, "classes": [0, 3]}
        | {"layer": "logits", "seed": 999}
    ]


def test_a_sample_of_pairs_depends_on_its_seed_alone():
    asked = {"objective": "A + B", "pairs": {"sample": 4, "seed": 1}}
    one, same = blocks(asked), blocks(asked)
    other = blocks(asked | {"pairs": {"sample": 4, "seed": 2}})
    assert one == same != other
    assert sum(len(block["items"]) for block in one.values()) == 4


def test_an_opposite_may_ask_another_layer():
    said = study({"objective": "-A", "classes": [4], "runs": [RUN | {"layer": "classifier.1"}]})
    (item,) = said.blocks("set", "net")["000.999"]["items"]
    assert item["objective"] == "-net:classifier.1[4]"
    assert item["layer"] == "classifier.1"
    assert said.networks_of("set", "net") == ["net"]


def test_the_content_of_a_photo_is_in_the_plan(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"one")
    start = {"start": {"picture": "dog"}, "name": "quick"}
    recipe = start | {"octaves": [{"size": 64, "iterations": 2, "lr": 0.1}]}
    changes = {"photos": [{"name": "dog", "file": str(photo)}], "recipes": [recipe]}
    before = blocks({"classes": [0]}, **changes)
    photo.write_bytes(b"another")
    assert blocks({"classes": [0]}, **changes) != before


PHOTOS = {"photos": [{"name": name, "shipped": name} for name in ("chelsea", "coffee", "rocket")]}
OF_PHOTOS = {"objective": "match(P)", "photos": ["chelsea", "coffee"], "layers": ["0", "3"]}


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Somewhere to keep the digests of photos."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("elsewhere")
def test_photos_fall_into_blocks_by_layer_index_and_seed():
    made = blocks(OF_PHOTOS | {"seeds": [7, 9]}, **PHOTOS)
    assert list(made) == ["000.0.7", "000.3.7", "000.0.9", "000.3.9"]
    block = made["000.3.7"]
    assert {item["layer"] for item in block["items"]} == {"3"}
    assert [item["objective"] for item in block["items"]] == [
        "match(net:3, chelsea, L1)",
        "match(net:3, coffee, L1)",
    ]
    assert [item["item"] for item in block["items"]] == ["3.chelsea", "3.coffee"]
    assert {*block["photos"]} == {"chelsea", "coffee"}
    assert block["photos"]["coffee"].keys() == {"shipped", "sha256"}


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(
    ("more", "new"),
    [
        ({"photos": ["chelsea", "coffee", "rocket"]}, 2),
        ({"layers": ["0", "1", "3"]}, 1),
        ({"seeds": [1, 999]}, 2),
    ],
)
def test_a_photo_a_layer_or_a_seed_more_leaves_the_other_blocks_alone(more, new):
    before, after = blocks(OF_PHOTOS, **PHOTOS), blocks(OF_PHOTOS | more, **PHOTOS)
    assert len(after) == len(before) + new
    assert {name: after[name] for name in before} == before


@pytest.mark.usefixtures("elsewhere")
def test_a_run_may_have_layers_of_its_own():
    asked = OF_PHOTOS | {"runs": [RUN | {"layers": ["features.0"]}]}
    assert list(blocks(asked, **PHOTOS)) == ["000.features.0.999"]
    assert [c["objective"] for c in study(asked, **PHOTOS).check_plan()["objectives"]] == [
        "match(net:features.0, coffee, L1)"
    ]


@pytest.mark.parametrize(
    ("asked", "objective"),
    [
        ({"classes": "all"}, "net:logits[4]"),
        ({"objective": "A - B", "pairs": [[0, 4], [3, 1]]}, "net:logits[0] - net:logits[4]"),
    ],
)
def test_the_objective_to_check_is_that_of_the_highest_class(asked, objective):
    (checked,) = study(asked).check_plan()["objectives"]
    assert checked["objective"] == objective
    assert checked["sides"] == [64]


NOISE = {"data": "noise", "images": 8, "labels": 2, "epochs": 1}
NETWORKS = [
    {"name": "net", "architecture": "alexnet", "size": 64, "weights": "X"},
    {"name": "noise", "architecture": "alexnet", "size": 64, "weights": {"trained": NOISE}},
]


def test_a_network_trained_on_noise_has_labels_of_its_own_and_judges_nothing():
    both = study({"classes": "all"}, networks=NETWORKS)
    assert both.network_plan("net")["categories"] == ["cat", "dog", "hen", "owl", "cow"]
    assert both.network_plan("noise")["categories"] == ["label 0", "label 1"]
    assert both.judges == ["net"]
    assert [plan["name"] for plan in both.check_plan()["networks"]] == ["net", "noise"]


def test_a_letter_may_be_of_another_network():
    said = study({"objective": "0.5 * A + other@48:A", "classes": ["hen"]})
    (item,) = said.blocks("set", "net")["000.999"]["items"]
    assert item["objective"] == "0.5 * net:logits[2] + other@48:logits[2]"
    assert item["target"] == "0.5 * hen + other@48:hen"
    assert said.networks_of("set", "net") == ["net", "other"]


def test_the_layer_of_a_run_is_that_of_its_own_network():
    runs = [RUN | {"layer": "classifier.6"}]
    (item,) = blocks({"objective": "A - other:A", "classes": ["cat"], "runs": runs})["000.999"][
        "items"
    ]
    assert item["objective"] == "net:classifier.6[0] - other:logits[0]"


def test_the_weaker_of_a_pair_is_one_item():
    (item,) = blocks({"objective": "min(A, B)", "pairs": [["cat", "owl"]]})["000.999"]["items"]
    assert item["objective"] == "min(net:logits[0], net:logits[3])"
    assert (item["item"], item["target"]) == ("000+003", "min(cat, owl)")


def test_a_moving_objective_has_an_item_for_each_frame():
    more = {"objective": "(1 - t) * A + t * B", "pairs": [["cat", "owl"]], "frames": 5}
    (made,) = blocks(more, block=5).values()
    assert [item["item"] for item in made["items"]] == [f"000+003.{k:03d}" for k in range(5)]
    assert [item["frame"] for item in made["items"]] == [0, 1, 2, 3, 4]
    assert [item["objective"] for item in made["items"]] == [
        "net:logits[0]",
        "0.75 * net:logits[0] + 0.25 * net:logits[3]",
        "0.5 * net:logits[0] + 0.5 * net:logits[3]",
        "0.25 * net:logits[0] + 0.75 * net:logits[3]",
        "net:logits[3]",
    ]
    assert {item["seed"] for item in made["items"]} == {999}
    assert "frames" not in made


def test_frames_of_a_descent_are_asked_of_the_block():
    more = {"objective": "-A", "classes": ["cat"], "frames": 5}
    (made,) = blocks(more).values()
    assert made["frames"] == 5
    assert len(made["items"]) == 1
    assert study(more).still_runs == []
    assert study(more).class_runs == [("set", "net")]


def test_pictures_to_match_are_found_in_the_blocks_of_their_set():
    theirs = {"name": "theirs", "code": "A3", "objective": "A", "classes": "all", "runs": [RUN]}
    ours = {"name": "set", "code": "B4", "objective": "match(P)", "runs": [RUN]} | {
        "classes": ["dog", "cow"],
        "pictures": {"set": "theirs", "network": "net"},
    }
    made = study(ours, image_sets=[theirs | {"seeds": [7, 999]}, ours]).blocks("set", "net")
    dog, cow = made["000.999"]["items"]
    assert dog["objective"] == "match(net:logits, theirs.net.001.999, L1)"
    assert (dog["item"], dog["target"], dog["classes"]) == ("001", "dog", [1])
    folder = "results/test/images/theirs/net"
    assert made["000.999"]["pictures"] == {
        "theirs.net.001.999": {"file": f"{folder}/000.999.safetensors", "place": 1},
        "theirs.net.004.999": {"file": f"{folder}/004.999.safetensors", "place": 0},
    }
    assert cow["target"] == "cow"
    ours |= {"seeds": [5]}
    other = study(ours, image_sets=[theirs | {"seeds": [7, 999]}, ours]).blocks("set", "net")
    names = ["theirs.net.001.7", "theirs.net.004.7"]  # of the first seed there
    assert [*other["000.5"]["pictures"]] == names


def made_of(features: dict[str, Any], block: int = 50) -> dict[str, list[tuple[str, str]]]:
    """Return item and objective of each picture by block."""
    found = study({"code": "M1", "objective": "F"} | features, block=block)
    assert found.feature_runs == [("set", "net")]
    assert found.class_runs == []
    return {
        name: [(item["item"], item["objective"]) for item in plan["items"]]
        for name, plan in found.blocks("set", "net").items()
    }


def test_features_are_addresses_and_sums_of_them():
    asked = ["conv[60, 6, 0]", "conv[60, :6]", "a.b[2] + 0.5 * c", "ln[token=0, feature=64:128]"]
    of_conv = [(asked[0], "net:conv[60, 6, 0]"), (asked[1], "net:conv[60, :6]")]
    of_both = [(asked[2], "net:a.b[2] + 0.5 * net:c")]
    of_token = [(asked[3], "net:ln[token=0, feature=64:128]")]
    assert made_of({"features": asked}) == {"000.conv.999": of_conv + of_both + of_token}
    assert made_of({"features": asked}, block=2) == {
        "000.conv.999": of_conv,
        "000.a.b+c.999": of_both + of_token,
    }


@pytest.mark.parametrize("where", ["conv[7, {}, 3]", "conv[{}]", "ln[token=0, feature={}]"])
def test_many_features_of_a_layer_fall_into_several_blocks(where):
    asked = [where.format(number) for number in range(60)]
    blocks = made_of({"features": asked}, block=10)
    assert 6 <= len(blocks) <= 12
    assert {item for block in blocks.values() for item, _ in block} == {*asked}
    assert max(map(len, blocks.values())) <= 10
    more = made_of({"features": [*asked, where.format(77)]}, block=10)
    assert sum(more.get(name) != block for name, block in blocks.items()) == 1


def test_features_go_by_the_name_that_objectives_print():
    made = made_of({"features": ["a[1,2 , 3]", "c[map=4, row=1] + a"]})
    assert [item for block in made.values() for item, _ in block] == ["a[1, 2, 3]", "c[4, 1] + a"]


def test_maps_of_layers_fall_into_blocks_by_their_number():
    few = made_of({"maps": {"layers": ["one", "two"], "first": 3}}, block=2)
    assert few["000.one.999"] == [("one[0]", "net:one[0]"), ("one[1]", "net:one[1]")]
    assert list(few) == ["000.one.999", "002.one.999", "000.two.999", "002.two.999"]
    more = made_of({"maps": {"layers": ["one", "two"], "numbers": [0, 1, 2, 5]}}, block=2)
    assert {name: more[name] for name in few} == few


def test_features_of_all_tokens_are_maps_as_well():
    made = made_of({"maps": {"layers": ["mlp"], "numbers": [5, 1], "axis": "feature"}}, block=2)
    assert made == {
        "000.mlp.999": [(f"mlp[feature={n}]", f"net:mlp[feature={n}]") for n in (5, 1)],
    }


def test_neurons_are_added_in_reading_order():
    asked = {"layer": "conv", "maps": [7], "rows": 2, "columns": 2}
    assert made_of({"reading_order": asked}, block=3) == {
        "007-000.conv.999": [
            ("conv[7].000", "net:conv[7, 0, :1]"),
            ("conv[7].001", "net:conv[7, 0, :2]"),
            ("conv[7].002", "net:conv[7, :1, :2] + net:conv[7, 1, :1]"),
        ],
        "007-003.conv.999": [("conv[7].003", "net:conv[7, :1, :2] + net:conv[7, 1, :2]")],
    }


def test_a_feature_may_be_led_to_a_level():
    made = made_of({"objective": "match(F, 200, Linf)", "features": ["conv[3]"]})
    assert made == {"000.conv.999": [("conv[3]", "match(net:conv[3], 200, Linf)")]}


def test_of_many_maps_the_last_of_each_layer_is_checked():
    found = study({"objective": "F", "maps": {"layers": ["one", "two"], "numbers": [4, 9, 2]}})
    asked = [check["objective"] for check in found.check_plan()["objectives"]]
    assert asked == ["net:one[9]", "net:two[9]"]


def test_a_network_may_be_kept_from_judging():
    alike = {"name": "alike", "architecture": "alexnet", "size": 64, "weights": "X"}
    net = alike | {"name": "net"}
    asked = {"classes": ["cat"]}
    assert study(asked, networks=[net, alike]).judges == ["net", "alike"]
    quiet = study(asked, networks=[net, alike | {"judges": False}])
    assert quiet.judges == ["net"]
    assert quiet.network_plan("alike")["weights"] == "X"
    assert "judges" not in quiet.network_plan("alike")  # it is the same network
