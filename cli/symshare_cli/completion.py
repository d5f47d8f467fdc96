"""What bash, zsh and fish ask when the Tab key is pressed, and the scripts that make them ask.

What they are told stands for the whole word, also where it is quoted or has a sign of equality in it (`--axis 'r=SO(3)'`), and
is written as the shell has to read it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, ClassVar

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
)

__all__ = ["Word", "words_of"]

BASH = r"""
%(complete_func)s() {
    local type value
    COMPREPLY=()
    while IFS=, read -r type value; do
        case "$type" in
            plain) COMPREPLY+=("$value") ;;
            open) COMPREPLY+=("$value"); compopt -o nospace ;;
            file) compopt -o default ;;
            dir) compopt -o dirnames ;;
        esac
    done < <(env %(complete_var)s=bash_complete COMP_WORDS="${COMP_LINE:0:COMP_POINT}" \
        COMP_WORDBREAKS="$COMP_WORDBREAKS" "$1" 2>/dev/null)
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""

ZSH = r"""#compdef %(prog_name)s
%(complete_func)s() {
    local -a response plain described open
    local type value help
    (( ! $+commands[%(prog_name)s] )) && return 1
    response=("${(@f)$(env %(complete_var)s=zsh_complete COMP_WORDS="${(j: :)words[1,CURRENT-1]} $PREFIX" \
        %(prog_name)s 2>/dev/null)}")
    for type value help in "${response[@]}"; do
        case "$type" in
            plain) if [[ "$help" == _ ]]; then plain+=("$value"); else described+=("${value//:/\\:}:$help"); fi ;;
            open) open+=("$value") ;;
            file) compset -P '--[a-z-]#='; _path_files -f ;;
            dir) compset -P '--[a-z-]#='; _path_files -/ ;;
        esac
    done
    (( $#described )) && _describe -V unsorted described
    (( $#plain )) && compadd -V unsorted -a plain
    (( $#open )) && compadd -V unsorted -S '' -a open
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""

FISH = r"""
function %(complete_func)s
    set -l words (commandline -cp | string collect)
    for one in (env %(complete_var)s=fish_complete COMP_WORDS="$words" %(prog_name)s 2>/dev/null)
        set -l found (string split -m 2 , -- $one)
        switch $found[1]
            case plain open
                echo $found[2]$found[3]
            case file
                __fish_complete_path $found[3] | string replace -r '^' -- $found[2]
            case dir
                __fish_complete_directories $found[3] | string replace -r '^' -- $found[2]
        end
    end
end
complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""

PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=,+@%^-")
"""Characters that bash takes as they are, wherever they stand."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command line: as it is written, what it says, and the quotation mark that is open at its end.

    `opened` is the number of characters of `text` before that mark.
    """

    raw: str = ""
    text: str = ""
    quote: str = ""
    opened: int = 0


def words_of(line: str) -> list[Word]:
    """The words of a line as a shell reads it, up to the cursor; the last one, where the cursor is, may be empty.

    >>> [word.text for word in words_of("derive --axis 'r=SO(")]
    ['derive', '--axis', 'r=SO(']
    """
    found = []
    word, escaped = Word(), False
    for character in line:
        raw, text, quote, opened = word.raw + character, word.text, word.quote, word.opened
        if escaped:
            text, escaped = text + character, False
        elif character == "\\" and quote != "'":
            escaped = True
        elif quote:
            quote, text = ("", text) if character == quote else (quote, text + character)
        elif character in "'\"":
            quote, opened = character, len(text)
        elif character.isspace():
            found += [word] * bool(word.raw)
            raw = text = ""
        else:
            text += character
        word = Word(raw, text, quote, opened)
    return [*found, word]


class _Quoting(ShellComplete):
    """Completion that reads the line up to the cursor, in `COMP_WORDS`, as the shell does."""

    word = Word()

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the cursor, and the one at it."""
        words = words_of(os.environ.get("COMP_WORDS", ""))
        number = os.environ.get("COMP_CWORD", "")  # from the scripts that click writes
        if number.isdigit() and int(number) == len(words):
            words.append(Word())
        self.word = words[-1]
        return [one.text for one in words[1:-1]], self.word.text

    def front(self) -> str:
        """What stands before the value that click completes: an option that is written together with it."""
        option, equals, _ = self.word.text.partition("=")
        return option + equals if equals and option.startswith("-") else ""

    def said(self, item: CompletionItem[Any]) -> str:
        """What an item is, on one line."""
        return " ".join((item.help or "").split())


@add_completion_class
class _Bash(_Quoting, BashComplete):
    """Bash gets what replaces the word after its last break, or after the quotation mark that is open."""

    source_template: ClassVar[str] = BASH

    def format_completion(self, item: CompletionItem[Any]) -> str:
        if item.type not in ("plain", "open"):
            return f"{item.type},"
        value = self.front() + item.value
        if self.word.quote:
            return f"{item.type},{value[self.word.opened :]}"
        raw = self.word.raw
        breaks = os.environ.get("COMP_WORDBREAKS", "")
        kept = max((at for at in range(len(raw)) if raw[at] in breaks and raw[at - 1 : at] != "\\"), default=-1) + 1
        rest = value[len(words_of(raw[:kept])[-1].text) :]
        written = "".join(one if one in PLAIN else f"\\{one}" for one in rest)
        return f"{item.type},{written}"


@add_completion_class
class _Zsh(_Quoting, ZshComplete):
    """Zsh quotes by itself."""

    source_template: ClassVar[str] = ZSH

    def format_completion(self, item: CompletionItem[Any]) -> str:
        return f"{item.type}\n{self.front()}{item.value}\n{self.said(item) or '_'}"


@add_completion_class
class _Fish(_Quoting, FishComplete):
    """Fish quotes by itself; names of files it finds for what stands behind the option."""

    source_template: ClassVar[str] = FISH

    def format_completion(self, item: CompletionItem[Any]) -> str:
        said = self.said(item)
        return f"{item.type},{self.front()},{item.value}" + (f"\t{said}" if said else "")
