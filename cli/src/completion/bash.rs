//! Completion in bash: its script, and what it offers as bash must read it. Bash gives the word as it is typed, quotes and all, and writes what is
//! offered as it is, so a path with a blank is unquoted on its way in and quoted on its way out.

use clap_complete::env::EnvCompleter;
use std::ffi::OsString;
use std::io::{Result, Write};
use std::path::Path;

/// Set by the script: which of the words is being typed.
const INDEX: &str = "PIPEC_COMPLETE_INDEX";

/// Between two words that are offered. It stands in none of them.
const SEPARATOR: &str = "\u{b}";

/// `$2` is the word without the quote that it begins with, and since bash 4 only what stands behind the last sign that words are broken at. `read`
/// splits what is offered and, other than a list in brackets, expands no pattern in it. Before bash 4 there is no `compopt`, which is no reason to say so.
const SCRIPT: &str = r#"_complete_NAME() {
    local words=("${COMP_WORDS[@]}") quote=
    case "${COMP_WORDS[COMP_CWORD]}" in
        \"*) quote=\" ;;
        \'*) quote=\' ;;
    esac
    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
        words[COMP_CWORD]="$quote$2"
    fi
    IFS=$'\013' read -r -d '' -a COMPREPLY < <(
        INDEX="$COMP_CWORD" VARIABLE=bash "COMPLETER" -- "${words[@]}"
    )
    if [[ "${COMPREPLY-}" =~ [=/:]$ ]]; then
        compopt -o nospace 2> /dev/null
    fi
}
complete -o bashdefault -o nosort -F _complete_NAME BIN 2> /dev/null ||
    complete -o bashdefault -F _complete_NAME BIN
"#;

/// The shell.
pub(super) struct Bash;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        "bash"
    }

    fn is(&self, name: &str) -> bool {
        name == self.name()
    }

    fn write_registration(
        &self,
        variable: &str,
        name: &str,
        bin: &str,
        completer: &str,
        buffer: &mut dyn Write,
    ) -> Result<()> {
        let script = SCRIPT
            .replace("INDEX", INDEX)
            .replace("VARIABLE", variable)
            .replace("COMPLETER", completer)
            .replace("NAME", name)
            .replace("BIN", bin);
        buffer.write_all(script.as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut clap::Command,
        mut words: Vec<OsString>,
        here: Option<&Path>,
        buffer: &mut dyn Write,
    ) -> Result<()> {
        let index = std::env::var(INDEX).ok().and_then(|it| it.parse().ok());
        let index = index.unwrap_or(words.len().saturating_sub(1));
        let mut quoting = Quoting::Backslash;
        if let Some(word) = words.get_mut(index) {
            let typed = word.to_string_lossy().into_owned();
            quoting = Quoting::of(&typed);
            *word = quoting.unquoted(&typed).into();
        }
        let offered = clap_complete::engine::complete(command, words, index, here)?;
        let offered = offered.iter().map(|it| it.get_value().to_string_lossy());
        // What steers a terminal is no word to write into one.
        let offered = offered.filter(|it| !it.contains(char::is_control));
        let offered: Vec<String> = offered.map(|it| quoting.quoted(&it)).collect();
        buffer.write_all(offered.join(SEPARATOR).as_bytes())
    }
}

/// How the word that is being typed is quoted. What is offered stands in the same quotes, which bash closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quoting {
    /// Each sign by itself.
    Backslash,
    /// `"…"`, in which some signs keep their meaning.
    Double,
    /// `'…'`, in which none does.
    Single,
}

impl Quoting {
    fn of(typed: &str) -> Self {
        match typed.chars().next() {
            Some('"') => Self::Double,
            Some('\'') => Self::Single,
            _ => Self::Backslash,
        }
    }

    /// Whether the sign needs a backslash.
    fn escapes(self, sign: char) -> bool {
        match self {
            Self::Backslash => {
                sign.is_ascii_punctuation() && !"_-./:=,+@%".contains(sign) || sign == ' '
            }
            Self::Double => "\"\\$`".contains(sign),
            Self::Single => false,
        }
    }

    /// The word that is meant by what is typed.
    fn unquoted(self, typed: &str) -> String {
        let opening = match self {
            Self::Backslash => "",
            Self::Double => "\"",
            Self::Single => "'",
        };
        let typed = typed.strip_prefix(opening).unwrap_or(typed);
        let mut word = String::with_capacity(typed.len());
        let mut signs = typed.chars();
        while let Some(sign) = signs.next() {
            let behind = signs.clone().next();
            match behind.filter(|it| sign == '\\' && self.escapes(*it)) {
                Some(escaped) => {
                    word.push(escaped);
                    signs.next();
                }
                None => word.push(sign),
            }
        }
        word
    }

    /// What bash must read for the word.
    fn quoted(self, word: &str) -> String {
        if self == Self::Single {
            return word.replace('\'', r"'\''");
        }
        let mut quoted = String::with_capacity(word.len());
        for sign in word.chars() {
            if self.escapes(sign) {
                quoted.push('\\');
            }
            quoted.push(sign);
        }
        quoted
    }
}

#[cfg(test)]
mod tests {
    use super::Quoting;

    #[test]
    fn what_is_quoted_is_unquoted_to_itself() {
        let word = "a b/it's \"$HOME\" `x`\\(y)*ä.pipe";
        for quote in ["", "\""] {
            let quoting = Quoting::of(quote);
            let typed = format!("{quote}{}", quoting.quoted(word));
            assert_eq!(quoting.unquoted(&typed), word, "{typed}");
        }
        assert_eq!(Quoting::Backslash.quoted("my f.pipe"), r"my\ f.pipe");
        assert_eq!(Quoting::Double.quoted("my $f.pipe"), r"my \$f.pipe");
        assert_eq!(Quoting::Single.quoted("it's"), r"it'\''s");
    }
}
