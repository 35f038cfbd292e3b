"""Fixtures of the integration tests: real servers, each started once per session."""

from __future__ import annotations

from cdp_pipeline_tests.servers import mariadb, postgresql, s3_server, sftp_server

__all__ = ["mariadb", "postgresql", "s3_server", "sftp_server"]
