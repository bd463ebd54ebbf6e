//! Follows a compiled path through a value.

use super::{Function, Path, PathError, Step};
use crate::asl::json::{Json, Number};

impl Path {
    /// The value at the path, starting at `root`; an array of all that was found where the path is indefinite.
    pub(super) fn select(&self, root: &Json) -> Result<Json, PathError> {
        if self.definite {
            return self.select_one(root);
        }
        let mut nodes = vec![root];
        let mut descend = false;
        for (index, step) in self.steps.iter().enumerate() {
            if let Step::Function(function) = step {
                return function.apply(&Json::array(nodes.into_iter().cloned().collect()));
            }
            if matches!(step, Step::Descend) {
                descend = true;
                continue;
            }
            if descend {
                descend = false;
                nodes = nodes.into_iter().flat_map(descendants).collect();
            }
            // `['a','b']` at the end gives objects; before the end it gives each of the members.
            if let (Step::Keys(keys), true) = (step, index + 1 == self.steps.len()) {
                let picked = nodes.into_iter().filter(|node| node.as_object().is_some());
                return Ok(Json::array(
                    picked.map(|node| members(node, keys)).collect(),
                ));
            }
            let mut found = Vec::new();
            for node in nodes {
                step.visit(node, root, &mut found);
            }
            nodes = found;
        }
        Ok(Json::array(nodes.into_iter().cloned().collect()))
    }

    fn select_one(&self, root: &Json) -> Result<Json, PathError> {
        let mut node = root;
        for (index, step) in self.steps.iter().enumerate() {
            let next = match step {
                Step::Key(key) => node.get(key),
                Step::Index(position) => node.as_array().and_then(|items| at(items, *position)),
                Step::Keys(keys) if node.as_object().is_some() => return Ok(members(node, keys)),
                Step::Function(function) => return function.apply(node),
                _ => None,
            };
            node = next.ok_or_else(|| PathError::NoResult(self.bracket_form(index)))?;
        }
        Ok(node.clone())
    }
}

impl Step {
    /// Adds to `found` what this step finds in `node`.
    fn visit<'a>(&self, node: &'a Json, root: &Json, found: &mut Vec<&'a Json>) {
        match (self, node) {
            (Step::Key(key), Json::Object(object)) => found.extend(object.get(key)),
            (Step::Keys(keys), Json::Object(object)) => {
                found.extend(keys.iter().filter_map(|key| object.get(key)))
            }
            (Step::Index(position), Json::Array(items)) => found.extend(at(items, *position)),
            (Step::Indexes(positions), Json::Array(items)) => {
                found.extend(positions.iter().filter_map(|position| at(items, *position)));
            }
            (Step::Slice { from, to, step }, Json::Array(items)) => {
                let from = from.map_or(0, |position| bound(position, items.len()));
                let to = to.map_or(items.len(), |position| bound(position, items.len()));
                let step = usize::try_from(*step).unwrap_or(1).max(1);
                found.extend(items.iter().take(to).skip(from).step_by(step));
            }
            (Step::Wildcard, Json::Array(items)) => found.extend(items.iter()),
            (Step::Wildcard, Json::Object(object)) => {
                found.extend(object.iter().map(|(_, value)| value))
            }
            (Step::Filter(filter), Json::Array(items)) => {
                // As Step Functions documents it, `@` is never a scalar, so that none is found.
                let inner = items
                    .iter()
                    .filter(|item| matches!(item, Json::Array(_) | Json::Object(_)));
                found.extend(inner.filter(|item| filter.accepts(item, root)));
            }
            (Step::Filter(filter), Json::Object(_)) if filter.accepts(node, root) => {
                found.push(node)
            }
            _ => {}
        }
    }
}

/// The item at a position, which counts from the end where it is negative.
fn at(items: &[Json], position: i64) -> Option<&Json> {
    let from_end = usize::try_from(position.unsigned_abs()).ok()?;
    match position {
        0.. => items.get(from_end),
        _ => items
            .len()
            .checked_sub(from_end)
            .and_then(|index| items.get(index)),
    }
}

/// An end of a slice as a position within `0..=length`.
fn bound(position: i64, length: usize) -> usize {
    let distance = usize::try_from(position.unsigned_abs()).unwrap_or(usize::MAX);
    if position < 0 {
        length.saturating_sub(distance)
    } else {
        distance.min(length)
    }
}

fn members(node: &Json, keys: &[std::sync::Arc<str>]) -> Json {
    Json::object(
        keys.iter()
            .filter_map(|key| node.get(key).map(|value| (key.clone(), value.clone())))
            .collect(),
    )
}

/// The node and everything inside it, parents before children.
fn descendants(node: &Json) -> Vec<&Json> {
    let mut all = vec![node];
    match node {
        Json::Array(items) => all.extend(items.iter().flat_map(descendants)),
        Json::Object(object) => all.extend(object.iter().flat_map(|(_, value)| descendants(value))),
        _ => {}
    }
    all
}

impl Function {
    fn apply(self, value: &Json) -> Result<Json, PathError> {
        let refuse = |wanted: &str| {
            Err(PathError::Function(format!(
                "a path function needs {wanted}"
            )))
        };
        match (self, value) {
            (Function::Length, Json::Array(items)) => Ok(count(items.len())),
            (Function::Length, Json::Object(object)) => Ok(count(object.len())),
            (Function::Length, Json::String(text)) => Ok(count(text.chars().count())),
            (Function::Length, _) => Ok(Json::Null),
            (Function::Keys, Json::Object(object)) => Ok(Json::array(
                object
                    .iter()
                    .map(|(key, _)| Json::String(key.clone()))
                    .collect(),
            )),
            (Function::Keys, _) => refuse("an object"),
            (Function::First, Json::Array(items)) => {
                items.first().cloned().map_or_else(|| refuse("an item"), Ok)
            }
            (Function::Last, Json::Array(items)) => {
                items.last().cloned().map_or_else(|| refuse("an item"), Ok)
            }
            (_, Json::Array(items)) => {
                let numbers: Vec<&Number> = items.iter().filter_map(Json::as_number).collect();
                self.aggregate(&numbers)
                    .map_or_else(|| refuse("numbers"), |number| Ok(Json::Number(number)))
            }
            _ => refuse("an array"),
        }
    }

    fn aggregate(self, numbers: &[&Number]) -> Option<Number> {
        let sum = || numbers.iter().map(|number| number.as_f64()).sum::<f64>();
        match self {
            Function::Min => numbers.iter().min().map(|number| (*number).clone()),
            Function::Max => numbers.iter().max().map(|number| (*number).clone()),
            Function::Sum if !numbers.is_empty() => Number::from_f64(sum()),
            #[expect(
                clippy::cast_precision_loss,
                reason = "a count of items in 256 KiB is exact as a float"
            )]
            Function::Avg if !numbers.is_empty() => Number::from_f64(sum() / numbers.len() as f64),
            _ => None,
        }
    }
}

fn count(length: usize) -> Json {
    Json::from(i64::try_from(length).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a path finds in the bookshop of the JSONPath article; `Err` holds the error's text.
    fn find(path: &str) -> Result<String, String> {
        let data: Json = r#"{"store":{"book":[
            {"title":"A","price":8.95,"tags":["x","y"]},{"title":"B","price":12.99},{"title":"C","price":8.99,"isbn":"1"}],
            "bicycle":{"price":19.95}},"limit":10,"odd-name":1,"a b":2,"list":[1,2,3,4,5]}"#
            .parse()
            .expect("it is JSON");
        let path = Path::parse(path)?;
        path.select(&data)
            .map(|value| value.to_string())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn paths_find_what_the_java_library_finds() {
        for (path, expected) in [
            ("$.limit", "10"),
            ("$['a b']", "2"),
            ("$.odd-name", "1"),
            ("$[\"odd-name\"]", "1"),
            ("$.list[0]", "1"),
            ("$.list[-1]", "5"),
            ("$.list[0,2]", "[1,3]"),
            ("$.list[1:3]", "[2,3]"),
            ("$.list[:2]", "[1,2]"),
            ("$.list[3:]", "[4,5]"),
            ("$.list[-2:]", "[4,5]"),
            ("$.list[::2]", "[1,3,5]"),
            ("$.list[7:]", "[]"),
            ("$.list.length()", "5"),
            ("$.list.sum()", "15.0"),
            ("$.list.max()", "5"),
            ("$.store.book[*].title", r#"["A","B","C"]"#),
            (
                "$.store.book[0]['title','price']",
                r#"{"title":"A","price":8.95}"#,
            ),
            ("$.store.bicycle.*", "[19.95]"),
            ("$..price", "[8.95,12.99,8.99,19.95]"),
            ("$..book[1].title", r#"["B"]"#),
            ("$.store.book[?(@.price < 10)].title", r#"["A","C"]"#),
            ("$.store.book[?(@.price < $.limit)].title", r#"["A","C"]"#),
            ("$.store.book[?(@.isbn)].title", r#"["C"]"#),
            ("$.store.book[?(!@.isbn)].title", r#"["A","B"]"#),
            (
                "$.store.book[?(@.price > 9 && @.title == 'B' || @.isbn == \"1\")].title",
                r#"["B","C"]"#,
            ),
            (
                "$.store.book[?(@.title in ['A','C'])].title",
                r#"["A","C"]"#,
            ),
            ("$.store.book[?(@.tags contains 'y')].title", r#"["A"]"#),
            (
                "$.store.book[?((@.title != 'A') && (@.price >= 8.99))].title",
                r#"["B","C"]"#,
            ),
            ("$.list[?(@ > 3)]", "[]"),
            ("$.list[?(!@.x)]", "[]"),
            ("$.store.book[?(@.title == B)].price", "[12.99]"),
            ("$.store.book[?(@.title in [A,x-1_y.z])].price", "[8.95]"),
            ("$.nothing[*]", "[]"),
            ("$.nothing[1:2]", "[]"),
            ("$.store.book[*].nothing", "[]"),
        ] {
            assert_eq!(find(path).as_deref(), Ok(expected), "{path}");
        }
    }

    #[test]
    fn a_definite_path_to_nowhere_is_an_error() {
        assert_eq!(
            find("$.store.car.price"),
            Err("No results for path: $['store']['car']".to_owned())
        );
        assert_eq!(
            find("$.list[9]"),
            Err("No results for path: $['list'][9]".to_owned())
        );
        assert!(find("$.limit.length.x").is_err());
    }

    #[test]
    fn text_that_is_no_path_is_refused() {
        for path in [
            "",
            "23",
            "$$23",
            "$.",
            "$..",
            "$[",
            "$[]",
            "$['a",
            "$['a'",
            "$.a b",
            " $.a",
            "$.a ",
            "$[?]",
            "$[?(@.a =~ /x/)]",
            "$.a[1.5]",
            "$[?()]",
            "$.a.frobnicate()",
            "$.a.length().b",
            "$(a)",
            "$.a[::0]",
            "..a",
            "$[?(@.a == )]",
            "$.a)",
            "$[99999999999999999999]",
        ] {
            assert!(Path::parse(path).is_err(), "{path}");
        }
        assert!(Path::parse(&format!("$[?({}", "(".repeat(100_000))).is_err());
        assert!(Path::parse(&format!("$[?({}", "!".repeat(100_000))).is_err());
        assert!(Path::parse(&format!("$[?(@ in {}", "[".repeat(100_000))).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "[$.@\\[\\]()'\"?*:,a-c0-9 !=<>&|-]{0,24}") {
            let _ = Path::parse(&format!("${text}"));
        }
    }
}
