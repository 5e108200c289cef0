"""Animations: one job draws those of all sets with frames; there is none where there is no set."""

import json

import pytest

TURN = {
    "name": "turn",
    "code": "J1",
    "objective": "(1 - t) * A + t * B",
    "pairs": [[0, 1], [5, 1]],
    "frames": 2,
    "runs": [{"network": "resnet18", "recipe": "quick"}],
}


@pytest.mark.parametrize(("added", "drawn"), [([], []), ([TURN], ["000+001", "005+001"])])
def test_what_is_asked_for_is_drawn_by_one_job(fresh, tmp_path, added, drawn):
    project = fresh.copy(tmp_path / "project")

    def only_these_move(config):
        still = [entry for entry in config["image_sets"] if "frames" not in entry]
        config["image_sets"] = [*still, *added]

    project.configure(only_these_move)
    jobs = set(project.planned("animations")) - {"animations"}
    assert drawn or not jobs
    assert ("draw_animations" in jobs) == bool(drawn)
    plan = json.loads(project.plan("figures/animations").read_text())
    assert [animation["item"] for animation in plan["animations"]] == drawn
