"""Pasted errors, logs, HAR files and reports, read into the same facts as live checks produce."""
