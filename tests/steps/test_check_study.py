"""The check of a study: what torch alone can tell is told before anything is made."""

import json

import pytest

from preimage.steps import check_study, cli

NETWORK = {"name": "net", "architecture": "squeezenet1_1", "size": 32, "options": {}}
NETWORK |= {"categories": ["cat", "dog", "hen"], "weights": {"untrained": 1}}
OBJECTIVE = {"where": "image set s, run of net", "objective": "net:logits[2]", "sides": [32, 48]}


@pytest.fixture
def check(tmp_path, capsys):
    def check(network=(), **objective):
        networks = [NETWORK | dict(network)]
        plan = {"networks": networks, "objectives": [OBJECTIVE | objective]}
        (tmp_path / "plan.json").write_text(json.dumps(plan))
        argv = ["--plan", str(tmp_path / "plan.json"), "--output", str(tmp_path / "checked.json")]
        code = cli.run(check_study.main, check_study.parser(), argv)
        assert (code == 0) == (tmp_path / "checked.json").exists()
        return capsys.readouterr().err

    return check


def test_a_study_in_order_is_copied(check, tmp_path):
    assert check() == ""
    assert (tmp_path / "checked.json").read_bytes() == (tmp_path / "plan.json").read_bytes()


VIT = {"architecture": "vit_b_32", "size": 64}


@pytest.mark.parametrize(
    ("network", "objective", "message"),
    [
        ({"architecture": "squeezenet"}, {}, "configuration, network net: unknown architecture"),
        ({"weights": "IMAGENET1K"}, {}, "configuration, network net: torchvision has no weights"),
        ({"size": 8}, {}, "network net, size: squeezenet1_1 cannot take images of 8 x 8 pixels"),
        ({}, {"objective": "net:logits[3]"}, "configuration, image set s, run of net: net:logi"),
        ({}, {"objective": "net:logit[2]"}, "net has no layer 'logit' (did you mean"),
        ({}, {"sides": [32, 8]}, "run of net: net cannot take images of 8 x 8 pixels"),
        (VIT, {"sides": [80]}, "net cannot take images of 80 x 80 pixels, choose another size"),
    ],
)
def test_mistakes_are_told(check, network, objective, message):
    assert message in check(network, **objective)
