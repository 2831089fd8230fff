"""The names of the spaces of vectors that need no model, for code that only has to know them."""

TEXT_SPACE = "builtin-text-1"
VISUAL_SPACE = "builtin-visual-1"
