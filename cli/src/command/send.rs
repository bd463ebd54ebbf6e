//! `pipec send`: signs a webhook as the provider would, and posts it to the running pipeline.

use crate::arguments::{MessageFormat, Send};
use crate::exit::{self, Exit};
use crate::tamper;
use crate::webhook::{self, Choice, Sender};
use std::time::Instant;

pub(crate) fn run(arguments: &Send) -> Result<(), Exit> {
    let pipeline = crate::spec::check(&arguments.spec, MessageFormat::Human)?;
    let private_key = arguments.private_key.as_deref().map(|path| {
        std::fs::read(path)
            .map_err(|error| exit::say(exit::USAGE, &format!("{}: {error}", path.display()), None))
    });
    let private_key = private_key.transpose()?;
    let choice = Choice {
        route: arguments.route.as_deref(),
        provider: arguments.provider.as_deref(),
        previous_key: arguments.previous_key,
        private_key: private_key.as_deref(),
        arguments: &arguments.argument,
        event: arguments.event.as_deref(),
        set: &arguments.set,
    };
    let sender = Sender::new(&pipeline, arguments.port, choice)?;
    sender.check_tamper(arguments.tamper)?;
    let bodies = match &arguments.body {
        Some(path) => {
            let given = webhook::bodies(path)?;
            given
                .iter()
                .cloned()
                .cycle()
                .take(given.len() * usize::try_from(arguments.count).unwrap_or(1))
                .collect()
        }
        None => (0..arguments.count)
            .map(|index| sender.made_up(index))
            .collect::<Result<Vec<_>, _>>()?,
    };
    let times = if arguments.duplicate { 2 } else { 1 };
    let mut unexpected = 0;
    let mut told = Ok(());
    'sending: for body in &bodies {
        let now_s = webhook::now_s();
        let mut signed = sender.sign(body, now_s)?;
        if let Some(what) = arguments.tamper
            && !tamper::tamper(what, &mut signed, now_s)
        {
            return Err(sender.nothing_to_tamper(what));
        }
        let _provider = sender.play(body)?;
        for _ in 0..times {
            let start = Instant::now();
            let answer = sender.post(&signed)?;
            unexpected += usize::from((answer.status < 300) == arguments.tamper.is_some());
            told = print(answer.status, &answer.body, start.elapsed().as_millis());
            if told.is_err() {
                break 'sending;
            }
        }
    }
    if unexpected == 0 {
        return told;
    }
    if arguments.tamper.is_some() {
        let message = "the pipeline took what was changed after signing";
        told = told.and(Err(exit::say(exit::FINDINGS, message, None)));
    }
    Err(exit::worse(told.err(), exit::FINDINGS))
}

fn print(status: u16, body: &[u8], wall_ms: u128) -> Result<(), Exit> {
    let colour = if status < 300 {
        anstyle::AnsiColor::Green
    } else {
        anstyle::AnsiColor::Red
    };
    let style = colour.on_default();
    let body = crate::terminal::printable(&String::from_utf8_lossy(body));
    crate::output::print(&format!("{style}{status}{style:#}  {body}  {wall_ms} ms\n"))
}
