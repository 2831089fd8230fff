"""What all models have in common: how one is chosen, its files, and how it fails."""
