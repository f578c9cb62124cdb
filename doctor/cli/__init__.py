"""Arguments, wiring, exit codes: the only room that prints."""
