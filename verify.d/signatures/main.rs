//! The functions of `signatures.pipe`: what is genuine is recorded as it came.

use std::process::ExitCode;

use signatures_handlers::*;

/// All of them are the same.
#[derive(Debug)]
struct Signatures;

macro_rules! takes {
    ($($contract:ident, $method:ident, $context:ident, $error:ident;)*) => {
        $(impl $contract for Signatures {
            async fn $method(&self, input: Delivered, _: &$context) -> Result<Delivered, $error> {
                Ok(input)
            }
        })*
    };
}

takes! {
    TakeStripe, take_stripe, TakeStripeContext, TakeStripeError;
    TakeSquare, take_square, TakeSquareContext, TakeSquareError;
    TakeAdyen, take_adyen, TakeAdyenContext, TakeAdyenError;
    TakeStandardWebhooks, take_standard_webhooks, TakeStandardWebhooksContext, TakeStandardWebhooksError;
    TakeGithub, take_github, TakeGithubContext, TakeGithubError;
    TakeShopify, take_shopify, TakeShopifyContext, TakeShopifyError;
    TakePaypal, take_paypal, TakePaypalContext, TakePaypalError;
}

fn main() -> ExitCode {
    run(Signatures)
}
