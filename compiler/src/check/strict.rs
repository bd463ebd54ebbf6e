//! Expectations as they are held: `not` is moved inward to the comparisons, each of which is false of something absent. So nothing absent
//! is ever as expected, where the negation of an `if` would let it pass, but by `not present(…)`.

use crate::model::{Condition, Operator, Test, Type};

/// The same condition without a `not` around a comparison.
pub(crate) fn condition(it: Condition) -> Condition {
    match it {
        Condition::Not(inner) => unlike(*inner),
        Condition::And(parts) => Condition::And(parts.into_iter().map(condition).collect()),
        Condition::Or(parts) => Condition::Or(parts.into_iter().map(condition).collect()),
        it @ (Condition::Compare { .. }
        | Condition::StartsWith { .. }
        | Condition::Present { .. }) => it,
    }
}

/// What holds where the condition does not, of fields that are there.
fn unlike(it: Condition) -> Condition {
    match it {
        Condition::Not(inner) => condition(*inner),
        Condition::And(parts) => Condition::Or(parts.into_iter().map(unlike).collect()),
        Condition::Or(parts) => Condition::And(parts.into_iter().map(unlike).collect()),
        Condition::Compare {
            field,
            ty,
            operator,
            value,
        } => Condition::Compare {
            field,
            ty,
            operator: opposite(operator),
            value,
        },
        it @ Condition::Present { .. } => Condition::Not(Box::new(it)),
        Condition::StartsWith {
            field,
            optional,
            prefix,
        } => {
            let is_there = Condition::Present {
                field: field.clone(),
                ty: Type::Optional(Box::new(Type::String)),
            };
            let other = Condition::Not(Box::new(Condition::StartsWith {
                field,
                optional,
                prefix,
            }));
            if optional {
                Condition::And(vec![is_there, other])
            } else {
                other
            }
        }
    }
}

/// The same test without a `not` around a comparison.
pub(crate) fn test(it: Test) -> Test {
    match it {
        Test::Not(inner) => untrue(*inner),
        Test::And(parts) => Test::And(parts.into_iter().map(test).collect()),
        Test::Or(parts) => Test::Or(parts.into_iter().map(test).collect()),
        it @ (Test::Compare { .. } | Test::StartsWith { .. } | Test::Present(_)) => it,
    }
}

/// What holds where the test does not, of values that are there.
fn untrue(it: Test) -> Test {
    match it {
        Test::Not(inner) => test(*inner),
        Test::And(parts) => Test::Or(parts.into_iter().map(untrue).collect()),
        Test::Or(parts) => Test::And(parts.into_iter().map(untrue).collect()),
        Test::Compare {
            left,
            operator,
            right,
        } => Test::Compare {
            left,
            operator: opposite(operator),
            right,
        },
        it @ Test::Present(_) => Test::Not(Box::new(it)),
        Test::StartsWith { value, prefix } => {
            let is_there = matches!(value.ty, Type::Optional(_)).then(|| value.clone());
            let other = Test::Not(Box::new(Test::StartsWith { value, prefix }));
            match is_there {
                Some(value) => Test::And(vec![Test::Present(value), other]),
                None => other,
            }
        }
    }
}

fn opposite(operator: Operator) -> Operator {
    match operator {
        Operator::Equal => Operator::NotEqual,
        Operator::NotEqual => Operator::Equal,
        Operator::Less => Operator::GreaterOrEqual,
        Operator::GreaterOrEqual => Operator::Less,
        Operator::LessOrEqual => Operator::Greater,
        Operator::Greater => Operator::LessOrEqual,
    }
}
