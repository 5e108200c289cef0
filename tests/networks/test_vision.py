"""torchvision without PyTorch's compiler: not there until somebody asks, and then the real one."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import preimage

SOURCES = Path(preimage.__file__).parent
OUTPUTS = """
import torch
{imports}
torch.manual_seed(0)
pictures = torch.rand(1, 3, 64, 64)
for name in ("resnet18", "googlenet", "vit_b_32"):
    size = {{"image_size": 64}} if name == "vit_b_32" else {{}}
    model = torchvision.models.get_model(name, num_classes=3, **size).eval()
    print(name, model(pictures).tolist())
boxes = [torch.tensor([[1.0, 2.0, 30.0, 20.0]])]
print(torchvision.ops.roi_align(pictures, boxes, 3).tolist())
"""


def run(code):
    """Run `code` in a process of its own; return what it printed."""
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("module", ["networks.network", "steps.generate_images"])
def test_the_compiler_is_not_imported_and_nothing_stands_in_for_it(module):
    run(
        f"import sys, preimage.{module}\n"
        "assert 'torchvision' in sys.modules\n"
        "assert not [name for name in sys.modules if name.startswith('torch._dynamo')]"
    )


def test_afterwards_it_is_imported_as_ever_and_compiles():
    run(
        "import preimage.networks.vision\n"
        "import torch._dynamo.utils\n"
        "assert torch._dynamo.utils.__spec__.origin == torch._dynamo.utils.__file__\n"
        "doubled = torch.compile(lambda x: 2 * x, backend='eager')\n"
        "assert doubled(torch.ones(2)).tolist() == [2, 2]"
    )


def test_torchvision_is_the_same():
    ours = "from preimage.networks.vision import torchvision"
    plain = run(OUTPUTS.format(imports="import torchvision"))
    assert run(OUTPUTS.format(imports=ours)) == plain


def test_the_question_is_passed_on():
    run(
        "from preimage.networks.vision import torchvision\n"
        "import sys, torch\n"
        "asked = sys.modules['torchvision.ops.roi_align'].is_compile_supported\n"
        "assert 'torch._dynamo' not in sys.modules\n"
        "supported = asked('cpu')\n"
        "assert supported == torch._dynamo.utils.is_compile_supported('cpu')"
    )


@pytest.mark.parametrize(
    "asked", ["from torch._dynamo.utils import counters", "import torch._dynamo"]
)
def test_who_asks_for_more_gets_the_real_one(asked):
    run(
        "import preimage.networks.vision as vision\n"
        "import sys\n"
        "with vision._without_compiler():\n"
        f"    {asked}\n"
        "real = sys.modules['torch._dynamo.utils']\n"
        "assert real.__spec__ and real.counters is not None\n"
        "with vision._without_compiler():\n"
        "    assert sys.modules['torch._dynamo.utils'] is real\n"
        "assert sys.modules['torch._dynamo.utils'] is real"
    )


def test_all_of_the_package_imports_it_from_there():
    importing = set()
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            if any(name.partition(".")[0] == "torchvision" for name in names):
                importing.add(path.name)
    assert importing == {"vision.py"}
