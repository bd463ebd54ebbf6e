//! `function ask_approval`: a treasury's answer as its sandbox gives it: the last two digits of the amount choose.
//!
//! | amount ends in | decision |
//! |---|---|
//! | `.10` | rejected |
//! | `.11` | later: nobody has time today; approved when asked again |
//! | `.12` | later, however often it is asked |
//! | anything else | approved |

use refunds_handlers::{
    Approval, ApprovalDecision, AskApproval, AskApprovalContext, Decimal, Fault, RefundRequested,
};

use crate::Refunds;

impl AskApproval for Refunds {
    async fn ask_approval(
        &self,
        refund: RefundRequested,
        context: &AskApprovalContext,
    ) -> Result<Approval, Fault> {
        let decision = decision(refund.amount, is_second(context.idempotency_key()));
        let by = (decision != ApprovalDecision::Later).then(|| "treasury".to_owned());
        Ok(Approval { decision, by })
    }
}

/// Each question of an execution has its own key, which a retry repeats: its state's name, and that begins with what the spec calls the answer.
fn is_second(idempotency_key: &str) -> bool {
    let state = idempotency_key.rsplit('/').next().unwrap_or_default();
    state.starts_with("second:")
}

fn decision(amount: Decimal, is_second: bool) -> ApprovalDecision {
    match cents(amount).as_str() {
        "10" => ApprovalDecision::Rejected,
        "11" if !is_second => ApprovalDecision::Later,
        "12" => ApprovalDecision::Later,
        _ => ApprovalDecision::Approved,
    }
}

/// The two digits after the point: `5` of `.5` is `50`.
pub(crate) fn cents(amount: Decimal) -> String {
    let text = amount.to_string();
    let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
    format!("{fraction:0<2}").chars().take(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cents_of_an_amount_choose_the_decision() {
        use ApprovalDecision::{Approved, Later, Rejected};
        for (amount, first, second) in [
            ("900.10", Rejected, Rejected),
            ("900.1", Rejected, Rejected),
            ("900.11", Later, Approved),
            ("900.12", Later, Later),
            ("900", Approved, Approved),
            ("900.01", Approved, Approved),
        ] {
            let asked = |key: &str| decision(amount.parse().unwrap(), is_second(key));
            assert_eq!(asked("re_1/approval: ask_approval"), first, "{amount}");
            assert_eq!(asked("re_1/second: ask_approval"), second, "{amount}");
        }
    }
}
