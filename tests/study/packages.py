"""Small packages whose module `step` has an entry, `run`.

A number 1.. is one that the entry reaches, a number 9.. is one that it does not reach.
"""

NAMED = {
    "names of the same module, and of another one": """
        == step
        from preimage.far import value
        SIZE = 101
        UNUSED = 901
        def run(): return helper() + value()
        def helper(): return SIZE
        def of_another_step(): return 902 + UNUSED
        == far
        def value(): return 102
        def other(): return 903
    """,
    "the heading of a figure": """
        == step
        from preimage.figures import draw, WIDTH
        def run(): return WIDTH
        def draw_it(): return draw()
        == figures
        WIDTH = 101
        def draw(): title("heading 901")
    """,
    "a constant three modules away": """
        == step
        from preimage.one import f
        def run(): return f()
        == one
        from preimage.two import g
        def f(): return g
        == two
        from preimage.three import TOP as g, LOW
        == three
        TOP = 101
        LOW = 901
    """,
    "other names": """
        == step
        import preimage.one
        import preimage.two as second
        from preimage import three
        from preimage.four import f as g
        from .five import h
        def run(): return preimage.one.A, second.A, three.A, g(), h()
        == one
        A = 101
        B = 901
        == two
        A = 102
        B = 902
        == three
        A = 103
        B = 903
        == four
        def f(): return 104
        def g(): return 904
        == five
        def h(): return 105
        def i(): return 905
    """,
    "imports inside functions": """
        == step
        def run():
            from preimage.far import f
            from preimage import near
            return f() + near.A
        def other():
            from preimage.last import f
        == far
        def f(): return 101
        def g(): return 901
        == near
        A = 102
        B = 902
        == last
        print(903)
        def f(): return 904
    """,
    "what a package passes on": """
        == step
        from preimage.parts import f, g as h
        from preimage import parts
        def run(): return f() + h() + parts.three.A
        == parts/__init__
        from .one import f
        from .two import f as g, other
        from . import three
        == parts/one
        def f(): return 101
        def g(): return 901
        == parts/two
        def f(): return 102
        def other(): return 902
        == parts/three
        A = 103
        B = 903
    """,
    "all names of a module": """
        == step
        from preimage.far import *
        def run(): return f()
        == far
        __all__ = ["f"]
        def f(): return 101
        def g(): return 901
    """,
    "a module as a value": """
        == step
        from preimage import near, far
        def run(name): return getattr(near, name), far.A
        == near
        from preimage.last import B
        A = 101
        def f(): return 102
        == last
        A = 901
        B = 103
        == far
        A = 104
        B = 902
    """,
    "a package as a value": """
        == step
        import preimage.parts.one
        def run(name): return vars(preimage.parts)[name]
        == parts/one
        A = 101
    """,
    "classes": """
        == step
        from preimage.bases import Base, Meta, mixed
        FIELD, alike = 101, 903
        class Step(mixed(102), Base, metaclass=Meta):
            field: int = FIELD
            alike: int = 107
            def run(self): return self.twice()
            def unused(self): return 103
        class Other(Base):
            a = 901
        def run(): return Step().run()
        == bases
        class Base:
            def twice(self): return 104
        class Meta(type):
            x = 105
        def mixed(n):
            return 106
        class Last(Base):
            x = 902
    """,
    "decorators, defaults and annotations that a decorator reads": """
        == step
        from preimage.engine import step, Rows
        TABLE, OTHER = 101, 901
        WIDTH = 102
        @step(pairs=103)
        def run(rows: Rows[TABLE], text: "Rows[LATE]", *, width=WIDTH): return helper(rows)
        def helper(rows: Rows[OTHER], other: 902 = 104) -> 903:
            x: OTHER = 105
            return x
        LATE = 106
        == engine
        def step(**outputs): return lambda function: 107
        class Rows:
            x = 108
        class Cell:
            x = 904
    """,
    "hints that no decorator reads": """
        == step
        import functools
        from contextlib import contextmanager as managed
        from preimage.far import cache as kept
        @functools.lru_cache(maxsize=101)
        def run(rows: 901 = 102) -> 902: return Kind().size, within, other, own
        class Kind:
            @property
            def size(self) -> 903: return 103
            @staticmethod
            def of(x: 904): return 104
        @managed
        def within(x: 905) -> 906: yield
        @kept
        def other(x: 105) -> 106: return
        def own():
            def property(f): return f
            @property
            def shown(x: 107): return
            return shown
        == far
        def cache(f): return f
    """,
    "hints as strings, by a future import": """
        == step
        from __future__ import annotations
        from dataclasses import dataclass
        LATE = 101
        OTHER = 901
        @dataclass
        class Plan:
            first: list[LATE]
            second: "LATE | int" = 102
        def run(plan: Plan, n: OTHER): return Plan()
    """,
    "functions as values": """
        == step
        from functools import partial
        BY_NAME = {"a": first, "b": lambda x: second(x)}
        OTHERS = (third,)
        def run(name): return BY_NAME[name], [part(n) for n in range(101)]
        def first(): return 102
        def second(x): return 103
        def third(): return 901
        part = partial(fourth, 104)
        def fourth(n): return 105
    """,
    "modules and names by their name": """
        == step
        from importlib import import_module as load
        def run(): return load("preimage.near").A, globals()["B"]
        B = 101
        == near
        A = 102
        == far
        A = 901
    """,
    "names that comprehensions keep": """
        == step
        A = [B := 101 for _ in range(3)]
        C = 901
        D = 102
        def run(f=lambda D: D):
            x = [C := 3 for _ in range(3)]
            return B, C, D
    """,
}

RUN = {
    "local names hide global ones": """
        == step
        A, B, C, D, E, F = 901, 902, 903, 904, 905, 906
        G, H, I = 101, 102, 103
        def run(A, *B, **C):
            D = A + sum(E for E in range(3)) + sum(I for I in I)
            def inner():
                global H
                H += D
                return lambda F: F + D + G
            try:
                return inner
            except ValueError as E:
                raise E
    """,
    "names bound under conditions, and more than once": """
        == step
        import sys
        if sys.version_info > (101, 3):
            def f(): return 102
        else:
            from preimage.far import f
        try:
            from fast import g
        except ImportError:
            g = 103
        A = 104
        A = 105
        def run(): return f() + g + A + h() + X + Y
        def h(): return 106
        def h(): return 107
        (X, *_rest), Y = (108, 3), 109
        P, Q = 110, 901
        Y += P
        == far
        def f(): return 111
    """,
    "what a class binds is hidden from its methods": """
        == step
        def run():
            from preimage.far import value, other
            class Shown:
                value = other
                def show(self): return value()
            value2 = other
            return Shown()
        == far
        def value(): return 101
        def other(): return 102
        def last(): return 901
    """,
    "what an import runs": """
        == step
        import preimage.effects
        from preimage.tables import ITEMS, register
        def run(): return ITEMS
        register("step", 101)
        def unused(): return 901
        if __name__ == "__main__":
            print(902)
        == __init__
        print(103)
        == effects
        from preimage import deeper
        from preimage.tables import ITEMS
        if ITEMS:
            ITEMS["new"] = f(104)
        def f(x): return 105
        def g(x): return 903
        A = 904
        == deeper
        from preimage.tables import ITEMS
        for n in range(106):
            ITEMS.update(a=n)
        == tables
        ITEMS = {"a": 107}
        OTHER = {"a": 905}
        def register(name, value): ITEMS[name] = value + 108
        == alone
        from preimage.tables import ITEMS
        ITEMS["never"] = 906
    """,
    "registries that decorators, calls and base classes fill": """
        == step
        from preimage.registry import KINDS, Kind, known, shown
        import preimage.kinds, preimage.others
        def run(): return KINDS, shown(1)
        == kinds
        from preimage.registry import Kind, known, note, pure, shown
        @known
        def circle(): return 101
        class Square(Kind):
            x = 102
        TRIANGLE = note(103)
        _ = print(104)
        @shown.register
        def of_text(x: str): return 105
        @pure
        def line(): return 901
        OTHER = pure(902)
        def defaults(x=note(107)): return 108
        HEXAGON = pure([note(109) for _ in range(1)])
        if note(110):
            pass
        == others
        from foreign import App
        from preimage.registry import HALL, Hall, pure, put
        app = App(115)
        @HALL.enters
        def first(): return 111
        @app.command
        def second(): return 112
        CONE = put(HALL, 113)
        CUBE = HALL.enters(114)
        PRISM = HALL.size + 903
        NAMES = HALL.items()
        def last(): return note(905)
        == registry
        from functools import singledispatch
        KINDS = []
        def known(f):
            KINDS.append(f)
            return f
        def note(n): return known(n)
        def pure(f): return f
        @singledispatch
        def shown(x): return 106
        class Kind:
            def __init_subclass__(cls): known(cls)
        class Hall:
            def __init__(self, size=3): self.size = size
            def enters(self, guest): self.guests = guest
        HALL = Hall()
        def put(hall, guest): hall.guest = guest
    """,
    "modules that only carry": """
        == step
        from preimage.files import write
        from preimage.steps.engine import step
        @step(a=101)
        def run(): write(102)
        == files
        print(901)
        def write(x): return 902
        == steps/engine
        from preimage.steps import words
        def step(**outputs): return 903
        == steps/words
        A = 904
    """,
    "what only describes": """
        == step
        import logging
        from dataclasses import replace
        from preimage.errors import UserError
        from preimage.tables.columns import Column, Table, interval
        from preimage.tables import columns
        log = logging.getLogger(__name__)
        TABLE = Table("a101", "901", (Column("a102", 103, "902", "px104"),
            Column("b", 105, meaning=f"{log}903", unit="106"), *interval("c", "904", "107"),
            columns.Column("d", 108, "905"), replace(TABLE, meaning="906", unit="109")))
        def run(x, interval):
            log.info("%s 907 of", x + 110)
            if x == 111:
                raise UserError(f"{x} is 908{said(x)}")
            return TABLE, interval("a", "112"), UserError
        def said(x): return 909
        == tables/columns
        class Column:
            x = 113
        class Table:
            x = 114
        def interval(name, meaning, unit): return Column(name, 115, f"{meaning} 910", unit)
    """,
    "what only looks like a description": """
        == step
        from logging import getLogger as made
        from preimage.far import log as told, named
        log = Said()
        other = made(__name__)
        class Said:
            '''Says 901.'''
            def info(self, text): return text
        def run():
            '''Say 902.'''
            log.info("101")
            told.info("102")
            other.info("903")
            return named.__doc__
        == far
        '''Of 904.'''
        class Log:
            def info(self, text): return text
        log = Log()
        def named():
            '''Say 103.'''
        def unread():
            '''Say 905.'''
    """,
    "the docstring of a module": """
        == step
        '''Of 101.'''
        from preimage import far
        def run(): return __doc__, far.__doc__
        == far
        '''Of 102.'''
    """,
    "where a foreign name comes from": """
        == step
        from math import sin101 as f, cos901 as g
        import numpy102 as np
        import plugin103
        import unused904 as h
        def run(): return f(np.pi)
        def other(): return h.x
    """,
    "data files": """
        == step
        from importlib.resources import files
        WORDS = "words.csv"
        OTHERS = "others.csv"
        def run(): return files("preimage.parts") / WORDS
        == parts/words.csv
        101
        == parts/others.csv
        901
    """,
    "what foreign code does to others": """
        == step
        import math, preimage.quiet
        from preimage.compat import np
        from logging import getLogger
        from re import compile as made
        import torch.nn.functional as F
        _PREVIOUS = setattr(F, "relu", 101)
        _OLD = np.seterr(102)
        _HIGH = math.floor(901)
        _NAME = made("902")
        _WORDS = " ".join(str(n) for n in range(903))
        log = getLogger("904")
        log2 = getLogger("105").setLevel(106)
        _KNOWN = list(map(F.register, [107]))
        @F.implements(108)
        def unused(): return 109
        @F.no_grad
        class Unused: x = 110
        class Module(F.Module): x = 905
        def run(): return 111
        == compat
        import numpy as np
        == quiet
        import random
        if not (seeded := random.seed(112)):
            _NEXT = random.random(113)
    """,
    "registries by other names": """
        == step
        from preimage.registry import ALL, KINDS, Kind, Plugin, Counted
        import preimage.kinds
        def run(): return ALL, KINDS
        == kinds
        from preimage.registry import *
        from preimage import registry
        @of_kind("a")
        def first(): return 101
        @got("a")
        def second(): return 102
        @named
        def third(): return 103
        @by_attribute
        def fourth(): return 104
        _FIFTH = Plugin(105)
        _SIXTH = Counted(106)
        class Seventh(metaclass=Meta): x = 107
        class Eighth(Made): x = 108
        @looped
        def ninth(): return 109
        @written
        def tenth(): return 110
        @own
        def eleventh(): return 901
        _TWELFTH = Plain(902)
        == registry
        ALL, KINDS = [], {"a": []}
        def of_kind(name): return lambda f: KINDS[name].append(f)
        def got(name): return lambda f: KINDS.get(name).append(f)
        def named(f):
            k = KINDS
            k.update(f=f)
        def by_attribute(f): setattr(f, "x", 3)
        def looped(f):
            for one in KINDS.values():
                one.append(f)
        def written(f): globals()[f.__name__] = f
        def own(f):
            found, kinds = [], dict(KINDS)
            found.append(f)
            kinds["a"] = sorted(found)
            return f
        class Plugin:
            all = []
            def __init__(self, x): self.all.append(self)
        class Counted:
            all = {}
            def __init__(self, x): type(self).all[x] = self
        class Plain:
            def __init__(self, x):
                self.all = []
                self.all.append(x)
        class Meta(type):
            all = []
            def __new__(mcs, *args):
                made = super().__new__(mcs, *args)
                made.all.append(made)
                return made
        class Listing(type):
            def __init__(cls, *args): cls.all[args] = cls
        class Made(metaclass=Listing):
            all = {}
        class Kind: pass
    """,
    "classes that are asked for those made from them": """
        == step
        import preimage.kinds
        from preimage.registry import Kind
        def run(): return Kind.__subclasses__()
        == kinds
        from preimage.registry import Kind
        class Circle(Kind): x = 101
        def other(): return 901
        == registry
        class Kind: pass
    """,
}
