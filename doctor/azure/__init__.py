"""Clouds, credentials, unverified token claims, Resource Manager and role evaluation."""
