"""Everything that is known of a source as one record, for other tools and later years."""
