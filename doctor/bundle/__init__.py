"""The support bundle: what a desk needs, and nothing that must not leave."""
