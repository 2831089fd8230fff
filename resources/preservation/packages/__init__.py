"""Archive packages: one BagIt bag in a ZIP, with all that is known of a picture, and back again."""
