"""The built-in checks: one question a file, found by walking this folder."""
