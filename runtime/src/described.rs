//! Reading what a provider has described: fields of its body by their path, and money in minor units as exact decimals.
//!
//! The generated code of `accept:` is made of these calls. What a body has beyond its description is not looked at, because providers add
//! fields without asking; what the description names must be of its kind.

use std::collections::BTreeMap;

use crate::value::{Invalid, Map, Value, Wire};
use crate::{Decimal, Timestamp};

/// An object of a provider's body.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a>(&'a Map);

/// A field that must be there is its value; one that may be absent or `null` is an `Option` of it.
pub trait Presence<V>: Sized {
    /// The field is there.
    fn present(value: V) -> Self;

    /// It is not.
    fn absent() -> Result<Self, Invalid>;
}

impl<V> Presence<V> for V {
    fn present(value: V) -> Self {
        value
    }

    fn absent() -> Result<Self, Invalid> {
        Err(Invalid::new("is missing"))
    }
}

impl<V> Presence<V> for Option<V> {
    fn present(value: V) -> Self {
        Some(value)
    }

    fn absent() -> Result<Self, Invalid> {
        Ok(None)
    }
}

/// How many digits of an amount in minor units stand behind the point: two, but for these currencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Currencies {
    /// Codes of ISO 4217 of which the provider counts whole units, parted by blanks: `JPY KRW`.
    pub whole: &'static str,
    /// Codes of which it counts thousandths.
    pub thousandths: &'static str,
}

impl Currencies {
    fn digits(self, currency: &str) -> u32 {
        let listed = |codes: &str| codes.split(' ').any(|it| it == currency);
        match () {
            () if listed(self.whole) => 0,
            () if listed(self.thousandths) => 3,
            () => 2,
        }
    }
}

impl<'a> Object<'a> {
    /// The object that a value is.
    pub fn of(wire: &'a Wire) -> Result<Self, Invalid> {
        match wire {
            Wire::Record(map) => Ok(Self(map)),
            _ => Err(Invalid::new("is not an object")),
        }
    }

    /// The value at a path such as `data.object.id`; `None` where it, or something on the way to it, is absent or `null`. The step `0`
    /// is the only item of a list.
    pub fn find(self, path: &str) -> Result<Option<&'a Wire>, Invalid> {
        let mut steps = path.split('.');
        let mut at = steps.next().and_then(|it| self.0.get(it));
        let mut walked = path.split('.');
        for step in steps {
            let here = walked.next().unwrap_or_default();
            at = match (at, step) {
                (None | Some(Wire::Null), _) => return Ok(None),
                (Some(Wire::List(items)), "0") => match items.as_slice() {
                    [only] => Some(only),
                    _ => return Err(Invalid::new("does not have one item").within(here)),
                },
                (Some(Wire::Record(map)), _) => map.get(step),
                (Some(_), "0") => return Err(Invalid::new("is not an array").within(here)),
                (Some(_), _) => return Err(Invalid::new("is not an object").within(here)),
            };
        }
        Ok(at.filter(|it| **it != Wire::Null))
    }

    /// The field at a path, read by what reads its kind.
    pub fn get<T: Presence<V>, V>(
        self,
        path: &str,
        read: impl Fn(&Wire) -> Result<V, Invalid>,
    ) -> Result<T, Invalid> {
        let value = match self.find(path)? {
            Some(wire) => read(wire).map(T::present),
            None => T::absent(),
        };
        value.map_err(|it| it.within(path))
    }

    /// An amount in minor units, a whole number, in units of the currency that stands at another path: 1099 of `usd` is 10.99.
    pub fn money<T: Presence<Decimal>>(
        self,
        path: &str,
        currency_at: &str,
        currencies: Currencies,
    ) -> Result<T, Invalid> {
        let minor = |wire: &Wire| {
            let units = i64::read(Some(wire), None)?;
            let currency = self.find(currency_at)?;
            let currency = currency.ok_or(Invalid::new("has no currency beside it"))?;
            major(units, currencies.digits(&code(currency)?))
        };
        self.get(path, minor)
    }
}

/// A whole number of minor units, exact and never through a float.
fn major(units: i64, digits: u32) -> Result<Decimal, Invalid> {
    let (sign, units) = (if units < 0 { "-" } else { "" }, units.unsigned_abs());
    let scale = 10_u64.saturating_pow(digits);
    let (whole, part) = (units / scale, units % scale);
    let text = match digits {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{part:0width$}", width = digits as usize),
    };
    text.parse()
}

/// A string.
pub fn text(wire: &Wire) -> Result<String, Invalid> {
    String::read(Some(wire), None)
}

/// A whole number of 64 bits.
pub fn whole(wire: &Wire) -> Result<i64, Invalid> {
    i64::read(Some(wire), None)
}

/// A decimal, as a number or, as some providers write money, as a string.
pub fn exact(wire: &Wire) -> Result<Decimal, Invalid> {
    Decimal::read(Some(wire), None)
}

/// `true` or `false`.
pub fn flag(wire: &Wire) -> Result<bool, Invalid> {
    bool::read(Some(wire), None)
}

/// `"true"` or `"false"`, in quotes.
pub fn flag_text(wire: &Wire) -> Result<bool, Invalid> {
    match wire {
        Wire::Text(it) if it == "true" => Ok(true),
        Wire::Text(it) if it == "false" => Ok(false),
        _ => Err(Invalid::new("is neither \"true\" nor \"false\"")),
    }
}

/// An instant as RFC 3339 text.
pub fn instant(wire: &Wire) -> Result<Timestamp, Invalid> {
    Timestamp::read(Some(wire), None)
}

/// An instant as whole seconds since 1970.
pub fn seconds(wire: &Wire) -> Result<Timestamp, Invalid> {
    let seconds = whole(wire)?;
    Timestamp::from_millis(seconds.saturating_mul(1_000))
}

/// A currency's code of three letters; in capitals, as ISO 4217 has it.
pub fn code(wire: &Wire) -> Result<String, Invalid> {
    match wire {
        Wire::Text(it) if it.len() == 3 && it.bytes().all(|it| it.is_ascii_alphabetic()) => {
            Ok(it.to_ascii_uppercase())
        }
        _ => Err(Invalid::new("is not a currency's code of three letters")),
    }
}

/// Texts by name, as a merchant has given them: `metadata`.
pub fn texts(wire: &Wire) -> Result<BTreeMap<String, String>, Invalid> {
    let Wire::Record(map) = wire else {
        return Err(Invalid::new("is not an object"));
    };
    let read = |(name, it): (&String, &Wire)| Ok((name.clone(), text(it)?));
    // The name is the merchant's own, so a complaint does not repeat it.
    map.iter().map(read).collect()
}

/// A list of what `read` reads.
pub fn list<V>(
    read: impl Fn(&Wire) -> Result<V, Invalid>,
) -> impl Fn(&Wire) -> Result<Vec<V>, Invalid> {
    move |wire| {
        let Wire::List(items) = wire else {
            return Err(Invalid::new("is not an array"));
        };
        let item = |(index, it)| read(it).map_err(|it: Invalid| it.within(&format!("[{index}]")));
        items.iter().enumerate().map(item).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    const STRIPE: Currencies = Currencies {
        whole: "JPY KRW",
        thousandths: "KWD",
    };

    fn body(text: &str) -> Wire {
        json::parse(text.as_bytes()).unwrap()
    }

    fn said<T: std::fmt::Debug>(read: Result<T, Invalid>) -> String {
        read.unwrap_err().to_string()
    }

    #[test]
    fn minor_units_become_exact_decimals_of_their_currency() {
        for (amount, currency, exact) in [
            ("1099", "usd", "10.99"),
            ("5", "EUR", "0.05"),
            ("500", "jpy", "500"),
            ("12345", "kwd", "12.345"),
            ("-1", "usd", "-0.01"),
            ("9007199254740993", "usd", "90071992547409.93"),
        ] {
            let body = body(&format!(r#"{{"a":{amount},"of":{{"c":"{currency}"}}}}"#));
            let read: Decimal = Object::of(&body)
                .unwrap()
                .money("a", "of.c", STRIPE)
                .unwrap();
            assert_eq!(read, exact.parse().unwrap(), "{amount} {currency}");
        }
    }

    #[test]
    fn an_amount_without_its_currency_is_none() {
        let body = body(r#"{"a":1,"b":1.5,"c":"dollar"}"#);
        let it = Object::of(&body).unwrap();
        let money = |path, currency| it.money::<Option<Decimal>>(path, currency, STRIPE);
        assert_eq!(money("absent", "c").unwrap(), None);
        assert_eq!(said(money("a", "d")), "`a` has no currency beside it");
        assert_eq!(
            said(money("a", "c")),
            "`a` is not a currency's code of three letters"
        );
        assert_eq!(
            said(money("b", "c")),
            "`b` is not a whole number of 64 bits"
        );
    }

    #[test]
    fn what_is_absent_or_null_is_missing_unless_it_may_be() {
        let body = body(r#"{"a":{"b":null},"n":null,"t":5}"#);
        let it = Object::of(&body).unwrap();
        for path in ["a.b", "a.c", "n", "n.m", "x.y.z"] {
            assert_eq!(it.get::<Option<String>, _>(path, text).unwrap(), None);
            let missing = said(it.get::<String, _>(path, text));
            assert_eq!(missing, format!("`{path}` is missing"));
        }
        assert_eq!(
            said(it.get::<Option<String>, _>("t", text)),
            "`t` is not a string"
        );
        assert_eq!(
            said(it.get::<Option<String>, _>("t.u", text)),
            "`t` is not an object"
        );
    }

    #[test]
    fn the_only_item_of_a_list_is_a_step_and_two_items_are_a_complaint() {
        let read = |text: &str| {
            let body = body(text);
            let found = Object::of(&body)
                .unwrap()
                .find("all.0.id")
                .map(Option::<&Wire>::cloned);
            found.map_err(|it| it.to_string())
        };
        assert_eq!(read(r#"{"all":[{"id":"a"}]}"#), Ok(Some(Wire::text("a"))));
        let complaint = Err("`all` does not have one item".to_owned());
        assert_eq!(read(r#"{"all":[{"id":"a"},{"id":"b"}]}"#), complaint);
        assert_eq!(read(r#"{"all":[]}"#), complaint);
        assert_eq!(read(r#"{"all":{}}"#), Ok(None));
    }

    #[test]
    fn each_kind_reads_what_it_is_and_nothing_else() {
        let at = |it: Result<Timestamp, Invalid>| it.map(|it| it.to_string());
        let seven = Wire::number("1234567890");
        assert_eq!(at(seconds(&seven)).unwrap(), "2009-02-13T23:31:30.000Z");
        assert!(seconds(&Wire::number("9223372036854775807")).is_err());
        assert!(seconds(&Wire::text("1234567890")).is_err());
        assert!(
            flag_text(&Wire::text("true")).unwrap() && !flag_text(&Wire::text("false")).unwrap()
        );
        assert!(flag_text(&Wire::Bool(true)).is_err() && flag(&Wire::text("true")).is_err());
        assert_eq!(code(&Wire::text("eur")).unwrap(), "EUR");
        assert_eq!(exact(&Wire::text("20.00")).unwrap(), "20".parse().unwrap());
        let metadata = body(r#"{"order":"6735"}"#);
        assert_eq!(texts(&metadata).unwrap()["order"], "6735");
        assert!(texts(&body(r#"{"order":1}"#)).is_err());
        let wire = body(r#"["a",1]"#);
        assert_eq!(said(list(text)(&wire)), "`[1]` is not a string");
    }
}
