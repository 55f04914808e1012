"""Templates, folded as they are read, so that a page is made of few pieces.

A page is mostly words that are the same for all its readers of one language: texts, their translations, icons, addresses that name
nothing. Django asks each of them again for each page; here what stands between two things that may change is one piece, said once
for each language. What is included by a name that never changes stands where it was included. And a name is looked up without
trying first whether each thing it passes is a dictionary.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.template import Context, Node, NodeList, Origin, Template
from django.template.base import FilterExpression, TextNode, TokenType, Variable
from django.template.defaulttags import CycleNode, IfChangedNode, WithNode
from django.template.library import SimpleNode
from django.template.loader_tags import BlockNode, ExtendsNode, IncludeNode
from django.template.loaders import cached
from django.template.smartif import TokenBase
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils.safestring import SafeString

from trialogue.doors.web.templatetags.kept import Address, Reader
from trialogue.doors.web.templatetags.trialogue import icon

# What keeps something for the length of the template that it stands in.
BOUND = (BlockNode, ExtendsNode, CycleNode, IfChangedNode)


class Loader(cached.Loader):
    def get_template(self, template_name: str, skip: list[Origin] | None = None) -> Template:
        known = self.cache_key(template_name, skip) in self.get_template_cache
        template = super().get_template(template_name, skip)
        if not known:
            self.fold(template.nodelist)
        return template

    def fold(self, nodes: NodeList) -> None:
        """In place: a block stands in several lists."""
        folded: list[Node] = []
        for is_constant, run in groupby(map(self._here, nodes), _is_constant):
            some = list(run)
            if is_constant and not all(isinstance(node, TextNode) for node in some):
                folded.append(Run(some))
            else:
                folded += some
                for expression in _expressions([vars(node) for node in some]):
                    expression.var = Name.of(expression.var)
                for inner in (inner for node in some for inner in _within(node)):
                    self.fold(inner)
        nodes[:] = folded

    def _here(self, node: Node) -> Node:
        """What a node includes, as a node of its own names."""
        if not isinstance(node, IncludeNode) or node.isolated_context or not _is_literal(node.template):
            return node
        included = self.engine.get_template(str(node.template.var)).nodelist
        if any(included.get_nodes_by_type(kind) for kind in BOUND):
            return node
        here = WithNode(None, None, included, node.extra_context)
        here.origin, here.token = node.origin, node.token
        return here


class Name(Variable):
    """A variable that finds what Django's finds. Django asks each object for an item first, by raising and catching an error."""

    __slots__ = ()

    @classmethod
    def of(cls, variable: Any) -> Any:
        plain = type(variable) is Variable and variable.lookups and not variable.translate
        return cls(variable.var) if plain else variable

    def resolve(self, context: Any) -> Any:
        current: Any = context
        try:
            for bit in self.lookups or ():
                current = current[bit] if hasattr(type(current), "__getitem__") else getattr(current, bit)
                if callable(current):
                    if hasattr(current, "do_not_call_in_templates") or getattr(current, "alters_data", False):
                        return super().resolve(context)
                    current = current()
        except Exception:  # as Django says it: what may be absent, what is silent, what is raised
            return super().resolve(context)
        return current


class Run(Node):
    """Pieces that follow from the reader's language and from where the house stands. `proving` says them again, and compares."""

    proving = False

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes, self.said = NodeList(nodes), dict[tuple[str | None, str], SafeString]()

    def render_annotated(self, context: Context) -> SafeString:
        reader = Reader.of(context)
        key = reader.language, reader.prefix
        said = self.said.get(key)
        if said is None:
            said = self.said[key] = self.nodes.render(context)
        elif self.proving:
            assert said == self.nodes.render(context), f"depends on more than its language: {said}"
        return said


def _within(node: Node) -> Iterator[NodeList]:
    if isinstance(node, Run):  # folded before, when what is included was read
        return
    for value in vars(node).values():
        if isinstance(value, NodeList):
            yield value
        elif isinstance(value, list):  # of an `if`: each condition with what stands under it
            yield from (part for one in value if isinstance(one, tuple) for part in one if isinstance(part, NodeList))


def _expressions(value: Any) -> Iterator[FilterExpression]:
    """Those of some nodes themselves, not of what stands within them: that is folded for itself."""
    match value:
        case FilterExpression():
            yield value
        case Node() | NodeList():
            pass
        case list() | tuple():
            for one in value:
                yield from _expressions(one)
        case dict():
            yield from _expressions(list(value.values()))
        case TokenBase():  # of an `if`
            yield from _expressions(vars(value))


def _is_constant(node: Any) -> bool:
    match node:
        case TextNode():
            return True
        case TranslateNode():
            return not node.asvar and _is_literal(node.filter_expression) and _is_literal(node.message_context)
        case BlockTranslateNode():
            words = all(token.token_type == TokenType.TEXT for token in node.singular)
            return words and not (node.asvar or node.plural or node.extra_context) and _is_literal(node.message_context)
        case Address():
            return not node.asvar and not node.kwargs and all(map(_is_literal, (node.view_name, *node.args)))
        case SimpleNode():
            return node.func is icon and not node.target_var and all(map(_is_literal, node.args))
    return False


def _is_literal(value: FilterExpression | None) -> bool:
    return value is None or (not value.filters and getattr(value.var, "lookups", None) is None)
