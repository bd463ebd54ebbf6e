//! The four pipelines that the language was drafted with parse without an error, also where the compiler does not know their kinds.

#[test]
fn the_four_drafts_parse() {
    for draft in std::fs::read_dir("tests/specs").unwrap() {
        let path = draft.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let parsed = pipe_dsl::parse(&text);
        assert_eq!(parsed.errors, [], "{}", path.display());
        assert!(parsed.file.broken.is_empty());
        assert!(parsed.file.declarations.len() > 10, "{}", path.display());
        assert!(!parsed.file.doc.is_empty());
    }
}
