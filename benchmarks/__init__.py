"""Scripts that print ratios: measured by hand, asserted nowhere."""
