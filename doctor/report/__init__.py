"""Report -> str: pure functions that know no clock, no environment and no terminal."""
