"""How derivatives are made: media, recipes, plans, batched runs, one outcome per source and asset."""
