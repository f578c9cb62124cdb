"""Tests of the room `azure`."""
