//! The state that an alarm is in by its data points, with those that are missing.
//!
//! Source: CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data", whose two tables are the tests below.

use serde::{Deserialize, Serialize};

use crate::artifacts::{Alarm, Missing};

/// The states of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::core) enum State {
    Ok,
    Alarm,
    InsufficientData,
}

impl State {
    pub(in crate::core) fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }

    pub(in crate::core) fn parse(word: &str) -> Option<Self> {
        let all = [Self::Ok, Self::Alarm, Self::InsufficientData];
        all.into_iter().find(|it| it.word() == word)
    }
}

/// CloudWatch looks at some periods more than it evaluates, to find data in place of what is missing.
const EXTRA_PERIODS: u64 = 2;

/// How many periods are looked at.
pub(super) fn range(alarm: &Alarm) -> u64 {
    alarm.evaluation_periods + EXTRA_PERIODS
}

/// The state by the values of the periods in the range, the oldest first.
pub(super) fn judge(alarm: &Alarm, values: &[Option<f64>], now: State) -> State {
    let periods = usize::try_from(alarm.evaluation_periods).unwrap_or(usize::MAX);
    let wanted = usize::try_from(alarm.datapoints_to_alarm).unwrap_or(usize::MAX);
    // The newest first, with how many periods ago.
    let there: Vec<(usize, f64)> = values
        .iter()
        .rev()
        .enumerate()
        .filter_map(|(ago, value)| Some((ago + 1, (*value)?)))
        .take(periods)
        .collect();
    let breaching: Vec<usize> = there
        .iter()
        .filter(|(_, value)| alarm.comparison.breaches(*value, alarm.threshold))
        .map(|(ago, _)| *ago)
        .collect();
    if breaching.len() >= wanted {
        return State::Alarm;
    }
    let missing = periods.saturating_sub(there.len());
    if missing == 0 {
        return State::Ok;
    }
    let all_breach = !there.is_empty() && breaching.len() == there.len();
    match alarm.missing {
        Missing::NotBreaching => State::Ok,
        Missing::Breaching if breaching.len() + missing >= wanted => State::Alarm,
        Missing::Breaching => State::Ok,
        Missing::Ignore if there.is_empty() || all_breach => now,
        Missing::Missing if there.is_empty() => State::InsufficientData,
        // Not on the first sight of one, but when it is as old as the alarm wants to have seen them.
        Missing::Missing if all_breach => match breaching.last() {
            Some(oldest) if *oldest >= wanted => State::Alarm,
            _ => now,
        },
        Missing::Ignore | Missing::Missing => State::Ok,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifacts::{Comparison, Watched};

    fn judged(points: &str, wanted: u64, missing: Missing) -> State {
        let alarm = Alarm {
            name: String::new(),
            arn: String::new(),
            description: None,
            alarm_actions: Vec::new(),
            ok_actions: Vec::new(),
            insufficient_actions: Vec::new(),
            actions_enabled: true,
            watched: Watched::Queries(Vec::new()),
            evaluation_periods: 3,
            datapoints_to_alarm: wanted,
            threshold: 0.5,
            comparison: Comparison::Greater,
            missing,
        };
        let value = |c: &str| match c {
            "0" => Some(0.0),
            "X" => Some(1.0),
            _ => None,
        };
        let values: Vec<Option<f64>> = points.split(' ').map(value).collect();
        assert_eq!(values.len() as u64, range(&alarm));
        // `InsufficientData` stands for "stays as it is" here: no line of the tables that may stay gives it otherwise.
        judge(&alarm, &values, State::InsufficientData)
    }

    const O: State = State::Ok;
    const A: State = State::Alarm;
    /// `INSUFFICIENT_DATA`, or unchanged.
    const I: State = State::InsufficientData;

    #[test]
    fn the_tables_of_the_user_guide_hold() {
        // Points; then for missing, ignore, breaching, notBreaching.
        let three_of_three = [
            ("0 - X - X", [O, O, O, O]),
            ("- - - - 0", [O, O, O, O]),
            ("- - - - -", [I, I, A, O]),
            ("0 X X - X", [A, A, A, A]),
            ("- - X - -", [A, I, A, O]),
        ];
        let two_of_three = [
            ("0 - X - X", [A, A, A, A]),
            ("0 0 X 0 X", [A, A, A, A]),
            ("0 - X - -", [O, O, A, O]),
            ("- - - - 0", [O, O, A, O]),
            ("- - - X -", [A, I, A, O]),
        ];
        let ways = [
            Missing::Missing,
            Missing::Ignore,
            Missing::Breaching,
            Missing::NotBreaching,
        ];
        for (wanted, table) in [(3, three_of_three), (2, two_of_three)] {
            for (points, expected) in table {
                for (way, expected) in ways.into_iter().zip(expected) {
                    assert_eq!(
                        judged(points, wanted, way),
                        expected,
                        "{wanted} of 3: {points} {way:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn one_breach_is_no_alarm_that_wants_three() {
        assert_eq!(judged("- - - - X", 3, Missing::Missing), I);
    }
}
