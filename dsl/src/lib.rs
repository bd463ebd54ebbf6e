//! The `.pipe` language: text to syntax tree and back. Knows no resource kinds.
