"""Random formulas as nested tuples, with a recursive meaning independent of the package."""

from collections.abc import Sequence

from hypothesis import strategies as st

from latent_laws.formulas.formula import Formula
from latent_laws.formulas.tokens import FUNCTIONS, OPERATORS, Operation, Token, Variable

NAMES = ("x", "Soil_Type_14", "wind speed", "log", "lambda", "tick`ed", "Höhe", "_name0")

Tree = tuple[object, ...]  # ("constant", 0.5), ("variable", "x"), ("sin", tree), ("+", tree, tree)


def trees(
    constants: st.SearchStrategy[float], names: Sequence[str] = NAMES, leaves: int = 12
) -> st.SearchStrategy[Tree]:
    """Trees over all functions and operators."""
    leaf = st.one_of(
        constants.map(lambda value: ("constant", value)),
        st.sampled_from(names).map(lambda name: ("variable", name)),
    )

    def extend(children: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        unary = st.tuples(st.sampled_from(FUNCTIONS), children).filter(_is_canonical)
        binary = st.tuples(st.sampled_from(OPERATORS), children, children)
        return unary | binary.filter(_is_canonical)

    return st.recursive(leaf, extend, max_leaves=leaves)


def _is_canonical(tree: Tree) -> bool:
    """Reading gives one tree of several: the minus of a literal, x**2, x**3 and 1/x have names."""
    match tree:
        case ("neg", ("constant", _)) | ("**", _, ("constant", 2.0 | 3.0)):
            return False
        case ("/", ("constant", 1.0), _):
            return False
    return True


def postfix(tree: Tree) -> tuple[Token, ...]:
    """The tokens of a tree."""
    head, *rest = tree
    assert isinstance(head, str)
    if head == "constant":
        assert isinstance(rest[0], float)
        return (rest[0],)
    if head == "variable":
        return (Variable(str(rest[0])),)
    parts = [token for part in rest if isinstance(part, tuple) for token in postfix(part)]
    return (*parts, Operation(head))


def count_nodes(tree: Tree) -> int:
    """Nodes of a tree, by recursion."""
    return 1 + sum(count_nodes(part) for part in tree[1:] if isinstance(part, tuple))


def fully_parenthesised(tree: Tree) -> str:
    """Text that leaves nothing to precedence."""
    head, *rest = tree
    if head == "constant":
        return f"({rest[0]!r})"
    if head == "variable":
        return "`" + str(rest[0]).replace("`", "``") + "`"
    parts = [fully_parenthesised(part) for part in rest if isinstance(part, tuple)]
    return f"({parts[0]}) {head} ({parts[1]})" if head in OPERATORS else f"{head}({parts[0]})"


def formula_of(tree: Tree) -> Formula:
    """The formula with exactly this tree."""
    return Formula(postfix(tree))
