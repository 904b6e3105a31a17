"""One row per form of function: what is cut of it, that filling restores it, and that borrowing it behaves alike."""

import ast
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tinytorch.tito.loader._graft import graft
from tinytorch.tito.splice import Source, cut, definitions, fill, is_blank


@dataclass
class Form:
    """A form: in `source` the function `name` is cut; `blank` is what must come out; `probe` tells how it behaves."""

    what: str
    name: str
    source: str
    blank: str
    probe: str


LONG = "g" * 110
REGISTRY = """\
registry = {}
def operation(name):
    def register(kernel):
        registry[name] = kernel
        return kernel
    return register
def rule(op):
    def register(kernel):
        registry[op.__name__ + " rule"] = kernel
        return kernel
    return register
"""

FORMS = [
    Form(
        "a function",
        "f",
        "def f(x):\n    y = x + 1\n    return y\n",
        'def f(x):\n    raise NotImplementedError("f: (x)")\n',
        "f(1)",
    ),
    Form(
        "a docstring stays and states the contract",
        "f",
        'def f(x: int) -> int:\n    """Return x plus 1.\n\n    Really.\n    """\n    return x + 1\n\n\nz = 1\n',
        'def f(x: int) -> int:\n    """Return x plus 1.\n\n    Really.\n    """\n'
        '    raise NotImplementedError("f: Return x plus 1.")\n\n\nz = 1\n',
        "f(1), f.__doc__",
    ),
    Form(
        "comments of the body go, those around it stay",
        "f",
        "# above\ndef f(x):  # noqa: D103\n    # the trick:\n\n    return x  # because\n    # done\n\n# below\n",
        '# above\ndef f(x):  # noqa: D103\n    raise NotImplementedError("f: (x)")\n\n# below\n',
        "f(1)",
    ),
    Form(
        "an operation",
        "relu_op",
        REGISTRY + '@operation("relu")\ndef relu_op(step, x):\n    return max(x, 0)\n',
        REGISTRY + '@operation("relu")\ndef relu_op(step, x):\n    raise NotImplementedError("relu_op: (step, x)")\n',
        'registry["relu"](None, -2), registry["relu"] is relu_op',
    ),
    Form(
        "a rule",
        "relu_rule",
        REGISTRY + '@operation("relu")\ndef relu_op(step, x):\n    return max(x, 0)\n\n\n@rule(relu_op)\n'
        "def relu_rule(step, grad):\n    return grad * 2\n",
        REGISTRY + '@operation("relu")\ndef relu_op(step, x):\n    return max(x, 0)\n\n\n@rule(relu_op)\n'
        'def relu_rule(step, grad):\n    raise NotImplementedError("relu_rule: (step, grad)")\n',
        'registry["relu_op rule"](None, 3), len(registry)',
    ),
    Form(
        "a method with a private name",
        "A.m",
        "class A:\n    __k = 7\n\n    def m(self):\n        return self.__k\n",
        'class A:\n    __k = 7\n\n    def m(self):\n        raise NotImplementedError("A.m: (self)")\n',
        "A().m(), A.m.__qualname__",
    ),
    Form(
        "super()",
        "B.m",
        "class A:\n    def m(self):\n        return 1\n\n\nclass B(A):\n    def m(self):\n"
        "        return super().m() + 1\n",
        "class A:\n    def m(self):\n        return 1\n\n\nclass B(A):\n    def m(self):\n"
        '        raise NotImplementedError("B.m: (self)")\n',
        "B().m()",
    ),
    Form(
        "a property's setter, not its getter",
        "A.x.setter",
        "class A:\n    @property\n    def x(self):\n        return self._x\n\n    @x.setter\n    def x(self, v):\n"
        "        self._x = v * 2\n",
        "class A:\n    @property\n    def x(self):\n        return self._x\n\n    @x.setter\n    def x(self, v):\n"
        '        raise NotImplementedError("A.x: (self, v)")\n',
        "(a := A(), setattr(a, 'x', 4), a.x)[1:]",
    ),
    Form(
        "a property's getter, not its setter",
        "A.x.getter",
        "class A:\n    @property\n    def x(self):\n        return self._x\n    @x.setter\n    def x(self, v):\n"
        "        self._x = v * 2\n",
        "class A:\n    @property\n    def x(self):\n"
        '        raise NotImplementedError("A.x: (self)")\n    @x.setter\n    def x(self, v):\n'
        "        self._x = v * 2\n",
        "(a := A(), setattr(a, 'x', 4), a.x)[1:]",
    ),
    Form(
        "a static method and a class method",
        "A.s",
        "class A:\n    @staticmethod\n    def s(x):\n        return x\n    @classmethod\n    def c(cls):\n"
        "        return cls.s(2)\n",
        "class A:\n    @staticmethod\n    def s(x):\n"
        '        raise NotImplementedError("A.s: (x)")\n    @classmethod\n    def c(cls):\n        return cls.s(2)\n',
        "A.s(1), A.c()",
    ),
    Form(
        "a class method",
        "A.c",
        "class A:\n    @classmethod\n    def c(cls):\n        return cls.__name__\n",
        'class A:\n    @classmethod\n    def c(cls):\n        raise NotImplementedError("A.c: (cls)")\n',
        "A.c()",
    ),
    Form(
        "overloads stay, the implementation goes",
        "f#3",
        "from typing import overload\n@overload\ndef f(x: int) -> int: ...\n@overload\ndef f(x: str) -> str: ...\n"
        "def f(x):\n    return x\n",
        "from typing import overload\n@overload\ndef f(x: int) -> int: ...\n@overload\ndef f(x: str) -> str: ...\n"
        'def f(x):\n    raise NotImplementedError("f: (x)")\n',
        "f(3)",
    ),
    Form(
        "the second of two of one name",
        "f#2",
        "def f():\n    return 1\n\n\ng = f\n\n\ndef f():\n    return 2\n",
        'def f():\n    return 1\n\n\ng = f\n\n\ndef f():\n    raise NotImplementedError("f: ()")\n',
        "g(), f()",
    ),
    Form(
        "definitions under a condition",
        "f",
        "if True:\n    def f():\n        return 1\nelse:\n    def f():\n        return 2\n",
        'if True:\n    def f():\n        raise NotImplementedError("f: ()")\nelse:\n    def f():\n'
        '        raise NotImplementedError("f: ()")\n',
        "f()",
    ),
    Form(
        "a nested function with a closure",
        "outer.<locals>.inner",
        "def outer(n):\n    def inner(x):\n        nonlocal n\n        n += x\n        return n\n    return inner\n",
        'def outer(n):\n    def inner(x):\n        raise NotImplementedError("outer.<locals>.inner: (x)")\n'
        "    return inner\n",
        "outer(3)(4)",
    ),
    Form(
        "a generator",
        "g",
        "def g(n):\n    for i in range(n):\n        yield i\n",
        'def g(n):\n    raise NotImplementedError("g: (n)")\n',
        "list(g(3))",
    ),
    Form(
        "an async function",
        "f",
        "async def f(x):\n    return x\n",
        'async def f(x):\n    raise NotImplementedError("f: (x)")\n',
        "__import__('asyncio').run(f(2))",
    ),
    Form(
        "a body on the line of its colon",
        "f",
        "def f(): return 1; \nx = 2\n",
        'def f(): raise NotImplementedError("f: ()")\nx = 2\n',
        "f(), x",
    ),
    Form(
        "a body after a docstring on the same line",
        "f",
        'def f(): "doc"; y = 1; return y  # three\n',
        'def f(): "doc"; raise NotImplementedError("f: doc")\n',
        "f(), f.__doc__",
    ),
    Form(
        "nothing but a docstring",
        "f",
        'def f():\n    """Doc."""  # here\n\n\nx = 1\n',
        'def f():\n    """Doc."""  # here\n    raise NotImplementedError("f: Doc.")\n\n\nx = 1\n',
        "f(), x",
    ),
    Form(
        "nothing but a docstring and a comment",
        "f",
        'def f():\n    """Doc."""\n    # Nothing to do.\n\n\nx = 1\n',
        'def f():\n    """Doc."""\n    raise NotImplementedError("f: Doc.")\n\n\nx = 1\n',
        "f(), x",
    ),
    Form(
        "nothing but a docstring, on the line of the colon",
        "f",
        'def f(): "Doc."\n',
        'def f(): "Doc."; raise NotImplementedError("f: Doc.")\n',
        "f()",
    ),
    Form(
        "default arguments and annotations over several lines",
        "f",
        "def f(\n    a,  # one\n    b=[\n        1,\n    ],\n    *,\n    c: int = 2,\n) -> list:\n"
        "    return [a, b, c]\n",
        "def f(\n    a,  # one\n    b=[\n        1,\n    ],\n    *,\n    c: int = 2,\n) -> list:\n"
        '    raise NotImplementedError("f: (a, b) -> list")\n',
        "f(0), f(1, 2, c=3)",
    ),
    Form(
        "semicolons",
        "f",
        "def f():\n    x = 1; y = 2; return x + y;\nz = 3; w = 4\n",
        'def f():\n    raise NotImplementedError("f: ()")\nz = 3; w = 4\n',
        "f(), z, w",
    ),
    Form(
        "a line continuation after the colon and inside",
        "f",
        "def f(x): \\\n    return x + \\\n        1\ny = f\n",
        'def f(x): \\\n    raise NotImplementedError("f: (x)")\ny = f\n',
        "y(1)",
    ),
    Form(
        "strings in triple quotes that look like code",
        "f",
        "def f():\n    '''Doc.\n    # no comment'''\n    text = '''\ndef g():\n    return 1\n'''\n"
        "    return text\nx = 1\n",
        "def f():\n    '''Doc.\n    # no comment'''\n    raise NotImplementedError(\"f: Doc. # no comment\")\nx = 1\n",
        "f(), x",
    ),
    Form(
        "tabs",
        "A.f",
        "class A:\n\tdef f(self):\n\t\tif self:\n\t\t\treturn 1\n\t\treturn 2\n",
        'class A:\n\tdef f(self):\n\t\traise NotImplementedError("A.f: (self)")\n',
        "A().f()",
    ),
    Form(
        "Windows' line endings",
        "f",
        "def f(x):\r\n    y = x\r\n    return y\r\n\r\n\r\nz = 1\r\n",
        'def f(x):\r\n    raise NotImplementedError("f: (x)")\r\n\r\n\r\nz = 1\r\n',
        "f(1), z",
    ),
    Form(
        "the old Macintosh's line endings",
        "f",
        "def f(x):\r    y = x\r    return y\r\rz = 1\r",
        'def f(x):\r    raise NotImplementedError("f: (x)")\r\rz = 1\r',
        "f(1), z",
    ),
    Form(
        "no line ending at the end",
        "f",
        "x = 1\ndef f():\n    return 1",
        'x = 1\ndef f():\n    raise NotImplementedError("f: ()")',
        "f()",
    ),
    Form(
        "form feeds and separators that are line endings to str alone",
        "f",
        'x = "a\x1cb\u2028c"\n\x0c\ndef f():\n    y = "\x0b\x85é"\n    return y\n\x0c\nz = f\n',
        'x = "a\x1cb\u2028c"\n\x0c\ndef f():\n    raise NotImplementedError("f: ()")\n\x0c\nz = f\n',
        "z(), x",
    ),
    Form(
        "letters of more than a byte before and in the body",
        "Größe.μ",
        "class Größe:\n    def μ(self, α): 'Größe: α → 𝛂'; β = α; return β\n",
        "class Größe:\n    def μ(self, α): 'Größe: α → 𝛂'; raise NotImplementedError(\"Größe.μ: Größe: α → 𝛂\")\n",
        "Größe().μ(2)",
    ),
    Form(
        "a body that begins with a decorated function",
        "f",
        "def f():\n    @(lambda g: g)\n    def g():\n        return 5\n    return g()\n",
        'def f():\n    raise NotImplementedError("f: ()")\n',
        "f()",
    ),
    Form(
        "a body that ends in a block",
        "f",
        "def f(x):\n    try:\n        return x[0]\n    except IndexError:\n        return None\n"
        "        # nothing\n\nclass A: x = 1\n",
        'def f(x):\n    raise NotImplementedError("f: (x)")\n\nclass A: x = 1\n',
        "f([]), f([1]), A.x",
    ),
    Form(
        "a private function that only it uses",
        "f",
        "import math\n\n\n# half of it\ndef _half(x):\n    return math.sqrt(x)\n    # end\n\n\ndef f(x):\n"
        "    return _half(x)\n",
        'import math\n\n\ndef f(x):\n    raise NotImplementedError("f: (x)")\n',
        "f(4)",
    ),
    Form(
        "a private method that only it uses",
        "A.f",
        "class A:\n    def _half(self):\n        return 2\n\n    def f(self):\n        return self._half()\n",
        'class A:\n\n    def f(self):\n        raise NotImplementedError("A.f: (self)")\n',
        "A().f()",
    ),
    Form(
        "a docstring and the first statement on one line, more below",
        "f",
        'def f():\n    "Doc."; x = 1\n    return x\ny = 2\n',
        'def f():\n    "Doc."; raise NotImplementedError("f: Doc.")\ny = 2\n',
        "f(), y",
    ),
    Form(
        "comments at two depths between a function and a private one",
        "f",
        "def g():\n    return 1\n    # of g\n# of h\ndef _h():\n    return 2\n\n\ndef f():\n    return _h()\n",
        'def g():\n    return 1\n    # of g\n\n\ndef f():\n    raise NotImplementedError("f: ()")\n',
        "f(), g()",
    ),
    Form(
        "a private function after a block that is cut, and after the second of two equal statements",
        "f",
        "x = 1\nx = 1\n\n\ndef _h():\n    return 2\n\n\nif x:\n    def f():\n        return _h(), _g()\n\n\n"
        "def _g():\n    return 3\n",
        'x = 1\nx = 1\n\n\nif x:\n    def f():\n        raise NotImplementedError("f: ()")\n',
        "f(), x",
    ),
    Form(
        "a name so long that no promise fits",
        f"f.<locals>.{LONG}",
        f"def f():\n    def {LONG}():\n        return 1\n    return {LONG}\n",
        f"def f():\n    def {LONG}():\n        raise NotImplementedError(\n"
        f'            "f.<locals>.{LONG}: ..."\n        )\n    return {LONG}\n',
        "f()()",
    ),
]
if sys.version_info >= (3, 12):
    FORMS.append(
        Form(
            "type parameters",
            "A.f",
            "class A[S]:\n    def f[T](self, x: T) -> T:\n        super().__init__()\n        return x\n",
            'class A[S]:\n    def f[T](self, x: T) -> T:\n        raise NotImplementedError("A.f: (self, x) -> T")\n',
            "A().f(1), A.f.__code__.co_firstlineno",
        )
    )


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.what)
def test_each_form_is_cut_to_the_letter(form: Form) -> None:
    assert cut(form.source, [form.name]) == form.blank


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.what)
def test_filling_each_form_restores_every_byte(form: Form) -> None:
    assert fill(form.blank, form.source) == form.source


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.what)
def test_each_form_behaves_alike_when_it_is_borrowed(form: Form, tmp_path: Path) -> None:
    file = tmp_path / "reference.py"
    file.write_bytes(form.source.encode())
    whole: dict[str, Any] = {"__name__": "whole"}
    exec(compile(form.source, "whole.py", "exec"), whole)
    borrowed: dict[str, Any] = {"__name__": "borrowed"}
    exec(graft(Source(form.blank), [file]).code("borrowed.py"), borrowed)
    assert eval(form.probe, borrowed) == eval(form.probe, whole)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.what)
def test_each_blank_form_is_known_as_blank(form: Form) -> None:
    found = [one for one in definitions(ast.parse(form.blank)) if is_blank(one)]
    assert found
    assert all(form.name in one.names for one in found)
    assert not any(is_blank(one) for one in definitions(ast.parse(form.source)))


@pytest.mark.parametrize(
    "begun",
    [
        'raise NotImplementedError("g: (x)")',
        "raise NotImplementedError",
        'raise NotImplementedError("f: (x)") from None',
        'raise ValueError("f: (x)")',
        'x = 1\n    raise NotImplementedError("f: (x)")',
        "pass",
        "...",
        "return None",
    ],
)
def test_a_function_begun_is_no_blank(begun: str) -> None:
    (one,) = definitions(ast.parse(f'def f(x):\n    """Doc."""\n    {begun}\n'))
    assert not is_blank(one)
