"""What may stand where the user presses Tab: commands, options, their values, fields, categories.

The scripts of the shells (`shells/`) hand over the line up to the cursor and get back what the word
there may become, one a line, with a tab and a description behind it. Where nothing comes back they
complete file names.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from archive.cli import app as command_line
from archive.cli.command_table import COMMANDS
from archive.cli.helping import name_of
from archive.errors import ArchiveError, unknown
from archive.query.fields import FIELDS

SHELLS = ("bash", "zsh", "fish")
TOPICS = {"query": "the query language", "format": "what a file looks like", "json": "the keys"}
_GLOBAL = {
    "--db": "the archive file",
    "--version": "show the version",
    "--no-pager": "show long answers without a pager",
    "--help": "show this message and exit",
}
_FACETS = ("category", "byline", "year", "month", "day")
_MOST = 200
"""Categories that are offered at most."""

Candidate = tuple[str, str]
"""A word, and what it means."""


def script(shell: str) -> str:
    """Returns the script that makes a shell ask here."""
    if shell not in SHELLS:
        raise unknown("shell", shell, SHELLS)
    path = os.path.join(os.path.dirname(__file__), "shells", f"completion.{shell}")
    with open(path, encoding="utf-8") as file:
        return file.read()


def answer(line: str, load: Any) -> None:
    """Writes what the last word of a line may become. `load` imports the modules of commands."""
    words = _words(line)[1:] or [""]
    breaks = os.environ.get("COMP_WORDBREAKS", "")  # bash completes from the last of these on
    cut = max((words[-1].rfind(mark) for mark in ":=" if mark in breaks), default=-1) + 1
    for word, meaning in _candidates(words, load):
        if word.casefold().startswith(words[-1].casefold()) and "\n" not in word:
            first = meaning.split(". ")[0].split("\n")[0]
            sys.stdout.write(f"{word[cut:]}\t{first}\n" if first else f"{word[cut:]}\n")


def _candidates(words: Sequence[str], load: Any) -> Iterable[Candidate]:
    """Returns what the last of the words may be, with some that do not begin like it."""
    *before, current = words
    place = _command_at(before)
    if place is not None:
        return _in_command(before, before[place], before[place + 1 :], current, load)
    if before and before[-1] == "--db":
        return ()
    return _GLOBAL.items() if current.startswith("-") else _commands(load)


def _in_command(
    before: Sequence[str], name: str, given: Sequence[str], current: str, load: Any
) -> Iterable[Candidate]:
    """Returns what may stand behind a command and what was `given` to it."""
    if name == "help":
        return () if given else [*_commands(load), *TOPICS.items()]
    if name == "completion":
        return () if given else [(shell, "") for shell in SHELLS]
    load([name])
    command_line.narrow([name])
    options = _options(name)
    flag, equals, _ = current.partition("=")
    if equals and flag in options:
        values = _values(flag, options[flag], before)
        return ((f"{flag}={value}", meaning) for value, meaning in values)
    if given and given[-1] in options and not options[given[-1]].is_flag:
        return _values(given[-1], options[given[-1]], before)
    if current.startswith("-"):
        flags = {max(option.opts, key=len): option.help or "" for option in options.values()}
        return {**flags, "--help": _GLOBAL["--help"]}.items()
    return _fields(current, before) if "--category" in options else ()


def _words(line: str) -> list[str]:
    """Returns the words of a line as a shell reads them, the last one perhaps unfinished."""
    import shlex

    for end in ("", "'", '"'):  # an open quote is closed
        try:
            words = shlex.split(line + end)
        except ValueError:
            continue
        return words if not line[-1:].isspace() or end else [*words, ""]
    return line.split()


def _command_at(words: Sequence[str]) -> int | None:
    """Returns where the command stands: the first word that is no option nor its value."""
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] == "--db" else 1
    known = any(words[at] in names for names in COMMANDS.values()) if at < len(words) else False
    return at if known else None


def _commands(load: Any) -> Iterator[Candidate]:
    load()
    docs = {
        name_of(command): command.callback.__doc__ or ""
        for command in command_line.app.registered_commands
        if command.callback
    }
    yield from ((name, docs.get(name, "")) for names in COMMANDS.values() for name in names)


def _options(name: str) -> dict[str, Any]:
    """Returns the options of a command by each of their names."""
    import typer

    group: Any = typer.main.get_command(command_line.app)
    return {
        flag: option
        for option in group.commands[name].params
        if option.param_type_name == "option"
        for flag in option.opts
    }


def _values(flag: str, option: Any, before: Sequence[str]) -> Iterator[Candidate]:
    if flag == "--category":
        yield from ((category, "") for category in _categories(before))
    elif flag == "--facet":
        yield from ((name, "") for name in _FACETS)
    elif flag in ("--limit", "-n"):
        yield "all", "no limit"
    else:
        yield from ((value, "") for value in getattr(option.type, "choices", ()))


def _fields(current: str, before: Sequence[str]) -> Iterator[Candidate]:
    """Yields the fields of the query language, and behind `category:` the categories."""
    if not current.startswith("category:"):
        yield from ((f"{name}:", field.help) for name, field in FIELDS.items())
        return
    for category in _categories(before):
        written = category if re.fullmatch(r"\w+", category) else f'"{category}"'
        yield f"category:{written}", ""


def _categories(before: Sequence[str]) -> Iterator[str]:
    """Yields the categories of the archive that the line names, the commonest first."""
    named = [at for at, word in enumerate(before[:-1]) if word == "--db"]
    db = os.path.expanduser(before[named[-1] + 1]) if named else None
    try:
        with command_line.archive_at(db) as archive:
            yield from (name for name, _ in archive.facet("", "category")[:_MOST] if name)
    except ArchiveError:
        return
