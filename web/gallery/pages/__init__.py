"""One page = one file, its template beside it by the same name."""
