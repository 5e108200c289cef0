"""Animations: one for each target of a set with frames, and none where there is no such set."""

import pytest

TURN = {
    "name": "turn",
    "code": "J1",
    "objective": "(1 - t) * A + t * B",
    "pairs": [[0, 1], [5, 1]],
    "frames": 2,
    "runs": [{"network": "resnet18", "recipe": "quick"}],
}


@pytest.mark.parametrize(
    ("added", "drawn"), [([], set()), ([TURN], {"turn/resnet18/000+001", "turn/resnet18/005+001"})]
)
def test_what_is_asked_for_is_drawn(fresh, tmp_path, added, drawn):
    project = fresh.copy(tmp_path / "project")

    def only_these_move(config):
        still = [entry for entry in config["image_sets"] if "frames" not in entry]
        config["image_sets"] = [*still, *added]

    project.configure(only_these_move)
    jobs = set(project.planned("animations")) - {"animations"}
    found = {job for job in jobs if job.startswith("draw_animation ")}
    assert found == {f"draw_animation {name}" for name in drawn}
    assert drawn or not jobs
