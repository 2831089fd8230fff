"""What an archive package of a picture holds: its rows, its files, and documents about both."""
