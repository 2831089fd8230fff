"""Which pictures, in which order, and in which rows they stand."""
