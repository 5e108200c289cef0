"""Which runs of features are measured and drawn, and by which names."""

from preimage.blocks import frame_of
from preimage.study.areas import (
    claims_plan,
    films,
    films_plan,
    ordered_runs,
    runs_plan,
    sheets_plan,
    single_runs,
    tables,
)
from preimage.study.configuration import DEFAULTS
from preimage.study.study import Study

RUNS = {"runs": [{"network": name, "recipe": "quick"} for name in ("mine", "other")]}
NEURONS = {"name": "neurons", "code": "M1", "objective": "F", "features": ["a[1]", "b"], **RUNS}
MAPS = {"name": "maps", "code": "N1", "objective": "F", "maps": {"layers": ["a"], "first": 2}}
ORDER = {
    "name": "order",
    "code": "M2",
    "objective": "F",
    "reading_order": {"layer": "a.b", "maps": [7, 3], "rows": 2, "columns": 3},
    "seeds": [6, 5],
    **RUNS,
}
CLASSES = {"name": "class_images", "code": "A3", "objective": "A", "classes": [0], **RUNS}


def study(*image_sets, start=None, **figures):
    names = ("mine", "other")
    recipe = {"name": "quick", "octaves": [{"size": 32, "iterations": 4, "lr": 0.1}]}
    config = {
        "study": "test",
        "classes": ["cat", "dog"],
        "networks": [{"name": n, "architecture": "resnet18", "size": 32} for n in names],
        "recipes": [recipe | ({"start": start} if start else {})],
        "image_sets": image_sets,
        "photos": [{"name": "coffee", "shipped": "coffee"}],
        "figures": figures,
    }
    return Study(DEFAULTS | config)


def test_a_study_without_features_has_nothing():
    asked = study(CLASSES, MAPS | RUNS)
    single, ordered = single_runs(asked), ordered_runs(asked)
    assert (single, ordered, tables(single, ordered)) == ([], [], [])
    assert runs_plan(asked) == {"single": [], "ordered": []}
    assert (sheets_plan(asked, [])["sheets"], films_plan(asked, [])["maps"]) == ([], [])


def test_listed_features_and_reading_orders_are_measured_and_maps_are_not():
    asked = study(CLASSES, MAPS | RUNS, NEURONS, ORDER)
    assert single_runs(asked) == [("neurons", "mine"), ("neurons", "other")]
    assert ordered_runs(asked) == [("order", "mine"), ("order", "other")]
    plan = runs_plan(asked)
    runs = [*plan["single"], *plan["ordered"]]
    assert [(run["set"], run["network"]) for run in runs] == [
        (name, network) for name in ("neurons", "order") for network in RUN_NAMES
    ]


def test_tables_are_of_the_runs_that_there_are():
    run = [("set", "network")]
    assert tables(run, run) == ["areas", "reading_order"]
    assert tables(run, []) == ["areas"]
    assert tables([], run) == ["reading_order"]


RUN_NAMES = ("mine", "other")


def test_a_run_that_asks_another_network_is_not_measured():
    assert single_runs(study(NEURONS | {"objective": "other:F"})) == [("neurons", "other")]
    assert single_runs(study(NEURONS | {"objective": "mine@16:F"})) == []
    assert len(single_runs(study(NEURONS | {"objective": "match(F, 200, L2)"}))) == 2


def test_a_plan_has_the_recipe_and_the_photo_that_it_starts_from():
    plan, _ = runs_plan(study(NEURONS, start={"picture": "coffee"}))["single"]
    assert plan["recipe"]["octaves"][0]["size"] == 32
    assert plan["photos"].keys() == {"coffee"}
    plan, _ = runs_plan(study(NEURONS))["single"]
    assert plan["photos"] == {}


def test_figures_show_features_in_their_order_and_only_tiles_have_a_look():
    plan = sheets_plan(study(NEURONS, tile=90, columns=3), [("neurons", "mine")])
    sheet = {"set": "neurons", "network": "mine", "features": ["a[1]", "b"]}
    assert plan == {"sheets": [sheet], "look": {"tile": 90}}


def test_figures_know_features_by_the_names_that_items_have():
    asked = study(NEURONS | {"features": ["b[3,1,  2]", "a[1]  +  b"]})
    (plan,) = sheets_plan(asked, [("neurons", "mine")])["sheets"]
    made = asked.blocks("neurons", "mine").values()
    assert {*plan["features"]} == {item["target"] for block in made for item in block["items"]}


def test_the_frames_of_a_film_are_the_items_that_are_made():
    asked = study(ORDER, animations={"fps": 4, "logits": [0, 1]})
    plan = films_plan(asked, ordered_runs(asked))
    assert plan["fps"] == 4
    assert films(plan) == [
        ("order", network, f"a.b.{number}") for network in RUN_NAMES for number in (7, 3)
    ]
    one = plan["maps"][1]
    made = [item for block in asked.blocks("order", "mine").values() for item in block["items"]]
    of_map = [i["item"] for i in made if i["target"] == "a.b[3]" and i["seed"] == 5]
    assert [frame_of(one["item"], number) for number in range(one["frames"])] == of_map
    assert (one["seed"], one["item"]) == (5, "a.b[3]")


def test_claims_are_told_how_many_sizes_a_run_has():
    plan = claims_plan(study(NEURONS, ORDER))
    runs = [(kind, one["set"], one["network"], one["sizes"]) for kind in plan for one in plan[kind]]
    assert runs == [
        (kind, name, network, 1)
        for kind, name in (("single", "neurons"), ("ordered", "order"))
        for network in ("mine", "other")
    ]
