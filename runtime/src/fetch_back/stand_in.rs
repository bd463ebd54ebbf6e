//! A provider's API for tests: a server on this machine that gives the answers it was made with, one a connection, and keeps what it was
//! asked.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

/// What one connection gets.
pub(crate) enum Answer {
    /// These bytes, and then the end.
    Bytes(Vec<u8>),
    /// Nothing, for as long as somebody waits.
    Silence,
}

pub(crate) struct StandIn {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

/// An HTTP answer with this status and body.
pub(crate) fn http(status: u16, body: &str) -> Answer {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n");
    Answer::Bytes([head.as_bytes(), body.as_bytes()].concat())
}

impl StandIn {
    pub(crate) fn new(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        std::thread::spawn(move || {
            let mut held = Vec::new();
            for answer in answers {
                let Ok((mut stream, _)) = listener.accept() else {
                    return;
                };
                let mut request = Vec::new();
                let mut part = [0; 4096];
                while !request.ends_with(b"\r\n\r\n") {
                    match stream.read(&mut part) {
                        Ok(length @ 1..) => request.extend_from_slice(&part[..length]),
                        _ => break,
                    }
                }
                let text = String::from_utf8_lossy(&request).into_owned();
                kept.lock().unwrap().push(text);
                match answer {
                    // Who is asked no longer listens, which is the point of some tests.
                    Answer::Bytes(bytes) => drop(stream.write_all(&bytes)),
                    Answer::Silence => held.push(stream),
                }
            }
            // Until who waits gives up.
            for mut stream in held {
                let _ = stream.read(&mut [0; 1]);
            }
        });
        Self { address, asked }
    }

    /// The requests that came, head by head.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}
