"""What things cost, measured on the machine at hand, always as a ratio to something known."""
