"""The built-in playbooks: data, one cause a file."""
