//! What a handler writes to its standard streams: JSON lines are log lines, others are passed on as text.

use std::sync::Arc;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::process::{ChildStderr, ChildStdout};

use super::pool::Pool;
use crate::observe::StepKind;

/// The longest line that is kept whole, as CloudWatch Logs limits an event.
const LINE_BYTES_MAX: u64 = 262_144;

#[derive(Debug)]
pub(super) enum Stream {
    Out(ChildStdout),
    Err(ChildStderr),
}

pub(super) async fn forward(pool: Arc<Pool>, function: String, stream: Stream) {
    match stream {
        Stream::Out(stream) => lines(&pool, &function, stream).await,
        Stream::Err(stream) => lines(&pool, &function, stream).await,
    }
}

async fn lines(pool: &Pool, function: &str, stream: impl AsyncRead + Unpin) {
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut reader)
            .take(LINE_BYTES_MAX)
            .read_until(b'\n', &mut line)
            .await
        {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\n', '\r']);
        if text.is_empty() {
            continue;
        }
        pool.logged(function, text);
        pool.observe(match serde_json::from_str::<Value>(text) {
            Ok(line @ Value::Object(_)) => StepKind::Log {
                function: function.to_owned(),
                line,
            },
            _ => StepKind::Output {
                function: function.to_owned(),
                text: text.to_owned(),
            },
        });
    }
}
