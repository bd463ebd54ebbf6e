//! Plays the API of a provider that signs nothing, for as long as a webhook is being sent: the running pipeline asks it about what the
//! webhook names, at the address that `PIPE_LOCAL_PROVIDER` gives to both.

use crate::exit::{self, Exit};
use pipe_runtime::secret::Secret;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// The variable with the address.
pub(crate) const VARIABLE: &str = "PIPE_LOCAL_PROVIDER";
/// Longest request that is read, in bytes; who asks sends a few hundred.
const REQUEST_BYTES_MAX: usize = 16 * 1024;
/// How long a connection may say nothing, so that one that never asks does not keep others waiting.
const SILENCE_S_MAX: u64 = 5;

/// The one thing that it knows.
#[derive(Debug)]
pub(crate) struct Known {
    /// `/v2/payments/tr_1`
    pub(crate) path: String,
    /// What it answers who asks with the right key.
    pub(crate) body: Vec<u8>,
    /// The keys that it takes.
    pub(crate) keys: Vec<Secret>,
}

/// A server that answers until this is dropped.
#[derive(Debug)]
pub(crate) struct StandIn {
    address: SocketAddr,
    over: Arc<AtomicBool>,
    serving: Option<JoinHandle<()>>,
}

/// The address, where the environment gives one.
pub(crate) fn address() -> Result<Option<SocketAddr>, Exit> {
    let Some(text) = std::env::var_os(VARIABLE) else {
        return Ok(None);
    };
    let address = text.to_str().and_then(|it| it.parse::<SocketAddr>().ok());
    let local = address.filter(|it| it.ip().is_loopback());
    local.map(Some).ok_or_else(|| {
        let message = format!("{VARIABLE} is no address on this machine");
        let help = "it is a number and a port, such as 127.0.0.1:4701, for `pipec run` and `pipec send` alike";
        exit::say(exit::USAGE, &message, Some(help))
    })
}

impl StandIn {
    pub(crate) fn new(address: SocketAddr, known: Known) -> Result<Self, Exit> {
        let listener = TcpListener::bind(address).map_err(|error| {
            let message = format!("nobody can play the provider at {address}: {error}");
            let help = format!("another program may be there; {VARIABLE} names another port");
            exit::say(exit::USAGE, &message, Some(&help))
        })?;
        let over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&over);
        let serving = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    break;
                }
                // One that hangs up while it is answered has had its answer, or comes again.
                let _ = stream.and_then(|it| serve(it, &known));
            }
        });
        Ok(Self {
            address,
            over,
            serving: Some(serving),
        })
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for the next connection.
        if TcpStream::connect(self.address).is_ok()
            && let Some(serving) = self.serving.take()
        {
            let _ = serving.join();
        }
    }
}

fn serve(mut stream: TcpStream, known: &Known) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(SILENCE_S_MAX)))?;
    let mut request = Vec::new();
    let mut part = [0; 1024];
    while !request.ends_with(b"\r\n\r\n") && request.len() < REQUEST_BYTES_MAX {
        let length = stream.read(&mut part)?;
        if length == 0 {
            return Ok(());
        }
        request.extend_from_slice(part.get(..length).unwrap_or_default());
    }
    let (status, body) = answer(&String::from_utf8_lossy(&request), known);
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)
}

/// As the provider answers: nothing without a key of ours, and nothing but what there is.
fn answer<'k>(request: &str, known: &'k Known) -> (&'static str, &'k [u8]) {
    let mut lines = request.lines();
    let asked = lines.next().unwrap_or_default();
    let given = lines
        .filter_map(|it| it.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("authorization"))
        .and_then(|(_, value)| value.trim().strip_prefix("Bearer "))
        .map(Secret::new);
    let is_ours = given.is_some_and(|given| known.keys.iter().any(|it| it.is_same_as(&given)));
    if !is_ours {
        ("401 Unauthorized", b"{}")
    } else if asked == format!("GET {} HTTP/1.1", known.path) {
        ("200 OK", &known.body)
    } else {
        ("404 Not Found", b"{}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_answers_who_has_the_key_about_what_there_is() {
        let known = Known {
            path: "/v2/payments/tr_1".to_owned(),
            body: b"{\"id\":\"tr_1\"}".to_vec(),
            keys: vec![Secret::new("test_key")],
        };
        let status = |path: &str, key: &str| {
            let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: {key}\r\n\r\n");
            answer(&request, &known).0
        };
        assert_eq!(status("/v2/payments/tr_1", "Bearer test_key"), "200 OK");
        assert_eq!(
            status("/v2/payments/tr_2", "Bearer test_key"),
            "404 Not Found"
        );
        for wrong in ["Bearer other", "test_key", ""] {
            assert_eq!(status("/v2/payments/tr_1", wrong), "401 Unauthorized");
        }
    }
}
