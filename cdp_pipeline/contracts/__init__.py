"""Pydantic models of every YAML file, and the loading of a project's configuration.

What belongs here: the shape of configuration and table contracts, with errors that name file, key
and remedy. What does not: anything that touches data.
"""
