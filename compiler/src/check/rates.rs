//! Rates: `500 per second burst 1000`, `10000 per day`.

use pipe_dsl::tree::{Attribute as Written, Expr, ExprKind};

use crate::check::context::Context;
use crate::check::slips;
use crate::diag;

/// Account limits of API Gateway: 10,000 requests a second, burst 5,000.
const RATE_MAX: u32 = 10_000;
const BURST_MAX: u32 = 5_000;

/// `500 per second burst 1000`: rate and burst; what is not written or wrong is the default. Without `burst` it is twice the rate.
pub(crate) fn per_second(
    cx: &mut Context<'_>,
    written: Option<&Written>,
    default: (u32, u32),
) -> (u32, u32) {
    let Some(it) = written else { return default };
    let form = format!(
        "a rate such as `{} per second burst {}`",
        default.0, default.1
    );
    let items = match it.values.as_slice() {
        [phrase] => phrase.items.as_slice(),
        _ => &[],
    };
    let (rate, words, burst) = match items {
        [rate, per, second] => (rate, vec![(per, "per"), (second, "second")], None),
        [rate, per, second, word, burst] => (
            rate,
            vec![(per, "per"), (second, "second"), (word, "burst")],
            Some(burst),
        ),
        _ => {
            cx.report_form(it.span, "rate", &form);
            return default;
        }
    };
    for (expr, word) in words {
        if !slips::is_word(cx, expr, word, "rate", &form) {
            return default;
        }
    }
    let rate = bounded(cx, rate, RATE_MAX, &form);
    let burst = burst.map_or(rate.map(|it| it.saturating_mul(2).min(BURST_MAX)), |it| {
        bounded(cx, it, BURST_MAX, &form)
    });
    (rate.unwrap_or(default.0), burst.unwrap_or(default.1))
}

/// `10000 per day`: count and the period as API Gateway calls it.
pub(crate) fn quota(
    cx: &mut Context<'_>,
    written: Option<&Written>,
) -> Option<(u32, &'static str)> {
    let it = written?;
    let form = "a quota such as `10000 per day`";
    let items = match it.values.as_slice() {
        [phrase] => phrase.items.as_slice(),
        _ => &[],
    };
    let [count, per, period] = items else {
        cx.report_form(it.span, "quota", form);
        return None;
    };
    let periods = [("day", "DAY"), ("week", "WEEK"), ("month", "MONTH")];
    if !slips::is_word(cx, per, "per", "quota", form) {
        return None;
    }
    let Some((_, period)) = periods.iter().find(|(word, _)| period.is_word(word)) else {
        slips::report_word(cx, period, &["day", "week", "month"], "quota", form);
        return None;
    };
    bounded(cx, count, i32::MAX.unsigned_abs(), form).map(|count| (count, *period))
}

fn bounded(cx: &mut Context<'_>, expr: &Expr, max: u32, form: &str) -> Option<u32> {
    let ExprKind::Number { digits, unit } = &expr.kind else {
        cx.report_form(expr.span, "rate", form);
        return None;
    };
    if !unit.is_empty() {
        cx.report_form(expr.span, "rate", form);
        return None;
    }
    let number = digits
        .parse::<u32>()
        .ok()
        .filter(|it| (1..=max).contains(it));
    if number.is_none() {
        cx.report(
            diag::P0401
                .at(expr.span, format!("this must be between 1 and {max}"))
                .label("out of range"),
        );
    }
    number
}
