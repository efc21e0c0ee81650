"""The rules of the architecture: functions from parsed modules to sentences that name the violations."""

from __future__ import annotations

import ast
import functools
import graphlib
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from parallel_nls.catalogue import EQUATIONS, QUANTITIES

PACKAGE = "parallel_nls"
# From the bottom up; a module may import from layers further down only, and from its own.
LAYERS = (
    ("errors", "examples"),
    ("arguments", "notebook"),
    ("numerics",),
    ("schedules",),
    ("parallel",),
    ("spectral",),
    ("contracts",),
    ("user_code",),
    ("profiles",),
    ("equations",),
    ("integrators",),
    ("elliptic",),
    ("config",),
    ("planning",),
    ("diagnostics",),
    ("bubbles", "half_wave", "hartree"),  # the wings, which do not know each other
    ("catalogue",),
    ("output",),
    ("results",),
    ("figures",),
    ("running",),
    ("comparison", "watching"),
    ("reports",),
    ("studies",),
    ("decompose", "doctor"),
    ("cli",),
    ("__main__",),
    ("",),  # the package itself, which collects the public names
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}

# The only modules (by the start of their names) that may import a library.
HOMES = {
    "numba": ("numerics.code_cache", "numerics.compiled", "numerics.lane", "numerics.squares", "spectral.fast_fourier"),
    "llvmlite": ("numerics.compiled", "numerics.lane", "numerics.squares", "spectral.fast_fourier"),
    "h5py": ("output.", "results.", "doctor.libraries", "config.stored_time.", "config.stored_hdf5."),
    "petsc4py": ("elliptic.petsc",),
    "matplotlib": ("figures.",),
    "xarray": ("figures.", "results."),
    "jinja2": ("reports.page",),
    "markupsafe": ("reports.page",),
    "argcomplete": ("cli.completion.",),
}
# Libraries that a run never needs: imported only inside functions.
LAZY = ("argcomplete", "jinja2", "markupsafe", "matplotlib", "petsc4py", "xarray")
# Modules that are themselves imported only inside functions, for what must be made when a library is there.
LATE = ("results.labelled",)
# Who may name COMM_WORLD: everybody else is given a communicator.
WORLDLY = ("cli.", "running.communicator.")

# Classes that are asked by what they can do; only who makes objects from names, and the engine, may tell them apart.
ASKED = ("LineDomain", "FourierDomain")
ASKED_ENDING = "Initial"
TELLERS = ("spectral.", "running.assembly.")

# Who may list quantities, and call equations by name.
QUANTITY_NAMES = {quantity.name for quantity in QUANTITIES}
LIST = 3
LISTERS = (
    "catalogue.", "bubbles.", "half_wave.", "hartree.", "diagnostics.", "equations.",
    "figures.exact_waves.", "figures.functionals.", "figures.identities.", "figures.modulation.", "figures.accuracy.",
    "figures.hierarchy.", "figures.half_wave.", "reports.alternatives.",
)  # fmt: skip
# The command decompose belongs to the wing of bubbles.
NAMERS = ("catalogue.", "equations.", "hartree.", "config.sections.", "running.assembly.", "decompose.")

MODULE_LINES = 400
MEDIAN_LINES = 150
FUNCTION_LINES = 50

Function = ast.FunctionDef | ast.AsyncFunctionDef
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True)
class Module:
    """One source file: its name inside the package ("" for the package itself), and its text."""

    name: str
    source: str
    is_package: bool = False

    @functools.cached_property
    def nodes(self) -> list[tuple[ast.AST, bool]]:
        """All nodes of the parsed source, with whether they stand in a function."""
        return walk(ast.parse(self.source))

    @property
    def layer(self) -> str:
        """First part of the name."""
        return self.name.split(".")[0]


@dataclass(frozen=True)
class Import:
    """One import of a module, at a line; ``name`` is what is taken from it, if anything."""

    target: str
    name: str
    line: int
    inside_function: bool


@functools.cache
def read_modules(folder: Path) -> list[Module]:
    """All modules below a folder, named relative to it."""
    modules = []
    for path in sorted(folder.rglob("*.py")):
        parts = list(path.relative_to(folder).with_suffix("").parts)
        is_package = parts[-1] == "__init__"
        modules.append(Module(".".join(parts[:-1] if is_package else parts), path.read_text(), is_package))
    return modules


def walk(node: ast.AST) -> list[tuple[ast.AST, bool]]:
    """Every node below one, from the top down, with whether it stands in a function."""
    found: list[tuple[ast.AST, bool]] = []

    def visit(parent: ast.AST, inside: bool) -> None:
        """Note what is below it."""
        for child in ast.iter_child_nodes(parent):
            found.append((child, inside))
            visit(child, inside or isinstance(child, SCOPES))

    visit(node, False)
    return found


def imports(module: Module) -> Iterator[Import]:
    """All imports, those in functions and under TYPE_CHECKING too, relative ones made absolute."""
    for node, inside in module.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, "", node.lineno, inside)
        elif isinstance(node, ast.ImportFrom):
            target = node.module or ""
            if node.level:
                here = [PACKAGE, *module.name.split(".")] if module.name else [PACKAGE]
                base = here[: len(here) - node.level + module.is_package]
                target = ".".join([*base, target] if target else base)
            for alias in node.names:
                yield Import(target, alias.name, node.lineno, inside)


def internal_imports(module: Module, names: set[str]) -> Iterator[tuple[str, int]]:
    """Modules of the package that a module imports, with the line; the version is free to all."""
    for item in imports(module):
        if item.target.split(".")[0] != PACKAGE or (item.target, item.name) == (PACKAGE, "__version__"):
            continue
        target = item.target.removeprefix(PACKAGE).removeprefix(".")
        submodule = f"{target}.{item.name}".strip(".")
        yield (submodule if item.name and submodule in names else target), item.line


def upward_imports(modules: list[Module]) -> list[str]:
    """Imports of a layer that is not further down, and modules that belong to no layer."""
    names = {module.name for module in modules}
    found = [f"{module.name}: in no layer" for module in modules if module.layer not in LEVEL]
    for module in modules:
        for target, line in internal_imports(module, names):
            layer = target.split(".")[0]
            if layer not in LEVEL:
                found.append(f"{module.name}:{line} imports {target}, which is in no layer")
            elif layer != module.layer and LEVEL[layer] >= LEVEL.get(module.layer, -1):
                found.append(f"{module.name}:{line} imports {target or PACKAGE} upward")
    return found


def import_cycles(modules: list[Module]) -> list[str]:
    """One cycle of imports among the modules, if there is any."""
    names = {module.name for module in modules}
    graph = {module.name: {target for target, _ in internal_imports(module, names)} for module in modules}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return ["imports form a cycle: " + " -> ".join(error.args[1])]
    return []


def misplaced_libraries(modules: list[Module]) -> list[str]:
    """Imports of a library outside its home, or at the start of a module where it must be lazy."""
    found = []
    for module in modules:
        for item in imports(module):
            library = item.target.split(".")[0]
            if library not in HOMES:
                continue
            if not f"{module.name}.".startswith(HOMES[library]):
                found.append(f"{module.name}:{item.line} imports {library}, which belongs to {HOMES[library]}")
            elif library in LAZY and module.name in LATE:
                continue
            elif library in LAZY and not item.inside_function and not type_checking_only(module, item.line):
                found.append(f"{module.name}:{item.line} imports {library} when the module is imported")
    return found


def type_checking_only(module: Module, line: int) -> bool:
    """Whether a line stands under ``if TYPE_CHECKING:``."""
    blocks = (node for node, _ in module.nodes if isinstance(node, ast.If))
    return any(
        isinstance(block.test, ast.Name)
        and block.test.id == "TYPE_CHECKING"
        and block.body[0].lineno <= line <= (block.body[-1].end_lineno or 0)
        for block in blocks
    )


def forbidden_words(modules: list[Module]) -> list[str]:
    """COMM_WORLD outside its homes, and assert and print anywhere."""
    found = []
    for module in modules:
        for node, _ in module.nodes:
            line = getattr(node, "lineno", 0)
            if isinstance(node, ast.Assert):
                found.append(f"{module.name}:{line} uses assert")
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                found.append(f"{module.name}:{line} uses print")
            elif not f"{module.name}.".startswith(WORLDLY) and names_world(node):
                found.append(f"{module.name}:{line} uses COMM_WORLD")
    return found


def names_world(node: ast.AST) -> bool:
    """Whether a node takes COMM_WORLD as an attribute, a name, an import or a string."""
    world = "COMM_WORLD"
    return (
        (isinstance(node, ast.Attribute) and node.attr == world)
        or (isinstance(node, ast.Name) and node.id == world)
        or (isinstance(node, ast.alias) and node.name == world)
        or (isinstance(node, ast.Constant) and node.value == world)
    )


def isinstance_on_classes(modules: list[Module]) -> list[str]:
    """Domains and kinds of initial data told apart by their class, outside the modules that may."""
    found = []
    for module in modules:
        if f"{module.name}.".startswith(TELLERS):
            continue
        for node, _ in module.nodes:
            names = [name for part in tested_classes(node) for name in names_in(part)]
            asked = sorted({name for name in names if name in ASKED or name.endswith(ASKED_ENDING)})
            if asked:
                found.append(f"{module.name}:{getattr(node, 'lineno', 0)} tests for {', '.join(asked)}")
    return found


def tested_classes(node: ast.AST) -> list[ast.AST]:
    """The classes that a node tests an object for: by isinstance, issubclass or a pattern of match."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("isinstance", "issubclass"):
        return [*node.args[1:]]
    return [node.cls] if isinstance(node, ast.MatchClass) else []


def names_in(node: ast.AST) -> Iterator[str]:
    """All names and attributes in an expression."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr


def lists_of_quantities(modules: list[Module]) -> list[str]:
    """Collections of names of quantities outside what lists, measures or declares them, and figures of a wing."""
    found = []
    for module in modules:
        if f"{module.name}.".startswith(LISTERS):
            continue
        for node, _ in module.nodes:
            parts = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", [])
            names = [part.value for part in parts if isinstance(part, ast.Constant) and part.value in QUANTITY_NAMES]
            if len(names) >= LIST:
                found.append(f"{module.name}:{getattr(node, 'lineno', 0)} lists {', '.join(names)}")
    return found


def names_of_equations(modules: list[Module]) -> list[str]:
    """Equations called by their names outside their files, their sections, the catalogue and the assembly."""
    return [
        f"{module.name}:{getattr(node, 'lineno', 0)} names the equation {node.value}"
        for module in modules
        if not f"{module.name}.".startswith(NAMERS)
        for node, _ in module.nodes
        if isinstance(node, ast.Constant) and node.value in EQUATIONS
    ]


def functions(module: Module) -> Iterator[Function]:
    """All functions and methods, nested ones too."""
    yield from (node for node, _ in module.nodes if isinstance(node, Function))


def body_lines(function: Function) -> int:
    """Lines of a function's body without its docstring."""
    statements = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (function.end_lineno or 0) - statements[0].lineno + 1 if statements else 0


def oversized(modules: list[Module]) -> list[str]:
    """Modules and functions that are too long."""
    found = []
    for module in modules:
        lines = len(module.source.splitlines())
        if lines > MODULE_LINES:
            found.append(f"{module.name}: {lines} lines, more than {MODULE_LINES}")
        found.extend(
            f"{module.name}:{function.lineno} {function.name}: {body_lines(function)} lines"
            for function in functions(module)
            if body_lines(function) > FUNCTION_LINES
        )
    return found


def oversized_median(modules: list[Module]) -> list[str]:
    """The median length of the modules, where it is too large; ``__init__`` files do not count."""
    lines = [len(module.source.splitlines()) for module in modules if not module.is_package]
    median = statistics.median(lines) if lines else 0
    return [f"the median module has {median:g} lines, more than {MEDIAN_LINES}"] if median > MEDIAN_LINES else []


def undocumented(modules: list[Module]) -> list[str]:
    """Public functions, also nested, without a docstring or a return hint; public classes without one."""
    found = []
    for module in modules:
        for node, _ in module.nodes:
            if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
                continue
            if not ast.get_docstring(node):
                found.append(f"{module.name}:{node.lineno} {node.name}: no docstring")
            if isinstance(node, Function) and node.returns is None:
                found.append(f"{module.name}:{node.lineno} {node.name}: no return hint")
    return found
