"""What duplicates and clusters are found by: comparisons of images with each other."""
