"""Tests of the Resource Manager half of the room `azure`."""
