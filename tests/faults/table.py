"""Every fault that the archive is to survive, and what shows that it does: a test of the suite, or a
step of the fault run. docs/reliability.md prints it; tests/test_faults.py checks that all exist."""

from __future__ import annotations

FIRST: dict[str, str] = {
    "SIGKILL at the system calls": "13 of 549 left an archive that every command refused",
    "power cuts": "62 of 990 left an archive that could not be read; no article was lost",
    "hostile dumps": "26 of 71 ended in a traceback",
}
"""What the first release did in the cases that begin so."""

FAULTS: dict[str, tuple[str, ...]] = {
    "killed at a random moment": ("sigkill",),
    "killed before each statement": (
        "statements",
        "test_killed_before_any_statement_the_next_run_succeeds",
    ),
    "SIGINT and SIGTERM": (
        "sigint",
        "sigterm",
        "test_a_signal_ends_ingest_in_order",
        "test_a_signal_in_the_middle_ends_the_run_after_the_chunk",
        "test_a_second_signal_ends_the_run_at_once",
    ),
    "second process of ingest killed or stopped": (
        "test_an_ingest_goes_on_alone_without_its_second_process",
    ),
    "content and names not synced": (
        "test_a_new_archive",
        "test_a_loaded_archive",
        "test_a_backup",
        "test_a_restored_archive_and_what_it_replaces",
        "test_all_that_writes_waits_for_the_disk",
    ),
    "disk full": ("disk", "tmpfs"),
    "killed while the log is folded in, or later": (
        "kills",
        "test_after_a_kill_any_command_finds_the_last_whole_state_and_leaves_one_file",
        "test_killed_at_any_step_of_putting_it_in_place_the_archive_is_the_old_or_the_new",
    ),
    "power cut at any moment": (
        "power",
        "test_every_name_that_counts_is_on_the_disk",
        "test_a_log_that_cannot_be_folded_in_is_never_left_behind",
    ),
    "a reader that stalls": (
        "test_a_reader_that_stalls_holds_no_writer_up",
        "test_the_index_is_compared_without_holding_a_writer_up",
    ),
    "another process restores or removes": (
        "test_an_archive_that_stays_open_sees_what_others_bring",
        "test_a_restore_under_a_reader_mixes_no_two_archives",
    ),
    "backups that destroy": (
        "test_a_backup_replaces_nothing_but_an_earlier_copy_of_its_archive",
        "test_rotation_keeps_the_new_copy_and_counts_those_of_this_archive_alone",
    ),
    "damaged write-ahead log": ("logs",),
    "two ingests of one folder": ("crowd",),
    "readers during an ingest": ("crowd", "test_readers_see_whole_articles_while_an_ingest_runs"),
    "lock held by another": ("lock", "test_a_link_to_an_archive_has_the_same_lock"),
    "first open by several": ("first", "test_four_first_ingests_at_once_all_succeed"),
    "run again": ("test_a_second_run_opens_no_file_and_changes_nothing",),
    "killed among files that depend on each other": (
        "test_a_run_stopped_anywhere_leaves_nothing_by_which_the_next_decides_otherwise",
    ),
    "file that ages while it is read": (
        "test_a_file_that_grows_old_while_it_is_looked_at_is_not_lost",
    ),
    "database deleted meanwhile": ("test_an_archive_removed_meanwhile_is_an_error",),
    "text, empty or foreign file as archive": (
        "test_what_is_no_archive_is_refused_and_left_as_it_is",
        "test_what_is_no_archive_is_never_written_to",
    ),
    "newer archive": ("test_a_newer_archive_is_never_written_to",),
    "older archive": (
        "test_the_archive_of_each_released_revision_is_upgraded",
        "test_an_older_archive_is_refused_by_reads_and_upgraded_after_a_backup",
    ),
    "migration killed": ("statements", "test_a_failed_migration_leaves_the_archive_as_it_was"),
    "read-only folder, left-over log": ("test_a_read_only_folder_works_or_says_why",),
    "bit flips": ("flips", "test_verify_names_every_change_of_content"),
    "index out of step": (
        "test_verify_and_reindex",
        "test_an_index_that_was_dropped_is_made_again_by_reindex",
    ),
    "truncated file": ("test_a_truncated_archive_is_reported",),
    "backup during an ingest": ("test_a_backup_taken_during_an_ingest_is_a_whole_state",),
    "restore over a killed archive": (
        "test_restore_wins_over_a_killed_archive_and_keeps_what_was_there",
    ),
    "missing archive": ("test_a_missing_archive_is_exit_4_and_never_made",),
    "odd database path": ("test_odd_archive_paths_work",),
    "bad encoding": (
        "test_rejected_files_are_named_with_line_and_reason_and_the_rest_goes_in",
        "test_what_is_no_article_is_rejected_with_line_and_reason",
    ),
    "BOM, CRLF": ("test_line_ends_blank_lines_and_marks_do_not_change_the_content",),
    "NUL, ESC, BEL": (
        "test_what_is_no_article_is_rejected_with_line_and_reason",
        "test_nothing_of_an_article_acts_on_the_terminal_or_the_spreadsheet",
    ),
    "U+2028, FF, VT, NEL": ("test_a_golden_file_is_this_article",),
    "empty, header only, title only, blanks": (
        "test_what_is_no_article_is_rejected_with_line_and_reason",
    ),
    "bad dates": ("test_what_is_no_article_is_rejected_with_line_and_reason",),
    "huge file, huge line": (
        "test_a_file_over_the_limit_is_not_read",
        "test_a_very_long_article_is_found_and_marked_soon",
    ),
    "special files": ("test_special_files_are_reported_and_never_opened",),
    "symbolic links": (
        "test_links_below_are_not_followed_but_reported",
        "test_a_link_put_in_a_files_place_is_not_followed",
    ),
    "unreadable files, odd names": (
        "test_an_unreadable_file_is_reported_and_the_rest_goes_in",
        "test_odd_names_are_found_and_undecodable_ones_reported",
    ),
    "file rewritten while read": ("test_a_file_rewritten_while_read_is_never_torn",),
    "100,000 tiny files": ("tiny",),
    "nonsense as a query": ("queries", "command", "test_any_query_answers_or_is_a_query_error"),
    "nonsense as a file": (
        "files",
        "command",
        "formats",
        "test_any_bytes_are_an_article_or_are_rejected",
        "test_whatever_a_file_holds_is_an_article_or_refused",
        "test_a_file_cut_short_anywhere_is_refused_or_read",
    ),
    "equal text, unlike bytes": ("test_finds_these_articles", "test_folds"),
    "escape sequences": (
        "command",
        "test_nothing_of_an_article_acts_on_the_terminal_or_the_spreadsheet",
    ),
    "formulas in CSV": ("test_nothing_of_an_article_acts_on_the_terminal_or_the_spreadsheet",),
    "closed pipe, full device, C locale": (
        "test_a_closed_pipe_is_quiet",
        "test_output_that_cannot_be_written_is_one_line",
        "test_output_survives_any_locale",
        "test_file_names_are_utf8_in_any_locale",
    ),
    "hostile archive": (
        "archives",
        "test_every_command_refuses_or_survives_a_hostile_archive",
        "test_what_is_not_ours_is_refused_and_left_as_it_is",
        "test_tables_views_and_indexes_of_the_users_own_are_left_alone",
        "test_an_older_archive_is_compared_with_its_own_revision",
        "test_connections_trust_nothing_in_the_file",
        "test_kept_bytes_are_unpacked_up_to_the_size_that_they_should_have",
    ),
    "hostile dump": ("dumps", "test_load_takes_from_a_hostile_dump_only_what_is_an_archive"),
    "output that floods, or is cut short": (
        "test_the_limits_hold_for_the_printing_too",
        "test_an_answer_that_is_cut_short_says_so_last",
    ),
    "export on a full disk": ("test_export_on_a_full_disk_is_one_line_and_leaves_no_half_file",),
    "folder that does not exist": ("test_a_folder_that_is_not_there_is_named",),
    "SQL that writes": (
        "sql",
        "test_everything_else_is_refused",
        "test_the_room_can_write_no_file_and_has_no_way_out",
        "test_the_room_puts_up_each_of_its_walls",
    ),
    "SQL without end": ("sql", "test_time_and_memory_are_bounded"),
    "odd literals in SQL": ("test_reading_is_answered",),
}
