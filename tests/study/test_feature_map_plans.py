"""Plans of feature maps: which layers have sheets, what is compared, and what cannot be."""

import pytest

from preimage.errors import UserError
from preimage.study import feature_maps
from preimage.study.checks.comparisons import check_feature_comparison
from preimage.study.configuration import DEFAULTS
from preimage.study.study import Study

LAYERS = ["conv1", "layer1", "layer2.0.bn1"]


def image_set(name, objective="F", recipe="octaves", networks=("net",), **what):
    runs = [{"network": network, "recipe": recipe} for network in networks]
    what = what or {"maps": {"layers": LAYERS[2:], "first": 3}}
    return {"name": name, "code": "N1", "objective": objective, "runs": runs, **what}


def column(image_set, network="net", **more):
    return {"set": image_set, "network": network, **more}


def comparison(*columns, name="ways"):
    return {"name": name, "code": "M5", "columns": list(columns)}


def config(*comparisons, sets=None, **more):
    octave = {"size": 32, "iterations": 2, "lr": 0.1}
    whole = {
        "study": "test",
        "classes": ["cat", "dog"],
        "networks": [
            {"name": name, "architecture": "resnet18", "size": 32, "weights": {"untrained": 1}}
            for name in ("net", "other")
        ],
        "recipes": [
            {"name": "octaves", "octaves": [octave, octave | {"size": 40}]},
            {"name": "raw", "octaves": [octave]},
            {"name": "low", "octaves": [octave, octave | {"size": 40, "iterations": 1}]},
            {"name": "slow", "octaves": [octave | {"lr": 0.01}], "normalised": True},
        ],
        "image_sets": sets
        or [
            image_set("maps", networks=("net", "other"), maps={"layers": LAYERS, "first": 4}),
            image_set("raw", recipe="raw"),
            image_set("level", "match(F, 200, L2)", features=["layer2.0.bn1[1]", "fc[1]"]),
            image_set("read", reading_order={"layer": "conv1", "maps": [1], "rows": 2}),
            {"name": "class_images", "code": "A3", "objective": "A", "classes": [0]}
            | {"runs": [{"network": "net", "recipe": "raw"}]},
        ],
        "feature_comparisons": list(comparisons),
        "figures": {"tile": 50, "show": ["cat"], "metric": "l1"},
    }
    return DEFAULTS | whole | more


def check(whole):
    for entry in whole["feature_comparisons"]:
        check_feature_comparison(entry, Study(whole).image_sets, "here")


RAW = comparison(column("raw", title="raw"), column("maps", title="octaves"))
METRICS = comparison(column("maps"), column("level"), name="metrics")


def test_every_layer_of_every_run_of_maps_has_a_sheet():
    study = Study(config())
    both = [("maps", "net"), ("maps", "other")]
    expected = [(*run, layer) for run in both for layer in LAYERS] + [("raw", "net", LAYERS[2])]
    assert feature_maps.sheets(study) == expected
    plan = feature_maps.figures_plan(study)
    assert [(sheet["set"], sheet["network"]) for sheet in plan["sheets"]] == [
        s[:2] for s in expected
    ]
    items = [f"layer1[{number}]" for number in range(4)]
    assert plan["sheets"][4] == {"set": "maps", "network": "other", "items": items}
    assert plan["look"] == {"tile": 50}


def test_trends_are_of_runs_of_several_layers():
    plan = feature_maps.figures_plan(Study(config()))
    assert plan["trends"] == [["maps", "net"], ["maps", "other"]]


def test_measures_know_the_order_of_layers():
    runs = feature_maps.runs_plan(Study(config()))["runs"]
    assert [(run["set"], run["network"]) for run in runs] == [
        *(("maps", "net"), ("maps", "other"), ("raw", "net"))
    ]
    assert (runs[0]["layers"], runs[0]["code"]) == (LAYERS, "N1")
    assert len(runs[0]["recipe"]["octaves"]) == 2


def test_columns_have_titles_and_recipes():
    study = Study(config(RAW, METRICS))
    check(study.config)
    ways, metrics = feature_maps.comparisons_plan(study)["comparisons"]
    assert [column["set"] for column in ways["columns"]] == ["raw", "maps"]
    columns = metrics["columns"]
    assert [column["title"] for column in columns] == ["net · maps", "net · level"]
    assert len(columns[0]["recipe"]["octaves"]) == 2


def pairs(*sets, networks=("net", "net"), recipes=("octaves", "octaves")):
    """Return what is compared of two sets of these objectives, by recipes and networks."""
    made = [
        image_set(name, objective, recipe, (network,))
        for name, objective, network, recipe in zip("ab", sets, networks, recipes, strict=True)
    ]
    columns = [column(one["name"], one["runs"][0]["network"], title=one["name"]) for one in made]
    return feature_maps.claims_plan(Study(config(comparison(*columns), sets=made)))["pairs"]


def test_raw_descent_and_octaves_are_all_that_differs_or_nothing_is_claimed():
    pair = {"comparison": "ways", "one": "a", "other": "b", "network": "net"}
    for recipes in (("raw", "octaves"), ("slow", "octaves")):
        assert pairs("F", "F", recipes=recipes) == [pair]
        assert pairs("F", "-F", recipes=recipes) == []
        assert pairs("F", "match(F, 200, L2)", recipes=recipes) == []
        assert pairs("F", "F", recipes=recipes, networks=("net", "other")) == []
    assert pairs("F", "F", recipes=("raw", "slow")) == []
    assert pairs("F", "F") == []


def test_runs_of_trained_networks_say_how_they_were_made_and_beside_what():
    trained = {"name": "trained", "architecture": "resnet18", "size": 32}
    trained["weights"] = {"trained": {"steps": 1}}
    deep = {"maps": {"layers": LAYERS, "first": 4}}
    sets = [
        image_set("maps", networks=("trained", "net"), **deep),
        image_set("maps_slow", recipe="slow", networks=("other", "trained"), **deep),
        image_set("maps_raw", recipe="raw", networks=("other", "trained"), **deep),
        image_set("maps_low", recipe="low", networks=("trained",), **deep),
        image_set("fewer", networks=("other",), maps={"layers": LAYERS[1:], "first": 4}),
        image_set("lowered", "-F", "raw", networks=("trained",)),
    ]
    whole = config(sets=sets)
    whole["networks"] = [*whole["networks"], trained]
    found = {run["set"]: run for run in feature_maps.claims_plan(Study(whole))["runs"]}
    assert {run["network"] for run in found.values()} == {"trained"}
    assert found["maps"] == {
        "set": "maps",
        "network": "trained",
        "recipe": "octaves",
        "octaves": True,
        "twins": [["maps", "net"], ["maps_raw", "other"]],  # but for their schedules
        "raw": ["maps_slow", "maps_raw"],
        "resized": ["maps_low"],
    }
    assert found["maps_slow"]["twins"] == [["maps_slow", "other"]]
    assert not found["maps_raw"]["octaves"]
    assert found["maps_raw"]["raw"] == found["maps_raw"]["resized"] == []
    assert "maps_low" not in found  # it is there to be compared with


def test_witnesses_are_trained_networks_of_other_architectures():
    whole = config()
    mine, noise = {"file": "a.pth"}, {"trained": {"data": "noise", "images": 8, "labels": 3}}
    images = {"set": "class_images", "network": "net"}
    merged = {"merged": {"network": "alex", "toward": "trained", "images": images}}
    whole["networks"] += [
        {"name": "trained", "architecture": "resnet18", "weights": {"trained": {"steps": 1}}},
        {"name": "again", "architecture": "alexnet", "weights": "IMAGENET1K_V1"},
        {"name": "alex", "architecture": "alexnet", "weights": mine},
        {"name": "vgg", "architecture": "vgg11", "weights": mine},
        {"name": "noise", "architecture": "vgg11", "weights": noise},
        {"name": "merged", "weights": merged},
    ]
    study = Study(whole)
    assert "net" in study.judges, "it makes pictures of classes, but was taught none"
    assert {
        one["name"]: feature_maps.witnesses(study, one["name"]) for one in whole["networks"]
    } == {
        **{name: ["again", "alex", "vgg"] for name in ("net", "other", "trained")},
        **{name: ["trained", "vgg"] for name in ("again", "alex")},
        **{name: ["trained", "again", "alex"] for name in ("vgg", "noise")},
        "merged": ["vgg"],
    }
    seen = ["again", "alex", "vgg"]
    assert feature_maps.asked_plan(study)["runs"] == [
        {"set": "maps", "network": network, "witnesses": seen} for network in ("net", "other")
    ]


def test_where_nobody_can_be_asked_about_maps_there_is_no_table_of_it():
    study = Study(config())
    assert feature_maps.asked_plan(study)["runs"] == []
    assert "objectness" not in feature_maps.tables(study)


def test_a_comparison_needs_the_blocks_of_what_is_in_all_columns():
    sets = [
        image_set("a", maps={"layers": ["conv1", "fc"], "first": 60}, seeds=[1, 2]),
        image_set("b", features=["fc[3]", "layer1[0]"], seeds=[2]),
    ]
    study = Study(config(comparison(column("a"), column("b")), sets=sets))
    check(study.config)
    blocks = {(s, "net"): study.blocks(s, "net") for s in "ab"}
    found = feature_maps.compared_blocks(study, blocks)
    assert found == {run: holding(of_run, "fc[3]", 2) for run, of_run in blocks.items()}
    assert len(found["a", "net"]) < len(blocks["a", "net"])


def holding(blocks, name, seed):
    return [
        block
        for block, plan in blocks.items()
        if any((item["item"], item["seed"]) == (name, seed) for item in plan["items"])
    ]


def test_blocks_that_several_comparisons_need_are_there_once():
    study = Study(config(RAW, comparison(column("maps"), column("raw"), name="back"), METRICS))
    blocks = {(s, "net"): study.blocks(s, "net") for s in ("raw", "maps", "level")}
    common = {run: holding(of_run, f"{LAYERS[2]}[1]", 999) for run, of_run in blocks.items()}
    assert feature_maps.compared_blocks(study, blocks) == common


def test_tables_are_those_that_a_study_has_something_for():
    assert "feature_similarity" not in feature_maps.tables(Study(config()))
    assert "feature_similarity" in feature_maps.tables(Study(config(RAW)))
    without = config(sets=config()["image_sets"][-1:])
    assert feature_maps.tables(Study(without)) == []
    plan = feature_maps.figures_plan(Study(without))
    assert [plan[kind] for kind in ("sheets", "trends", "comparisons")] == [[], [], []]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (comparison(column("raws"), column("maps")), r"columns\[0\]: image set 'raws'.*mean raw"),
        (comparison(column("maps"), column("raw", "other")), r"columns\[1\]: .*network 'other'"),
        (comparison(column("maps"), column("read")), "read has not one picture of each feature"),
        (comparison(column("class_images"), column("maps")), "class_images has not one picture"),
        (comparison(column("raw", title="a"), column("maps", title="a")), "have the title 'a'"),
    ],
)
def test_what_cannot_be_compared_is_a_mistake(wrong, said):
    whole = config(wrong)
    with pytest.raises(UserError, match=said):
        check(whole)


def test_columns_must_have_features_in_common():
    sets = [image_set("a", features=["fc[1]"]), image_set("b", features=["fc[2]"])]
    whole = config(comparison(column("a"), column("b")), sets=sets)
    with pytest.raises(UserError, match="no feature in common"):
        check(whole)


def test_columns_must_have_seeds_in_common():
    sets = [image_set("a", features=["fc[1]"], seeds=[1]), image_set("b", features=["fc[1]"])]
    whole = config(comparison(column("a"), column("b")), sets=sets)
    with pytest.raises(UserError, match="no feature in common from the same seed"):
        check(whole)
