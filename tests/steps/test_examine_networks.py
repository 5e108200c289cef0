"""What is known of networks without a descent is a table, a row a fact."""

import json

from preimage.networks.network import Network, build, save_network
from preimage.steps.examine_networks import examine_networks
from preimage.tables.depth import NETWORK_FACTS
from preimage.tables.parquet import read_table


def examined(folder, plan):
    network = Network("net", "resnet18", build("resnet18", 4, seed=1), tuple("abcd"), 32)
    save_network(network, folder / "net.safetensors", "untrained")
    photos = {name: {"shipped": name} for name in ("chelsea", "rocket")}
    (folder / "plan.json").write_text(json.dumps({"networks": plan, "photos": photos}))
    words = {"--plan": "plan.json", "--networks": "net.safetensors", "--facts": "facts.parquet"}
    argv = [word for flag, name in words.items() for word in (flag, str(folder / name))]
    return examine_networks.main([*argv, "--device", "cpu"])


def test_facts_are_those_of_a_resnet(tmp_path):
    noise = {"images": 12, "labels": 4, "size": 32, "seed": 0}
    layers = ["conv1", "maxpool", "layer4"]
    asked = {"layers": layers, "size": 64, "small": ["maxpool"], "tiny": ["layer4"], "noise": noise}
    assert examined(tmp_path, {"net": asked}) == 0
    found = read_table(tmp_path / "facts.parquet", NETWORK_FACTS)
    seen = [found.value[found.statistic == name].tolist() for name in ("black", "white", "colour")]
    assert seen == [[0, 0, 0], [1, 1, 1], [0, 1, 2]], "as on the pages"
    value = found[found.statistic != "coherence"].set_index(["statistic", "layer"]).value
    assert value["elements", "conv1"] == 64 * 32**2 / (3 * 64**2)
    assert value["elements", "layer4"] == 512 * 4 / (3 * 64**2)
    assert value["lost", "maxpool"] > 0
    statistics = found.statistic.value_counts()
    assert (statistics["at rest"], statistics["coherence"]) == (1, 64)
    assert found.number[found.statistic == "at rest"].item() == 20
    assert {"learnt", "fresh"} < set(found.statistic)
    conditions = found[found.statistic == "condition"]
    assert conditions.number.tolist() == [0, 1]
    assert conditions.value.between(0, 0.5).all()


def test_a_network_that_is_not_given_is_told(tmp_path, capsys):
    assert examined(tmp_path, {"other": {"layers": ["conv1"], "size": 32}}) == 2
    assert "the network other of the plan is not given" in capsys.readouterr().err
