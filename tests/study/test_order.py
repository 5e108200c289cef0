"""The order of statements counts where it can matter, and nowhere else."""

from itertools import pairwise

import pytest
from test_definitions import digest_of, written

MATTERS = {
    "a name that is imported twice": """
        == step
        from preimage.a import f
        from preimage.b import f
        def run(): return f()
        == a
        def f(): return 1
        == b
        def f(): return 2
    """,
    "a name that is bound twice": """
        == step
        SIZE = 3
        AREA = SIZE * SIZE
        SIZE = 4
        def run(): return AREA
    """,
    "a name that is bound twice, by way of a function": """
        == step
        SIZE = 3
        def area(): return SIZE * SIZE
        AREA = area()
        SIZE = 4
        def run(): return AREA
    """,
    "what is changed": """
        == step
        X = [1]
        Y = tuple(X)
        X.append(2)
        def run(): return Y
    """,
    "a registry": """
        == step
        KINDS = []
        def known(f): KINDS.append(f)
        @known
        def first(): return 1
        @known
        def second(): return 2
        def run(): return KINDS
    """,
    "what is taken from a registry": """
        == step
        KINDS = []
        def known(f): KINDS.append(f)
        NAMES = tuple(KINDS)
        @known
        def second(): return 2
        def run(): return NAMES
    """,
    "modules that fill a registry": """
        == step
        from preimage.registry import KINDS
        import preimage.first
        import preimage.second
        def run(): return KINDS
        == registry
        KINDS = []
        def known(f): KINDS.append(f)
        == first
        from preimage.registry import known
        @known
        def first(): return 1
        == second
        from preimage.registry import known
        @known
        def second(): return 2
    """,
    "a name that is bound twice, by a registry": """
        == step
        KINDS, SIZE = [], 3
        def known(f): KINDS.append((f, SIZE))
        @known
        def first(): return 1
        SIZE = 4
        def run(): return KINDS
    """,
    "what is printed": """
        == step
        print(1)
        print(2)
        def run(): return 3
    """,
}
NONE = {
    "functions, constants, classes and imports": """
        == step
        import math
        from preimage.far import g
        SIZE = 3
        def area(): return SIZE * g(math.pi)
        class Kind: x = 1
        AREA = SIZE * SIZE
        def run(x=Kind): return AREA + area()
        == far
        def g(x): return x
    """,
    "functions beside a registry, and a name bound twice": """
        == step
        from preimage.registry import known
        from preimage.far import g
        import numpy as np
        import preimage.other
        LOW = 1
        def of_low(): return LOW
        def run(): return g(of_low())
        HIGH = 4
        @known
        def first(): return 1
        SUMS = {"sum": np.add}
        == registry
        KINDS = []
        def known(f): KINDS.append(f)
        == far
        A = 1
        def g(x): return x + A
        A = 2
        == other
        def other(): return
    """,
}


def moved(text):
    """Yield the text with each two neighbouring statements of a module swapped."""
    lines = text.splitlines()
    for i, (line, after) in enumerate(pairwise(lines)):
        if not {line.strip()[:2], after.strip()[:2]} & {"==", ""}:
            yield "\n".join([*lines[:i], after, line, *lines[i + 2 :]])


def digests(text, folder):
    """The digests of a package, and of it with statements swapped where that can be read."""
    written(text, folder)
    before = digest_of(folder)
    for other in moved(text):
        try:
            written(other, folder)
            yield before == digest_of(folder)
        except SyntaxError:
            continue


def swapped(text, first, second):
    assert first in text
    assert second in text
    return text.replace(first, "(first)").replace(second, first).replace("(first)", second)


@pytest.mark.parametrize(
    ("case", "first", "second"),
    [
        ("a name that is imported twice", "from preimage.a", "from preimage.b"),
        ("a name that is bound twice", "AREA = SIZE * SIZE", "SIZE = 4"),
        ("a name that is bound twice, by way of a function", "AREA = area()", "SIZE = 4"),
        ("what is changed", "Y = tuple(X)", "X.append(2)"),
        ("a registry", "def first(): return 1", "def second(): return 2"),
        (
            "what is taken from a registry",
            "NAMES = tuple(KINDS)",
            "@known\n        def second(): return 2",
        ),
        (
            "a name that is bound twice, by a registry",
            "@known\n        def first(): return 1",
            "SIZE = 4",
        ),
        ("modules that fill a registry", "import preimage.first", "import preimage.second"),
        ("what is printed", "print(1)", "print(2)"),
    ],
)
def test_order_counts_where_it_matters(tmp_path, case, first, second):
    written(MATTERS[case], tmp_path)
    before = digest_of(tmp_path)
    written(swapped(MATTERS[case], first, second), tmp_path)
    assert digest_of(tmp_path) != before


@pytest.mark.parametrize("case", NONE)
def test_to_move_other_statements_makes_nothing_stale(tmp_path, case):
    found = list(digests(NONE[case], tmp_path))
    assert len(found) > 5
    assert all(found)
