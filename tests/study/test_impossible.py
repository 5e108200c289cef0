"""What no study can mean is one error before any work: where it is, what, and what would be right.

Names that nothing bears are in `test_configuration`; here are numbers, texts, sizes and files.
"""

import copy
import json
from pathlib import Path

import pytest
import yaml

from preimage.errors import UserError
from preimage.study.configuration import checked
from preimage.study.reading import end_where_unreadable, read_study

WORKFLOW = Path(__file__).parents[2] / "workflow"
SCHEMA = WORKFLOW / "schemas" / "config.schema.yaml"
SMALL = yaml.safe_load((WORKFLOW / "small.yaml").read_text(encoding="utf-8"))

SETS, RECIPES, NETS = "image_sets", "recipes", "networks"
FIRST = (SETS, 0)
RUNS = [{"network": "resnet18", "recipe": "quick"}]
OF_F = {"name": "f", "code": "N1", "objective": "F", "runs": RUNS}
ORDER = {"layer": "layer1", "maps": [0], "rows": 2, "columns": 2}
FILMS = {"name": "film", "code": "J1", "objective": "A", "classes": [0], "runs": RUNS}
OCTAVE = (RECIPES, 0, "octaves", 0)
ZERO = (NETS, 0, "weights", "trained")
NOISE = (NETS, 2, "weights", "trained")
MERGED = (NETS, 3, "weights", "merged")
MLP, INVERSE = ("mlps", 0), ("inversions", 0)
WIDE = {"name": "wide", "code": "E1", "photo": "chelsea", "iterations": [1]}
NOT_A_WHOLE = "A whole number has no point: 4"
QUOTES = "a word has quotes"


def changed(*path_and_value):
    """Return the small study with one value changed; the last of the arguments is the value."""
    *path, last, value = path_and_value
    config = place = copy.deepcopy(SMALL)
    for key in path:
        place = place[key]
    place[last] = value
    return config


BAD = [
    # Numbers out of all range: the place, the value, a part of what is said.
    (("batch",), 10**6, "batch: 1000000 is greater than the maximum of 4096"),
    (("batch",), -1, "batch: -1 is less than the minimum of 1"),
    (("block",), 10**9, "block: 1000000000 is greater than the maximum of 100000"),
    (("threads",), 10**5, "threads: 100000 is greater than the maximum of 1024"),
    (("threads",), 0, "threads: 0 is less than the minimum of 1"),
    ((NETS, 0, "size"), 4, "networks[0].size: 4 is less than the minimum of 8"),
    ((NETS, 0, "size"), 100_000, "networks[0].size: 100000 is greater than the maximum of 8192"),
    ((NETS, 1, "weights", "untrained"), 2**70, "weights.untrained: 1180591620717411303424 is"),
    ((NETS, 1, "weights", "untrained"), -1, "weights.untrained: -1 is less than the minimum of 0"),
    ((*ZERO, "steps"), 10**13, "trained.steps: 10000000000000 is greater than the maximum"),
    ((*ZERO, "learning_rate"), 0, "learning_rate: 0 is less than or equal to the minimum of 0"),
    ((*ZERO, "learning_rate"), 1e9, "learning_rate: 1000000000.0 is greater than the maximum"),
    ((*ZERO, "seed"), 2**32, "trained.seed: 4294967296 is greater than the maximum"),
    ((*ZERO, "batch"), 1, "trained.batch: 1 is less than the minimum of 2"),
    ((*NOISE, "images"), 10**8, "trained.images: 100000000 is greater"),
    ((*NOISE, "labels"), 10**6, "trained.labels: 1000000 is greater"),
    ((*NOISE, "epochs"), 10**6, "trained.epochs: 1000000 is greater"),
    ((*MERGED, "steps"), 10**8, "merged.steps: 100000000 is greater"),
    ((*MERGED, "batch"), 10**6, "merged.batch: 1000000 is greater"),
    ((*MERGED, "seed"), -5, "merged.seed: -5 is less than the minimum of 0"),
    ((*OCTAVE, "size"), 100_000, "octaves[0].size: 100000 is greater than the maximum of 8192"),
    ((*OCTAVE, "size"), 7, "octaves[0].size: 7 is less than the minimum of 8"),
    ((*OCTAVE, "crop"), 10**5, "octaves[0].crop: 100000 is greater"),
    ((*OCTAVE, "iterations"), 10**13, "iterations: 10000000000000 is greater than the maximum"),
    ((*OCTAVE, "iterations"), 0, "octaves[0].iterations: 0 is less than the minimum of 1"),
    ((*OCTAVE, "lr"), 1e38, "octaves[0].lr: 1e+38 is greater than the maximum of 1e+30"),
    ((*OCTAVE, "lr"), -0.1, "recipe quick, octave 0: lr [-0.1, -0.1] must not be below 0"),
    ((*OCTAVE, "sigma"), 0, "recipe quick, octave 0: sigma [0.0, 0.0] must be above 0"),
    ((RECIPES, 0, "smooth"), 99, "recipes[0].smooth: 99 is greater than the maximum of 10"),
    ((RECIPES, 0, "colour"), -1, "recipes[0].colour: -1 is less than the minimum of 0"),
    ((RECIPES, 0, "loss"), {"scale": 1e35}, "loss.scale: 1e+35 is greater than the maximum"),
    ((RECIPES, 0, "loss"), {"scale": 0}, "recipe quick, loss: scale 0 must be above 0"),
    ((RECIPES, 0, "regularisers"), {"l1": -1e31}, "regularisers.l1: -1e+31 is less than"),
    (
        (RECIPES, 0, "start"),
        {"normal": [0.5, -1]},
        "start normal [0.5, -1.0]: a deviation is never",
    ),
    ((RECIPES, 0, "start"), {"uniform": [0, 1e40]}, "start.uniform[1]: 1e+40 is greater"),
    ((*FIRST, "seeds"), [2**70], "seeds[0]: 1180591620717411303424 is greater"),
    ((*FIRST, "seeds"), [-1], "seeds[0]: -1 is less than the minimum of 0"),
    ((*FIRST, "seeds"), [1, 1], "image_sets[0].seeds: [1, 1] has non-unique elements"),
    ((*FIRST, "seeds"), [], "image_sets[0].seeds: [] should be non-empty"),
    (FIRST, FILMS | {"frames": 10**6}, "frames: 1000000 is greater than the maximum of 1000"),
    (FIRST, FILMS | {"frames": 12}, "12 frames of a descent of 3 iterations, by the recipe quick"),
    (
        (SETS, 2, "pairs"),
        {"sample": 10**9},
        "image_sets[2].pairs.sample: 1000000000 is greater than the maximum of 1000000",
    ),
    (FIRST, OF_F | {"maps": {"layers": ["a"], "first": 10**6}}, "maps.first: 1000000 is greater"),
    (FIRST, OF_F | {"maps": {"layers": ["a"], "numbers": [-1]}}, "numbers[0]: -1 is less"),
    (FIRST, OF_F | {"reading_order": ORDER | {"rows": 999}}, "rows: 999 is greater than the max"),
    (
        FIRST,
        OF_F | {"reading_order": ORDER | {"rows": 1, "columns": 1}},
        "image_sets[0] (f): a reading order of 1 row and 1 column has no second neuron to add",
    ),
    ((*MLP, "side"), 10**5, "mlps[0].side: 100000 is greater than the maximum of 1024"),
    ((*MLP, "widths"), [10**8], "mlps[0].widths[0]: 100000000 is greater"),
    ((*MLP, "iterations"), [10**13], "mlps[0].iterations[0]: 10000000000000 is greater"),
    ((*MLP, "lr"), [0.1, 0], "mlps[0].lr[1]: 0 is less than or equal to the minimum of 0"),
    ((*MLP, "complete"), 1, "mlps[0].complete: 1 is greater than or equal to the maximum of 1"),
    ((*INVERSE, "side"), 10**4, "inversions[0].side: 10000 is greater than the maximum of 1024"),
    ((*INVERSE, "layers"), [0], "inversions[0].layers[0]: 0 is less than the minimum of 1"),
    ((*INVERSE, "samples"), 10**9, "inversions[0].samples: 1000000000 is greater"),
    ((*INVERSE, "noise"), 0, "inversions[0].noise: 0 is less than or equal to the minimum of 0"),
    ((*INVERSE, "descent_steps"), 10**12, "descent_steps: 1000000000000 is greater"),
    (("figures", "tile"), 10**5, "figures.tile: 100000 is greater than the maximum of 2048"),
    (("figures", "most"), 10**6, "figures.most: 1000000 is greater than the maximum of 10000"),
    (("figures", "columns"), 0, "figures.columns: 0 is less than the minimum of 1"),
    # Numbers that are none, or are written as something else.
    (("batch",), 4.0, f"batch: 4.0 is not of type 'integer' (given: 4.0). {NOT_A_WHOLE}"),
    (("batch",), "8", "A number has no quotes"),
    (("batch",), True, "batch: true is none of the forms allowed here: images a network sees"),
    (("batch",), None, "Nothing stands behind"),
    (
        ("batch",),
        [8],
        "batch: [8] is none of the forms allowed here: images a network sees at once; auto",
    ),
    (
        ("batch",),
        "Auto",
        'batch: "Auto" is none of the forms allowed here: images a network sees at',
    ),
    (
        (NETS, 0, "size"),
        4.0,
        f"networks[0].size: 4.0 is not of type 'integer' (given: 4.0). {NOT_A_WHOLE}",
    ),
    ((NETS, 1, "weights", "untrained"), 4.0, "weights.untrained: 4.0 is not of type 'integer'"),
    ((*FIRST, "seeds"), [4.0], "image_sets[0].seeds[0]: 4.0 is not of type 'integer'"),
    (
        (*FIRST, "classes"),
        [4.0],
        "image_sets[0].classes[0]: 4.0 is not of type 'string', 'integer'",
    ),
    ((*OCTAVE, "lr"), float("nan"), "recipes[0].octaves[0].lr: nan is no number that can be meant"),
    ((*OCTAVE, "lr"), [float("inf"), 1], "recipes[0].octaves[0].lr[0]: inf is no number"),
    ((*MLP, "scale"), float("-inf"), "mlps[0].scale: -inf is no number that can be meant"),
    # Texts that are none, or are more than a line.
    (("study",), "mine\n", "study: 'mine\\n' has the character '\\n', give text of one line"),
    (("study",), "../mine", 'study: "../mine" will not do, give a name of ASCII letters'),
    (("study",), "m" * 65, "will not do, give a name of ASCII letters, digits, _ and -, 64 at the"),
    (("study",), 2026, "study: 2026 is not of type 'string' (given: 2026). Text that looks like a"),
    ((NETS, 0, "name"), "a\0b", "networks[0].name: 'a\\x00b' has the character '\\x00'"),
    ((NETS, 0, "name"), "a/b", 'networks[0].name: "a/b" will not do, give a name of ASCII letters'),
    ((*FIRST, "name"), "..", 'image_sets[0].name: ".." will not do, give a name of ASCII letters'),
    ((*FIRST, "name"), "x\x1b[2J", "image_sets[0].name: 'x\\x1b[2J' has the character"),
    (("photos",), [{"name": "a;b", "file": "x"}], 'photos[0].name: "a;b" will not do, give a name'),
    (("photos",), [{"name": "a", "file": "x\ny"}], "photos[0].file: 'x\\ny' has the character"),
    (
        ("photos",),
        [{"name": "a", "file": "x", "fit": "zoom"}],
        '"zoom" is none of squash, crop, pad',
    ),
    (
        ("photos",),
        [{"name": "a", "file": "x{y}.png"}],
        "photo a: Snakemake takes {y} in x{y}.png for",
    ),
    ((NETS, 1, "weights"), {"file": "<w>"}, "weights.file: Snakemake takes <w> in <w> for a vari"),
    ((NETS, 1, "weights"), {"file": "-w"}, "weights.file: -w looks like an option: write ./-w"),
    (("classes",), ["a", "b\u2028c"], "classes[1]: 'b\\u2028c' has the character '\\u2028'"),
    (("classes",), ["a", "\ud800"], "classes[1]: '\\ud800' has the character '\\ud800'"),
    (("classes",), ["a", False], QUOTES),
    (("classes",), ["a", "a"], "classes: the name 'a' is there 2 times"),
    (("groups",), {"a\nb": [0]}, "groups.a\nb: 'a\\nb' has the character '\\n'"),
    (("groups",), {1: [0]}, "groups: the key 1 is no text: put it in quotes"),
    (
        (SETS, 0, "objective"),
        "1e400 * A",
        "'1e400 * A' has the number inf: give one from -1e+30 to 1e+30",
    ),
    (
        (SETS, 0, "objective"),
        "resnet18@99999:A",
        "looks at a picture of 99999 x 99999 pixels: give a",
    ),
    (
        FIRST,
        OF_F | {"objective": f"match(F, {10**40})", "features": ["a"]},
        "has the number 1e+40: give",
    ),
    # What is too much together.
    (
        (RECIPES, 0, "octaves"),
        [{"size": 8192, "iterations": 10**7, "lr": 1}] * 60,
        "(class_images): 3 descents of 600,000,000 steps at up to 8,192 pixels a side would take",
    ),
    (
        ("mlps",),
        [WIDE | {"widths": [10**7]}],
        "GiB at once, more than a machine has: lower side, wi",
    ),
    (("mlps",), [WIDE | {"shapes": [[10**6, 10**6]]}], "layers 1000000x2 need 11,"),
    (("mlps",), [WIDE | {"widths": [10**6], "side": 200, "seeds": [*range(64)]}], "GiB at once"),
    ((*INVERSE, "side"), 512, "inversions[0] (inverse): 2 layers of 786,432 x 786,432 in float64"),
    (
        ("figures",),
        {"most": 10_000, "tile": 2048},
        "a sheet of 10,000 tiles of 2,048 x 2,048 pixels",
    ),
]


@pytest.mark.parametrize(("path", "value", "said"), BAD, ids=[str(i) for i in range(len(BAD))])
def test_what_cannot_be_is_refused_with_place_value_and_remedy(path, value, said):
    with pytest.raises(UserError) as caught:
        checked(changed(*path, value), SCHEMA)
    message = str(caught.value)
    assert message.startswith("configuration, ")
    assert said in message
    assert len(message) < 600


def test_there_are_enough_of_them():
    assert len(BAD) >= 80


def numbers(value, path=()):
    """Yield the path of every number of a configuration."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from numbers(inner, (*path, key))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**40, -(10**40)])
def test_no_number_of_a_study_may_be_anything(value):
    for path in numbers(SMALL):
        with pytest.raises(UserError, match=r"^configuration, \w+"):
            checked(changed(*path, value), SCHEMA)


def test_every_number_of_the_schema_has_a_range():
    def unbounded(rules, place=""):
        if isinstance(rules, dict):
            types = rules.get("type", [])
            types = {types} if isinstance(types, str) else {*types}
            lowest, highest = ({k, f"exclusive{k.capitalize()}"} for k in ("minimum", "maximum"))
            is_number = types & {"integer", "number"} and "string" not in types
            if is_number and not (lowest & rules.keys() and highest & rules.keys()):
                yield place
        if isinstance(rules, dict | list):
            for key, inner in rules.items() if isinstance(rules, dict) else enumerate(rules):
                yield from unbounded(inner, f"{place}/{key}")

    assert [*unbounded(yaml.safe_load(SCHEMA.read_text(encoding="utf-8")))] == []


BASE = "study: x\nclasses: demo\n"
BOMB = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 9)
)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ((BASE + BOMB).encode(), "there are more than 200000 values in it: does an alias"),
        ((BASE + "groups: &a {b: *a}\n").encode(), "nested more than 40 deep: does one contain it"),
        (("x: " + "[" * 2000).encode(), "FILE"),
        (
            (BASE + "batch: 2\nbatch: 4\n").encode(),
            "'batch' is there twice, in line 3 and in line 4",
        ),
        ((BASE + "figures: {tile: 40, tile: 50}\n").encode(), "the key 'tile' is there twice"),
        (
            b'{"study": "x", "study": "y", "classes": "demo"}',
            "the key 'study' is there twice: keep",
        ),
        (BASE.encode("utf-16"), "FILE is UTF-16: save it as UTF-8"),
        (BASE.encode("utf-32"), "FILE is UTF-32: save it as UTF-8"),
        (
            (BASE + "# Größe\n").encode("latin-1"),
            "FILE, line 3: byte 0xf6 is no UTF-8: save the file",
        ),
        (
            (BASE + "photos:\n\t- a\n").encode(),
            "FILE, line 4: a tab indents it: indent with spaces",
        ),
        (
            (BASE + "photos: [a, b\nrecipes: {\n").encode(),
            "FILE, line 4: this is no YAML: expected",
        ),
        ((BASE + "a: *b\n").encode(), "FILE, line 3: this is no YAML: found undefined alias"),
        ((BASE + "a: \0\n").encode(), "FILE: this is no YAML: special characters are not allowed"),
        (
            b"study: !!python/object/apply:os.system [touch pwned]\n",
            "FILE, line 1: this is no YAML",
        ),
        (b"- study\n", "FILE: keys such as `study:` and `classes:` are wanted"),
        (b"", "FILE: keys such as `study:`"),
        (b"--- \nstudy: x\n---\nstudy: y\n", "FILE, line 3: this is no YAML"),
        ((BASE + "2: a\n").encode(), "top level: the key 2 is no text: put it in quotes"),
        ((BASE + "batch: .nan\n").encode(), "configuration, batch: nan is no number"),
        ((BASE + 'mirror: "a\\nb"\n').encode(), "configuration, mirror: 'a\\nb' has the character"),
    ],
)
def test_a_file_that_nobody_means_is_refused(tmp_path, written, said):
    file = tmp_path / "study.yaml"
    file.write_bytes(written)
    with pytest.raises(UserError) as caught:
        read_study(file)
    message = str(caught.value).replace(str(file), "FILE")
    assert message.startswith("configuration")
    assert said in message
    assert len(message) < 400
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("-n --configfile a b -p c", ["a", "b"]),
        ("--configfiles=a -j 1 b", ["a"]),
        ("a -n", ["config.yaml"]),
    ],
)
def test_each_file_on_the_command_line_is_read_first(tmp_path, monkeypatch, words, named):
    monkeypatch.chdir(tmp_path)
    for file in named:
        for name in named:
            Path(name).write_bytes(BASE.encode("utf-16" if name == file else "utf-8"))
        with pytest.raises(SystemExit, match=f"configuration, {file} is UTF-16"):
            end_where_unreadable(["snakemake", *words.split()])
    Path(file).write_text(BASE)
    end_where_unreadable(["snakemake", *words.split()])


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(UserError, match=r"none\.yaml cannot be read: No such file"):
        read_study(tmp_path / "none.yaml")


def test_what_is_meant_is_read(tmp_path):
    """A byte order mark; JSON, with tabs; aliases and keys that are merged, and some overridden."""
    file, config = tmp_path / "study.yaml", {"study": "x", "classes": "demo"}
    for written in (
        b"\xef\xbb\xbf" + BASE.encode(),
        json.dumps(config, indent="\t").encode(),
        BASE.replace("\n", "\r\n").encode(),
    ):
        file.write_bytes(written)
        assert read_study(file) == config
    file.write_text("a: &a {b: 1, c: 2}\nd: {<<: *a, b: 3}\ne: [*a, *a]\n")
    assert read_study(file)["d"] == {"b": 3, "c": 2}
