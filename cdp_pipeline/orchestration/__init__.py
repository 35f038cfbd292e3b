"""Orchestration: the only room that knows Dagster. Assets call one domain function and return metadata."""
