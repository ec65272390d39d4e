"""The command line: options -> one call of `Archive` -> render. The only room with Typer."""
