//! What the handler reads of an event: an arm for each that is described.

use pipe_runtime::Decimal;

use crate::accepted::{
    PaypalPaymentCaptureCompleted, PaypalPaymentCaptureDeclined, PaypalPaymentCaptureDenied,
    PaypalPaymentSaleCompleted, PaypalPaymentSaleDenied, TakeInput,
};

type Told = (String, &'static str, Option<(Decimal, String)>);

/// What an event is about, and how much.
pub(crate) fn told(input: TakeInput) -> Told {
    use TakeInput as It;
    let adyen = |about, ty, amount, currency| (about, ty, Some((amount, currency)));
    match input {
        It::AdyenAuthorisation(it) => {
            adyen(it.psp_reference, "AUTHORISATION", it.amount, it.currency)
        }
        It::AdyenCancellation(it) => {
            adyen(it.psp_reference, "CANCELLATION", it.amount, it.currency)
        }
        It::AdyenCapture(it) => adyen(it.psp_reference, "CAPTURE", it.amount, it.currency),
        It::AdyenCaptureFailed(it) => {
            adyen(it.psp_reference, "CAPTURE_FAILED", it.amount, it.currency)
        }
        It::AdyenChargeback(it) => adyen(it.psp_reference, "CHARGEBACK", it.amount, it.currency),
        It::AdyenRefund(it) => adyen(it.psp_reference, "REFUND", it.amount, it.currency),
        It::AdyenPlatformBalancePlatformAccountHolderCreated(it) => {
            (it.account_holder.id, "accountHolder.created", None)
        }
        It::GithubIssues(it) => (it.issue.title, "issues", None),
        It::GithubMarketplacePurchase(it) => (it.purchase.plan.name, "marketplace_purchase", None),
        It::GithubPing(it) => (it.hook_id.to_string(), "ping", None),
        It::GithubPush(it) => (it.repository.full_name, "push", None),
        It::GithubSponsorship(it) => (it.sponsorship.tier.name, "sponsorship", None),
        It::PaypalPaymentCaptureCompleted(PaypalPaymentCaptureCompleted { capture, .. })
        | It::PaypalPaymentCaptureDeclined(PaypalPaymentCaptureDeclined { capture, .. })
        | It::PaypalPaymentCaptureDenied(PaypalPaymentCaptureDenied { capture, .. }) => (
            capture.id,
            "CAPTURE",
            Some((capture.amount, capture.currency)),
        ),
        It::PaypalPaymentCaptureRefunded(it) => (
            it.refund.id,
            "REFUND",
            Some((it.refund.amount, it.refund.currency)),
        ),
        It::PaypalPaymentSaleCompleted(PaypalPaymentSaleCompleted { sale, .. })
        | It::PaypalPaymentSaleDenied(PaypalPaymentSaleDenied { sale, .. }) => {
            (sale.id, "SALE", Some((sale.amount, sale.currency)))
        }
        It::PaypalPaymentSaleRefunded(it) => (
            it.refund.id,
            "SALE REFUND",
            Some((it.refund.amount, it.refund.currency)),
        ),
        It::SquareDisputeCreated(it) => (
            it.dispute.id,
            "dispute.created",
            Some((it.dispute.amount, it.dispute.currency)),
        ),
        It::SquareDisputeStateUpdated(it) => (
            it.dispute.id,
            "dispute.state",
            Some((it.dispute.amount, it.dispute.currency)),
        ),
        It::SquareInvoicePaymentMade(it) => (it.invoice.id, "invoice.payment_made", None),
        It::SquareOrderUpdated(it) => (it.order.order_id, "order.updated", None),
        It::SquarePaymentCreated(it) => (
            it.payment.id,
            "payment.created",
            Some((it.payment.amount, it.payment.currency)),
        ),
        It::SquarePaymentUpdated(it) => (
            it.payment.id,
            "payment.updated",
            Some((it.payment.amount, it.payment.currency)),
        ),
        It::SquareRefundCreated(it) => (
            it.refund.id,
            "refund.created",
            Some((it.refund.amount, it.refund.currency)),
        ),
        It::SquareRefundUpdated(it) => (
            it.refund.id,
            "refund.updated",
            Some((it.refund.amount, it.refund.currency)),
        ),
        It::StripeChargeDisputeCreated(it) => (
            it.dispute.id,
            "dispute.created",
            Some((it.dispute.amount, it.dispute.currency)),
        ),
        It::StripeChargeFailed(it) => (
            it.charge.id,
            "charge.failed",
            Some((it.charge.amount, it.charge.currency)),
        ),
        It::StripeChargeRefunded(it) => (
            it.charge.id,
            "charge.refunded",
            Some((it.charge.amount_refunded, it.charge.currency)),
        ),
        It::StripeCheckoutSessionCompleted(it) => (
            it.session.id,
            "session.completed",
            it.session.amount_total.zip(it.session.currency),
        ),
        It::StripeInvoicePaid(it) => (
            it.invoice.id,
            "invoice.paid",
            Some((it.invoice.amount_due, it.invoice.currency)),
        ),
        It::StripePaymentIntentPaymentFailed(it) => {
            let why = it.payment_intent.last_payment_error.expect("why it failed");
            assert_eq!(why.r#type, "card_error");
            (
                it.payment_intent.id,
                "failed",
                Some((it.payment_intent.amount, it.payment_intent.currency)),
            )
        }
        It::StripePaymentIntentSucceeded(it) => (
            it.payment_intent.id,
            "succeeded",
            Some((it.payment_intent.amount, it.payment_intent.currency)),
        ),
    }
}
