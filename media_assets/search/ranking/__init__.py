"""How a search is answered: what the index holds, which sources are asked, how they are fused."""
