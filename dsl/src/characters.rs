//! Which characters make a word, and which a reader cannot see or that change the order in which they are read (CVE-2021-42574).

/// Which bytes are part of a word.
const WORD: [bool; 256] = {
    let mut is_word = [false; 256];
    let mut byte: u8 = 0;
    while byte < 128 {
        #[expect(clippy::indexing_slicing, reason = "a byte is below 256")]
        {
            is_word[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'_';
        }
        byte += 1;
    }
    is_word
};

/// True for letters, digits and `_`. Every byte of a word is asked by each who reads it, hence the table.
pub(crate) fn is_word_byte(it: u8) -> bool {
    #[expect(clippy::indexing_slicing, reason = "a byte is below 256")]
    WORD[usize::from(it)]
}

/// True for characters that print nothing or reorder what stands around them; they are allowed nowhere, not even in comments.
pub(crate) fn is_invisible(it: char) -> bool {
    matches!(it,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}'   // zero-width characters and direction marks
        | '\u{2028}'..='\u{202E}'   // line separators, embeddings and overrides
        | '\u{2060}'..='\u{206F}'   // joiners and isolates
        | '\u{3164}' | '\u{FFA0}'
        | '\u{FE00}'..='\u{FE0E}'   // variation selectors, which can carry hidden text; U+FE0F only colours an emoji
        | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}' // tags and the rest of the variation selectors
    )
}

/// True for control characters other than tab and line feed; the scanner takes care of the carriage return.
pub(crate) fn is_control(it: char) -> bool {
    it.is_control() && !matches!(it, '\t' | '\n' | '\r')
}

/// True for what must not reach a terminal as it stands: it would hide text, turn it round or move the cursor.
#[must_use]
pub fn is_unseen(it: char) -> bool {
    is_invisible(it) || is_control(it) || it == '\r'
}
