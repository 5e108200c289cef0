"""Features: one job for what all sets that ask for it measure and draw, and else nothing."""

import pytest

RUNS = {"runs": [{"network": "resnet18", "recipe": "quick"}]}
NEURONS = {"name": "neurons", "code": "M1", "objective": "F"} | RUNS
NEURONS |= {"features": ["layer1[3, 1, 1]", "layer1[3] + layer2[5]"]}
ORDER = {"name": "order", "code": "M2", "objective": "F"} | RUNS
ORDER |= {"reading_order": {"layer": "layer3", "maps": [5, 7], "rows": 2, "columns": 2}}
SINGLE = {"measure_features", "draw_features"}
ORDERED = {"measure_features", "draw_reading_order"}


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        ([], set()),
        ([NEURONS, ORDER], SINGLE | ORDERED),
        ([ORDER], ORDERED),
    ],
)
def test_what_is_asked_for_is_measured_and_drawn(fresh, tmp_path, added, expected):
    project = fresh.copy(tmp_path / "project")
    project.configure(lambda config: config["image_sets"].extend(added))
    jobs = {*project.planned("features")} - {"features"}
    others = ("generate_images", "build_network", "train_network")
    assert {job for job in jobs if not job.startswith(others)} == expected
    assert expected or not jobs


def test_a_neuron_that_is_not_there_is_an_error_before_any_job(fresh, tmp_path):
    project = fresh.copy(tmp_path / "project")
    missing = NEURONS | {"features": ["layer1[3, 8, 1]"]}  # of 32 pixels there are 8 rows
    project.configure(lambda config: config["image_sets"].append(missing))
    assert "there is no row 8" in project.mistake("features")
