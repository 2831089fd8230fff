"""What a search is made of and knows no table of ours: LanceDB, fusion of ranks, words, hashes."""
