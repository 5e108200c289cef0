"""Random small studies, as Hypothesis draws them: any kinds of sets, under any names, of any size.

Each is one that a user could mean: what it asks for is there.
"""

from typing import Any

from hypothesis import strategies as st

Config = dict[str, Any]

NAMES = st.sampled_from(
    ["a", "b", "net", "mine.by", "net-1", "_", "v1.5", "swin-t", "UPPER", "with.dots", "step", "A"]
)
# As a user may write them; none of them may mean something to a shell, Snakemake, HTML or mathtext.
CLASSES = [
    "$5_$10",
    "US$ 100% ^NZ$",
    "<b>&amp;</b>",
    "{wildcards.x} {0}",
    "$(touch pwned); `touch pwned`",
    "Größe, 犬, кот",
    'it\'s "quoted" \\n',
    "a/../../b",
]
CODES = st.sampled_from([f"{letter}{i}" for letter in "ABCDEFGHIJKLMN" for i in (1, 2, 5)])
LAYERS = {"squeezenet1_1": ["features.3", "features.12"], "resnet18": ["layer1", "layer4"]}
STARTS = [{"normal": [0.7, 0.05]}, {"uniform": [0.4, 0.6]}, {"picture": "coffee"}]


@st.composite
def studies(draw: st.DrawFn) -> Config:
    """Return the configuration of a study."""
    config: Config = {"study": "small", "device": "cpu", "threads": 1, "block": draw(_few(1, 6))}
    config["classes"] = CLASSES[: draw(_few(2, len(CLASSES)))]
    if draw(st.booleans()):
        config["groups"] = {"<i>few</i> & $": [0, [0, 1]], "rest": [1]}
    config["networks"] = [_network(draw, name) for name in draw(_names(1, 3))]
    config["recipes"] = [_recipe(draw, name) for name in ("quick", "it's; slow")]
    config["image_sets"] = sets = []
    for name in draw(_names(0, 4)):
        sets.append(draw(st.sampled_from(KINDS))(draw, config, name))
    _with_merged(draw, config)
    config["spaces"] = _spaces(draw, config)
    config["comparisons"] = _comparisons(draw, config, "classes")
    config["feature_comparisons"] = _comparisons(draw, config, "maps")
    config["mlps"] = [_mlp(draw, name) for name in draw(_names(0, 1))]
    config["inversions"] = [_inversion(draw, name) for name in draw(_names(0, 1))]
    shown = draw(st.lists(st.integers(0, 1), max_size=2, unique=True))
    config["figures"] = {"tile": 32, "show": shown} if shown else {"tile": 40}
    empty = {key for key, value in config.items() if value == []}
    for key in draw(st.sets(st.sampled_from(sorted(empty)))) if empty else ():
        del config[key]  # left out is as good as empty
    return config


def _few(least: int, most: int) -> st.SearchStrategy[int]:
    return st.integers(least, most)


def _names(least: int, most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(NAMES, min_size=least, max_size=most, unique=True)


def _network(draw: st.DrawFn, name: str) -> Config:
    entry = {"name": name, "architecture": draw(st.sampled_from(sorted(LAYERS))), "size": 32}
    noise = {"data": "noise", "images": 4, "labels": 3, "epochs": 1, "batch": 2}
    weights = [{"untrained": 1}, {"untrained": 2}, {"trained": noise}]
    entry["weights"] = draw(st.sampled_from(weights)) if name != "a" else weights[0]
    if draw(st.booleans()):
        entry["input"] = "imagenet"
    if draw(st.integers(0, 5)) == 0:
        entry["judges"] = False
    return entry


def _recipe(draw: st.DrawFn, name: str) -> Config:
    octave = {"size": 32, "iterations": draw(_few(1, 4)), "lr": 0.1}
    return {
        "name": name,
        "start": draw(st.sampled_from(STARTS)),
        "normalised": draw(st.booleans()),
        "octaves": [octave, octave | {"size": 40, "crop": 32, "sigma": 0.5}][: draw(_few(1, 2))],
    }


def _knowing(config: Config) -> list[str]:
    """Return the names of the networks that know the classes; there may be none."""
    return [n["name"] for n in config["networks"] if "trained" not in n["weights"]]


def _set(draw: st.DrawFn, config: Config, name: str, networks: list[str], **keys: Any) -> Config:
    recipes = [recipe["name"] for recipe in config["recipes"]]
    chosen = draw(st.lists(st.sampled_from(networks), min_size=1, max_size=2, unique=True))
    runs = [{"network": one, "recipe": draw(st.sampled_from(recipes))} for one in chosen]
    entry = {"name": name, "code": draw(CODES), "runs": runs} | keys
    if draw(st.booleans()):
        entry["seeds"] = draw(st.sampled_from([[0], [7, 2**32 - 1]]))
    return entry


def _classes(draw: st.DrawFn, config: Config, name: str) -> Config:
    networks = _knowing(config)
    if not networks:
        return _photos(draw, config, name)
    numbers = st.lists(_few(0, len(config["classes"]) - 1), min_size=1, max_size=3, unique=True)
    asked = draw(st.one_of(numbers, st.just("all"), st.just(config["classes"][:2])))
    objective = draw(
        st.sampled_from(["A", "-A", "A", "-A", "2 * A", "A - 0.5 * OTHER:A", "OTHER@24:A"])
    )
    objective = objective.replace("OTHER", draw(st.sampled_from(networks)))
    entry = _set(draw, config, name, networks, objective=objective, classes=asked)
    if draw(st.integers(0, 3)) == 0:
        _give_frames(draw, config, entry)
    return _meant(entry, "A")


def _pairs(draw: st.DrawFn, config: Config, name: str) -> Config:
    networks = _knowing(config)
    if not networks:
        return _photos(draw, config, name)
    asked = draw(st.sampled_from([[[0, 1]], [[1, 0], [0, 1]], {"sample": 2}]))
    given = ["A + B", "A - B", "min(A, B)", "(1 - t) * A + t * B", "A + OTHER:B"]
    objective = draw(st.sampled_from(given)).replace("OTHER", draw(st.sampled_from(networks)))
    entry = _set(draw, config, name, networks, objective=objective, pairs=asked)
    if "t" in objective.replace("net", "").split():
        entry["frames"] = draw(_few(2, 3))
    return entry


def _meant(entry: Config, plain: str) -> Config:
    """Ask for something of each network: what an objective names may be a run's own network."""
    if any(f"{run['network']}" in entry["objective"] for run in entry["runs"]):
        entry["objective"] = plain
    return entry


def _give_frames(draw: st.DrawFn, config: Config, entry: Config) -> None:
    recipes = {r["name"]: sum(o["iterations"] for o in r["octaves"]) for r in config["recipes"]}
    most = min(recipes[run["recipe"]] for run in entry["runs"])
    if most >= 2:
        entry["frames"] = draw(_few(2, most))


def _photos(draw: st.DrawFn, config: Config, name: str) -> Config:
    network = draw(st.sampled_from(config["networks"]))
    photos = draw(st.sampled_from([["chelsea"], ["coffee", "rocket"]]))
    layers = draw(st.sampled_from([LAYERS[network["architecture"]], ["logits"]]))
    objective = draw(st.sampled_from(["match(P)", "match(P, L2)"]))
    given = {"objective": objective, "photos": photos, "layers": layers}
    return _set(draw, config, name, [network["name"]], **given)


def _features(draw: st.DrawFn, config: Config, name: str) -> Config:
    network = draw(st.sampled_from(config["networks"]))
    first, deep = LAYERS[network["architecture"]]
    features = [f"{first}[5]", f"{deep}[1, 0, 0]", f"{first}[1] + {deep}[2]", f"{first}[0, :2]"]
    number = draw(_few(1, len(features)))
    return _set(draw, config, name, [network["name"]], objective="F", features=features[:number])


def _maps(draw: st.DrawFn, config: Config, name: str) -> Config:
    network = draw(st.sampled_from(config["networks"]))
    layers = LAYERS[network["architecture"]]
    alike = [n for n in config["networks"] if n["architecture"] == network["architecture"]]
    asked = {"layers": layers[: draw(_few(1, 2))]}
    asked |= draw(st.sampled_from([{"first": 2}, {"numbers": [3]}]))
    return _set(draw, config, name, [n["name"] for n in alike], objective="F", maps=asked)


def _reading_order(draw: st.DrawFn, config: Config, name: str) -> Config:
    network = draw(st.sampled_from(config["networks"]))
    layer = LAYERS[network["architecture"]][0]
    order = {"layer": layer, "maps": [draw(_few(0, 3))], "rows": draw(_few(1, 2)), "columns": 2}
    return _set(draw, config, name, [network["name"]], objective="F", reading_order=order)


KINDS = [_classes, _classes, _classes, _pairs, _photos, _features, _maps, _reading_order]


def _still(config: Config, key: str) -> list[Config]:
    return [one for one in config["image_sets"] if key in one and "frames" not in one]


def _with_merged(draw: st.DrawFn, config: Config) -> None:
    knowing = _knowing(config)
    sets = _still(config, "classes")
    if len(knowing) > 1 and sets and draw(st.booleans()):
        one = draw(st.sampled_from(sets))
        images = {"set": one["name"], "network": one["runs"][0]["network"]}
        merged = {"network": knowing[0], "toward": knowing[1], "images": images, "steps": 1}
        config["networks"].append({"name": "merged", "weights": {"merged": merged}})


def _spaces(draw: st.DrawFn, config: Config) -> list[Config]:
    architectures = {n["name"]: n.get("architecture") for n in config["networks"]}
    found = []
    for one in _still(config, "classes"):
        network = one["runs"][0]["network"]
        if draw(st.booleans()) and architectures[network]:
            layer = LAYERS[architectures[network]][0]
            found.append({"name": f"of.{one['name']}", "code": "L1", "set": one["name"]})
            found[-1] |= {"network": network, "layer": layer, "maps": [1, 0]}
    return found


def _comparisons(draw: st.DrawFn, config: Config, key: str) -> list[Config]:
    """Return a comparison of a set's runs, or of none."""
    for one in _still(config, key):
        if len(one["runs"]) > 1 and draw(st.booleans()):
            columns = [{"set": one["name"], "network": run["network"]} for run in one["runs"]]
            return [{"name": "both", "code": "A1", "columns": columns}]
    return []


def _mlp(draw: st.DrawFn, name: str) -> Config:
    entry = {"name": name, "code": "E1", "photo": "chelsea", "side": 2, "iterations": [2, 3]}
    entry |= draw(st.sampled_from([{"widths": [3], "complete": 0.5}, {"shapes": [[2, 3], [4]]}]))
    return entry | {"seeds": [1, 2][: draw(_few(1, 2))], "relu": draw(st.sampled_from(RELUS))}


RELUS = ["never", "between", "always"]


def _inversion(draw: st.DrawFn, name: str) -> Config:
    entry = {"name": name, "photo": "coffee", "side": 2, "samples": 2, "descent_steps": 2}
    return entry | {"layers": [1, 2][: draw(_few(1, 2))], "seeds": [1]}
