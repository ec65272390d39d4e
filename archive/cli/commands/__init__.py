"""The commands, a module for each group of `--help` (`cli/command_table.py`)."""
