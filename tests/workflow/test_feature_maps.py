"""Feature maps: one job a kind for what is measured, asked, compared and drawn, and else none."""

import pytest

RUNS = {"runs": [{"network": "resnet18", "recipe": "quick"}]}
MAPS = {"name": "maps", "code": "N1", "objective": "F"} | RUNS
MAPS |= {"maps": {"layers": ["conv1", "layer1"], "first": 2}}
LEVEL = {"name": "level", "code": "N1", "objective": "match(F, 200, L2)"} | RUNS
LEVEL |= {"features": ["layer1[0]", "layer1[1]"]}
COLUMNS = [{"set": name, "network": "resnet18"} for name in ("maps", "level")]
METRICS = [{"name": "metrics", "code": "N1", "columns": COLUMNS}]

OF_MAPS = {
    *("measure_feature_maps", "tabulate_feature_maps", "draw_feature_maps"),
    "ask_about_maps",  # the network of the user's weights, among others
}
OF_METRICS = {"compare_features"}


@pytest.mark.parametrize(
    ("sets", "comparisons", "expected"),
    [
        ([], None, set()),
        ([MAPS], None, OF_MAPS),
        ([MAPS, LEVEL], METRICS, OF_MAPS | OF_METRICS),
    ],
)
def test_what_is_asked_for_is_measured_and_drawn(fresh, tmp_path, sets, comparisons, expected):
    project = fresh.copy(tmp_path / "project")

    def ask(config):
        config["image_sets"].extend(sets)
        config |= {"feature_comparisons": comparisons} if comparisons else {}

    project.configure(ask)
    jobs = {*project.planned("feature_maps")} - {"feature_maps"}
    others = ("generate_images", "build_network", "train_network")
    assert {job for job in jobs if not job.startswith(others)} == expected
    assert expected or not jobs


def test_a_comparison_of_what_is_not_there_is_an_error_before_any_job(fresh, tmp_path):
    project = fresh.copy(tmp_path / "project")
    project.configure(lambda config: config.update(feature_comparisons=METRICS))
    said = project.mistake("feature_maps")
    assert "feature_comparisons[0] (metrics).columns[0]: image set" in said


def test_a_comparison_waits_for_no_layer_that_is_not_in_all_its_columns(fresh, tmp_path):
    project = fresh.copy(tmp_path / "project")

    def ask(config):
        config["image_sets"].extend([MAPS, LEVEL])
        config["feature_comparisons"] = METRICS
        config["block"] = 2  # else a block holds both layers

    project.configure(ask)
    jobs = project.planned("results/small/tables/feature_pairs.parquet")
    made = {job.partition(" ")[2] for job in jobs if job.startswith("generate_images")}
    assert made == {f"{name}/resnet18/000.layer1.999" for name in ("maps", "level")}
