"""What things cost, measured on this machine, always as a ratio to something known."""
