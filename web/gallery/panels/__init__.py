"""One section of a picture's page = one file and one template of its name."""
