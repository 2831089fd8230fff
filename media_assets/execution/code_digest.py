"""A digest of the code that makes a derivative: it shows edits that no ``code_version`` announces.

It covers the pure function and all of our own code that it names, at whatever distance: functions,
classes with their methods, constants (in capitals). Comments, docstrings and formatting do not
count. What is reached only through an object that is passed in (the source, an opened model) is
not covered, nor is any library. No part of the fingerprint: whether results change is for people
to say.
"""

import ast
import hashlib
import inspect
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import is_dataclass
from functools import cache, cached_property
from types import CodeType, FunctionType, ModuleType
from typing import Any, get_args, get_type_hints

OUR_PACKAGES = ("media_assets", "resources")
"""The packages that hold what makes derivatives."""

DIGITS = 16
"""Hexadecimal digits kept: 64 bits tell any two versions of one function apart."""

PARSING = threading.Lock()
"""Python 3.11 fails when two threads parse at once (SystemError: recursion depth mismatch)."""

PLAIN = (str, int, float, bool, bytes, type(None), tuple, list, dict, frozenset, set, re.Pattern)


@cache
def code_digest(make: Callable[..., object]) -> str:
    """16 hex digits over the code that ``make`` and its payload type consist of."""
    reached: dict[str, str] = {}
    follow(make, reached)
    for kind in payload_types(make):
        follow(kind, reached)
    text = "\n".join(f"{name} = {source}" for name, source in sorted(reached.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def payload_types(make: Callable[..., object]) -> Iterator[object]:
    """What ``make`` returns, with the members of unions and sequences."""
    waiting = [get_type_hints(make)["return"]]
    while waiting:
        kind = waiting.pop()
        yield kind
        waiting += get_args(kind)


def follow(value: object, reached: dict[str, str]) -> None:
    """Note the source of a function or class of ours, and of all that it names."""
    unwrapped: Any = inspect.unwrap(value) if callable(value) else value
    if not is_ours(unwrapped):
        return
    name = f"{unwrapped.__module__}.{unwrapped.__qualname__}"
    if name in reached:
        return
    reached[name] = bare_source(unwrapped)
    for code, names in code_of(unwrapped):
        for used in used_values(code, names):
            note(used, reached)


def note(used: tuple[str, object], reached: dict[str, str]) -> None:
    """Note a named value: code of ours is followed, a plain constant is written down."""
    name, value = used
    if is_plain(value):
        if name.rpartition(":")[2].isupper():  # others are the state of a process
            reached[name] = plain_text(value)
    elif callable(value):
        follow(value, reached)


def is_ours(value: object) -> bool:
    """Whether it is a function or class of our packages."""
    if not isinstance(value, FunctionType | type):
        return False
    return value.__module__.partition(".")[0] in OUR_PACKAGES


def is_plain(value: object) -> bool:
    """Whether the value's text says all of it."""
    return isinstance(value, PLAIN) or (is_dataclass(value) and not isinstance(value, type))


def plain_text(value: object) -> str:
    """The value in words that are the same in every process; nothing for what has an address."""
    if isinstance(value, set | frozenset):
        return repr(sorted(value, key=repr))
    text = repr(value)
    return "" if " at 0x" in text else text


def code_of(value: FunctionType | type) -> Iterator[tuple[CodeType, ModuleType]]:
    """The code of a function, or of a class's methods, each with its module."""
    functions = [value] if isinstance(value, FunctionType) else methods(value)
    for function in functions:
        module = inspect.getmodule(function)
        if module is not None:
            yield from ((code, module) for code in nested(function.__code__))


def methods(kind: type) -> list[FunctionType]:
    """The functions that a class defines itself, also those of its properties."""
    found = []
    for value in vars(kind).values():
        inner = value.fget if isinstance(value, property) else value
        inner = inner.func if isinstance(inner, cached_property) else inner
        inner = getattr(inner, "__func__", inner)
        if isinstance(inner, FunctionType) and inner.__module__ == kind.__module__:
            found.append(inner)
    return found


def nested(code: CodeType) -> Iterator[CodeType]:
    """The code, and that of the functions and comprehensions in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from nested(constant)


def used_values(code: CodeType, module: ModuleType) -> Iterator[tuple[str, object]]:
    """The values that the code names: those of its module, and of modules of ours it names."""
    for name in code.co_names:
        value = vars(module).get(name)
        if isinstance(value, ModuleType):
            if value.__name__.partition(".")[0] in OUR_PACKAGES:
                yield from named_in(value, code)
        elif value is not None:
            yield f"{module.__name__}:{name}", value


def named_in(module: ModuleType, code: CodeType) -> Iterator[tuple[str, object]]:
    """The values of another module that the code names, as in ``module.name``."""
    for name in code.co_names:
        if name in vars(module):
            yield f"{module.__name__}:{name}", vars(module)[name]


def bare_source(value: FunctionType | type) -> str:
    """The source without comments and docstrings, formatted by ``ast.unparse``."""
    definitions = definitions_in(value.__module__)
    return ast.unparse(definitions[value.__qualname__.replace("<locals>.", "")])


@cache
def definitions_in(module: str) -> Mapping[str, ast.stmt]:
    """The functions and classes of a module by their qualified names, without docstrings."""
    source = inspect.getsource(sys.modules[module])
    with PARSING:
        return dict(named_definitions(ast.parse(source), ""))


def named_definitions(tree: ast.AST, prefix: str) -> Iterator[tuple[str, ast.stmt]]:
    """Every function and class below a node, the outer ones first."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            node.body = [one for one in node.body if not is_text(one)] or [ast.Pass()]
            yield prefix + node.name, node
            yield from named_definitions(node, f"{prefix}{node.name}.")
        else:
            yield from named_definitions(node, prefix)


def is_text(node: ast.stmt) -> bool:
    """Whether the statement is a bare string: a docstring."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
