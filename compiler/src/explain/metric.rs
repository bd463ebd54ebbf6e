//! `pipec explain depth`: a metric, and what CloudWatch calls it.

use crate::metrics::{Holders, MetricSpec, STATISTICS, Value};

pub(super) fn text(it: &MetricSpec) -> String {
    let subject = it.of.word();
    let aws = match it.value {
        Value::One(space, name) => format!("`{name}` of `{space}`"),
        Value::Sum(space, names) => format!("the sum of `{}` of `{space}`", names.join("` and `")),
        Value::Ratio(space, part, whole) => {
            format!("`{part}` by `{whole}` of `{space}`, in percent")
        }
    };
    let statistics: Vec<&str> = STATISTICS.iter().map(|it| it.0).collect();
    let statistic = if it.percent {
        "A threshold is written with `%`, and no other statistic can be chosen.".to_owned()
    } else {
        format!(
            "It is CloudWatch's statistic `{}`, unless another is written behind it: `{}`.",
            it.statistic,
            statistics.join("`, `")
        )
    };
    let holders = match it.holders {
        Holders::All => String::new(),
        some => format!(" Only {} has it.", some.phrase()),
    };
    let counted = if it.is_of_runtime() {
        ", which handlers count in lines of their log"
    } else {
        ""
    };
    format!(
        "# `{subject}.{}`: a metric of {}\n\n{}{holders}\n\nOn AWS it is {aws}{counted}. {statistic}\n",
        it.word,
        it.of.kind().with_article(),
        it.doc,
    )
}
