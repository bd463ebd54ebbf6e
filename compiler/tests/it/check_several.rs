//! Each attribute of every kind refuses two values where one is meant, once; only lists take several.

use pipe_compiler::diag::Diagnostic;
use pipe_compiler::kinds::{KindId, Value};

/// How a declaration of a kind with attributes begins, and what stands around its entries.
fn declaration(keyword: &str, entry: &str) -> String {
    match keyword {
        "key" => format!("key {{ {entry} }}"),
        "route" => format!("route POST /a {{ {entry} }}"),
        "function" => format!("function a(Request) {{ {entry} }}"),
        "workflow" => format!("workflow a(it: Placed) {{\n  {entry}\n}}"),
        "dashboard" => format!("dashboard a {{ graph \"b\" {{ {entry} }} }}"),
        _ => format!("{keyword} a {{ {entry} }}"),
    }
}

fn too_many(file: &str, attribute: &str) -> (String, Vec<Diagnostic>) {
    let text = format!(
        "pipeline p\nevent Placed once id {{ id: string }}\n{}\n",
        declaration(file, &format!("{attribute}: one, two"))
    );
    let found = pipe_compiler::check("p.pipe", &text).diagnostics;
    let of_form = found.into_iter().filter(|it| it.code.id == "P0213");
    (text.clone(), of_form.collect())
}

#[test]
fn one_value_is_meant_unless_the_attribute_is_a_list() {
    let kinds = KindId::ALL.iter().map(|it| it.kind());
    let mut seen = (0, 0);
    for kind in kinds {
        for attribute in kind.attributes {
            let (text, found) = too_many(kind.keyword, attribute.name);
            let said = format!("`{}` takes one value: ", attribute.name);
            let several = |it: &&Diagnostic| it.message.starts_with(&said);
            if matches!(attribute.value, Value::List(_)) {
                seen.1 += 1;
                assert!(found.iter().find(several).is_none(), "{text}{found:?}");
                continue;
            }
            seen.0 += 1;
            let [only] = found.as_slice() else {
                panic!("{} times in {text}{found:?}", found.len());
            };
            let extra = text.get(only.primary.span.start..only.primary.span.end);
            assert!(several(&only) && extra == Some("two"), "{text}{only:?}");
        }
    }
    assert!(seen.0 > 40 && seen.1 > 15, "the lists are read: {seen:?}");
}
