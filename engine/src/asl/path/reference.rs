//! `ResultPath`: where in the input of a state its result goes.

use std::sync::Arc;

use super::{Path, Root, Step};
use crate::asl::json::Json;

/// A path that names exactly one place in the data, which need not exist yet.
#[derive(Clone, Debug)]
pub(crate) struct ReferencePath {
    text: Arc<str>,
    steps: Vec<Place>,
}

#[derive(Clone, Debug)]
enum Place {
    Key(Arc<str>),
    Index(usize),
}

impl ReferencePath {
    pub(crate) fn parse(text: &str) -> Result<ReferencePath, String> {
        let path = Path::parse(text)?;
        if path.root != Root::Data {
            return Err("must begin with `$` alone: it names a place in the input".to_owned());
        }
        let steps = path.steps.iter().map(|step| match step {
            Step::Key(key) => Ok(Place::Key(key.clone())),
            Step::Index(index) => usize::try_from(*index)
                .map(Place::Index)
                .map_err(|_| "has a negative index".to_owned()),
            _ => Err("must name exactly one place".to_owned()),
        });
        Ok(ReferencePath {
            text: Arc::from(text),
            steps: steps.collect::<Result<_, _>>()?,
        })
    }

    /// Puts `result` in its place within `input`, making the objects on the way.
    ///
    /// The error is the path, when a value on the way is neither an object nor missing.
    pub(crate) fn insert(&self, input: &Json, result: Json) -> Result<Json, String> {
        if self.steps.is_empty() {
            return Ok(result);
        }
        let mut combined = input.clone();
        let mut place = &mut combined;
        for step in &self.steps {
            place =
                match (step, place) {
                    (Place::Key(key), Json::Object(object)) => Arc::make_mut(object).entry(key),
                    (Place::Key(key), empty @ Json::Null) => {
                        *empty = Json::empty_object();
                        match empty {
                            Json::Object(object) => Arc::make_mut(object).entry(key),
                            _ => return Err(self.text.to_string()),
                        }
                    }
                    (Place::Index(index), Json::Array(items)) => Arc::make_mut(items)
                        .get_mut(*index)
                        .ok_or_else(|| self.text.to_string())?,
                    _ => return Err(self.text.to_string()),
                };
        }
        *place = result;
        Ok(combined)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insert(path: &str, input: &str) -> Result<String, String> {
        let input: Json = input.parse().expect("it is JSON");
        ReferencePath::parse(path)?
            .insert(&input, Json::from(1))
            .map(|value| value.to_string())
    }

    #[test]
    fn the_result_lands_where_the_path_says() {
        assert_eq!(insert("$", "{}").as_deref(), Ok("1"));
        assert_eq!(
            insert("$.a", "{\"b\":2}").as_deref(),
            Ok("{\"b\":2,\"a\":1}")
        );
        assert_eq!(
            insert("$.a.b['c d']", "{\"a\":{\"x\":0}}").as_deref(),
            Ok("{\"a\":{\"x\":0,\"b\":{\"c d\":1}}}")
        );
        assert_eq!(
            insert("$.a[1]", "{\"a\":[0,0]}").as_deref(),
            Ok("{\"a\":[0,1]}")
        );
        assert_eq!(
            insert("$.a.b", "{\"a\":null}").as_deref(),
            Ok("{\"a\":{\"b\":1}}")
        );
    }

    #[test]
    fn a_scalar_in_the_way_is_an_error() {
        assert!(insert("$.a.b", "{\"a\":7}").is_err());
        assert!(insert("$.a", "[1]").is_err());
        assert!(insert("$.a[5]", "{\"a\":[0]}").is_err());
    }

    #[test]
    fn only_a_path_to_one_place_of_the_input_will_do() {
        for path in [
            "$$.a",
            "$x",
            "$.a[*]",
            "$..a",
            "$.a[0:1]",
            "$[?(@.a)]",
            "$.a[-1]",
            "a",
            ".a",
            "$.a.length()",
        ] {
            assert!(ReferencePath::parse(path).is_err(), "{path}");
        }
    }
}
