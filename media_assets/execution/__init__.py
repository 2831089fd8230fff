"""How derivatives are made: recipes, plans, batched runs, one outcome per source and asset."""
