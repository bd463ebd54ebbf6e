//! Posts signed webhooks to a running pipeline as fast as it answers, and says how many were accepted.
//!
//!     load ADDRESS SECRET CONNECTIONS SECONDS STATUS PREFIX
//!
//! Each webhook is a payment of its own with this status, whose id begins with the prefix. Prints one JSON object: `accepted`, `refused` by status, `seconds`, `ms` of each.

#![expect(
    clippy::unwrap_used,
    reason = "a bench that cannot run has nothing to say"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{Delivery, scheme, sign};
use serde_json::json;

const BODY_BYTES: usize = 1024;

struct Load {
    address: String,
    secret: String,
    status: String,
    prefix: String,
    until: Instant,
}

/// What one connection has seen.
#[derive(Default)]
struct Seen {
    ms: Vec<f64>,
    refused: BTreeMap<u16, u32>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, secret, connections, seconds, status, prefix] = arguments.try_into().unwrap();
    let connections: usize = connections.parse().unwrap();
    let started = Instant::now();
    let load = Load {
        address,
        secret,
        status,
        prefix,
        until: started + Duration::from_secs_f64(seconds.parse().unwrap()),
    };
    let load = &load;
    let seen: Vec<Seen> = thread::scope(|scope| {
        let threads: Vec<_> = (0..connections)
            .map(|number| scope.spawn(move || load.connection(number)))
            .collect();
        threads.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let seconds = started.elapsed().as_secs_f64();
    let ms: Vec<f64> = seen.iter().flat_map(|it| it.ms.iter().copied()).collect();
    let mut refused = BTreeMap::new();
    for (status, count) in seen.iter().flat_map(|it| &it.refused) {
        *refused.entry(status.to_string()).or_insert(0) += count;
    }
    println!(
        "{}",
        json!({ "accepted": ms.len(), "refused": refused, "seconds": seconds, "ms": ms })
    );
}

impl Load {
    /// One keep-alive connection, one webhook after the other.
    fn connection(&self, number: usize) -> Seen {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut seen = Seen::default();
        for count in 0.. {
            if Instant::now() > self.until {
                break;
            }
            let request = self.request(&format!("{}_{number}_{count}", self.prefix));
            let sent = Instant::now();
            // What is refused for want of room is sent again, as providers do.
            loop {
                stream.write_all(&request).unwrap();
                let status = answer(&mut reader);
                if status == 200 {
                    seen.ms.push(sent.elapsed().as_secs_f64() * 1e3);
                    break;
                }
                *seen.refused.entry(status).or_default() += 1;
                thread::sleep(Duration::from_millis(2));
            }
        }
        seen
    }

    fn request(&self, payment: &str) -> Vec<u8> {
        let status = &self.status;
        let mut body = format!(
            r#"{{"paymentId":"{payment}","provider":"stripe","amount":99.99,"currency":"USD","status":"{status}","note":""#
        );
        while body.len() < BODY_BYTES - 2 {
            body.push('x');
        }
        body += "\"}";
        let delivery = Delivery {
            body: body.as_bytes(),
            id: "",
            now_s: 0,
        };
        let signed = sign(
            scheme("hmac_sha256").unwrap(),
            &[("header", "X-Webhook-Signature")],
            Secret::new(self.secret.as_str()),
            &delivery,
        )
        .unwrap();
        let mut request = format!(
            "POST /webhooks HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
            self.address,
            body.len()
        );
        for (name, value) in signed.headers {
            write!(request, "{name}: {value}\r\n").unwrap();
        }
        format!("{request}\r\n{body}").into_bytes()
    }
}

/// Reads one answer and gives its status.
fn answer(reader: &mut BufReader<TcpStream>) -> u16 {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).unwrap().parse().unwrap();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap();
        }
    }
    reader.read_exact(&mut vec![0; length]).unwrap();
    status
}
