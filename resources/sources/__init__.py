"""Sources: how they are named and accepted, their rows, and the bytes behind them.

``acceptance`` is the only way in, ``identities`` says who is known, ``source_identity`` makes
names, ``source_rows`` holds what is on record, ``originals`` reads the bytes.
"""
