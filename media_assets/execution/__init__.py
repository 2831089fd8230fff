"""How derivatives are made: recipes, plans, batched runs, one outcome per image and asset."""
