"""Fixtures of the integration tests: real servers, started once per session by the first test that needs one."""

from __future__ import annotations

from cdp_pipeline_tests.servers import mariadb, postgresql, s3_server, sftp_server

__all__ = ["mariadb", "postgresql", "s3_server", "sftp_server"]
