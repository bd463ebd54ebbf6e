//! `function ask_approval`: a treasury's answer as its sandbox gives it: the last two digits of the amount choose.
//!
//! | amount ends in | decision |
//! |---|---|
//! | `.10` | rejected |
//! | `.11` | later: nobody has time today |
//! | anything else | approved |

use refunds_handlers::{
    Approval, ApprovalDecision, AskApproval, AskApprovalContext, Decimal, Fault, RefundRequested,
};

use crate::Refunds;

impl AskApproval for Refunds {
    async fn ask_approval(
        &self,
        refund: RefundRequested,
        _: &AskApprovalContext,
    ) -> Result<Approval, Fault> {
        let decision = decision(refund.amount);
        let by = (decision != ApprovalDecision::Later).then(|| "treasury".to_owned());
        Ok(Approval { decision, by })
    }
}

fn decision(amount: Decimal) -> ApprovalDecision {
    match cents(amount).as_str() {
        "10" => ApprovalDecision::Rejected,
        "11" => ApprovalDecision::Later,
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
        for (amount, expected) in [
            ("900.10", ApprovalDecision::Rejected),
            ("900.1", ApprovalDecision::Rejected),
            ("900.11", ApprovalDecision::Later),
            ("900", ApprovalDecision::Approved),
            ("900.01", ApprovalDecision::Approved),
        ] {
            assert_eq!(decision(amount.parse().unwrap()), expected, "{amount}");
        }
    }
}
