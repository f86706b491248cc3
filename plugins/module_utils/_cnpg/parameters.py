# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL's parameters: which of them need a restart, and which are the operator's (pure data).

Sources: contexts of pg_settings (``postgres --describe-config``, PostgreSQL 14 to 18; the union, as a restart too many does less harm than
one too few); the operator's own: pkg/postgres/configuration.go, FixedConfigurationParameters, of CloudNativePG 1.30.
"""

from __future__ import annotations


def names(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


#: Context postmaster. autovacuum_max_workers only up to 17.
RESTART = names(
    """
    autovacuum_freeze_max_age autovacuum_max_workers autovacuum_multixact_freeze_max_age autovacuum_worker_slots commit_timestamp_buffers
    debug_io_direct dynamic_shared_memory_type huge_page_size huge_pages ignore_invalid_pages io_max_combine_limit io_max_concurrency io_method
    max_active_replication_origins max_connections max_files_per_process max_locks_per_transaction max_logical_replication_workers
    max_notify_queue_pages max_pred_locks_per_transaction max_prepared_transactions max_replication_slots max_wal_senders
    max_worker_processes min_dynamic_shared_memory multixact_member_buffers multixact_offset_buffers notify_buffers old_snapshot_threshold
    pg_stat_statements.max reserved_connections serializable_buffers shared_buffers shared_memory_type subtransaction_buffers
    superuser_reserved_connections trace_connection_negotiation track_activity_query_size track_commit_timestamp transaction_buffers
    wal_buffers wal_decode_buffer_size wal_level wal_log_hints
    """
)

#: A standby must not have less of these than its primary: a decrease restarts the primary first, where it is.
SENSITIVE = frozenset({"max_connections", "max_locks_per_transaction", "max_prepared_transactions", "max_wal_senders", "max_worker_processes"})

#: Parameters of these libraries make the operator load them, which needs a restart the first time (pkg/postgres/configuration.go, ManagedExtensions).
LIBRARIES = ("auto_explain.", "pg_failover_slots.", "pg_stat_statements.", "pgaudit.")

#: Set or refused by the operator.
OPERATORS = names(
    """
    allow_system_table_mods archive_cleanup_command archive_command archive_mode bonjour bonjour_name cluster_name config_file data_directory
    data_sync_retry event_source external_pid_file hba_file hot_standby ident_file jit_provider listen_addresses log_destination
    log_directory log_file_mode log_filename log_rotation_age log_rotation_size log_truncate_on_rotation logging_collector
    pg_failover_slots.primary_dsn pg_failover_slots.standby_slot_names port primary_conninfo primary_slot_name promote_trigger_file
    recovery_end_command recovery_min_apply_delay recovery_target recovery_target_action recovery_target_inclusive recovery_target_lsn
    recovery_target_name recovery_target_time recovery_target_timeline recovery_target_xid restart_after_crash restore_command
    shared_preload_libraries ssl ssl_ca_file ssl_cert_file ssl_crl_file ssl_dh_params_file ssl_key_file ssl_passphrase_command
    ssl_passphrase_command_supports_reload ssl_prefer_server_ciphers stats_temp_directory synchronous_standby_names
    synchronized_standby_slots syslog_facility syslog_ident syslog_sequence_numbers syslog_split_messages temp_tablespaces
    unix_socket_directories unix_socket_group unix_socket_permissions
    """
)

#: Turning these off loses acknowledged rows when a machine fails.
DURABILITY = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
