//! DNS over a tunnel: queries one after the other over one stream, as TCP carries them (RFC 1035 §4.2.2, RFC 7766).
//!
//! CoreDNS takes up the next query of a connection when it has answered the one before (its library `miekg/dns`, `serveTCPConn`). So
//! nothing is sent ahead, and after a query that gets no answer the stream is of no more use.

use std::fmt::Write as _;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use crate::answer::network::lookup::{record, text};
use crate::answer::network::ms;
use crate::answer::network::nameserver::{answers, framed, question};
use crate::answer::network::words::printable;
use crate::facts::{DnsEnd, DnsQuery, DnsRecord, DnsReply, DnsType};

/// Read at once.
const READ: usize = 4096;
/// Bytes that are shown of what is no answer.
const SHOWN: usize = 64;

/// Asks each query when the one before is answered. The first failure is that of the stream; what comes after it is not sent.
pub(super) async fn ask(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    queries: &[DnsQuery],
    deadline: Instant,
) -> Vec<DnsReply> {
    let mut replies = Vec::with_capacity(queries.len());
    let mut failed: Option<&DnsQuery> = None;
    for query in queries {
        let sent = Instant::now();
        let (end, records) = match (absolute(&query.name), failed) {
            (None, _) => not_sent("it is no name that DNS knows".to_owned()),
            (_, Some(before)) => not_sent(format!("{before} got no answer")),
            (Some(name), None) => {
                let asking = exchange(stream, &name, record_type(query.rtype), deadline);
                match asking.await {
                    Ok(message) => read(&message),
                    Err(end) => {
                        failed = Some(query);
                        (end, Vec::new())
                    }
                }
            }
        };
        replies.push(DnsReply {
            end,
            records,
            ms: ms(sent),
        });
    }
    replies
}

/// Whether it is the stream that gave no answer.
pub(super) const fn is_no_answer(end: &DnsEnd) -> bool {
    matches!(end, DnsEnd::Silent | DnsEnd::Closed)
}

fn not_sent(why: String) -> (DnsEnd, Vec<DnsRecord>) {
    (DnsEnd::NotSent(why), Vec::new())
}

fn absolute(name: &str) -> Option<Name> {
    let plain = name.trim_end_matches('.');
    let name = Name::from_ascii(format!("{plain}.")).ok();
    name.filter(|_| !plain.is_empty())
}

const fn record_type(rtype: DnsType) -> RecordType {
    match rtype {
        DnsType::A => RecordType::A,
        DnsType::Aaaa => RecordType::AAAA,
        DnsType::Cname => RecordType::CNAME,
        DnsType::Srv => RecordType::SRV,
        DnsType::Txt => RecordType::TXT,
    }
}

async fn exchange(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    name: &Name,
    rtype: RecordType,
    deadline: Instant,
) -> Result<Message, DnsEnd> {
    let question = question(name, rtype, true);
    let bytes = question.to_vec().map_err(|e| e.to_string());
    let bytes = bytes.and_then(|bytes| framed(&bytes).map_err(|e| e.to_string()));
    let bytes = bytes.map_err(DnsEnd::NotSent)?;
    let mut came = Vec::new();
    let talk = async {
        stream.write_all(&bytes).await.ok()?;
        stream.flush().await.ok()?;
        message(stream, &mut came).await
    };
    let whole = match timeout_at(deadline, talk).await {
        Ok(Some(whole)) => whole,
        Ok(None) if came.is_empty() => return Err(DnsEnd::Closed),
        Err(_) if came.is_empty() => return Err(DnsEnd::Silent),
        Ok(None) | Err(_) => return Err(cut_off(&came)),
    };
    let message = Message::from_vec(&whole).map_err(|e| garbled(e.to_string(), &whole))?;
    if !answers(&question, &message) {
        return Err(DnsEnd::Garbled("an answer to another question".to_owned()));
    }
    if message.metadata.truncation {
        return Err(DnsEnd::Garbled("an answer that is cut short".to_owned()));
    }
    Ok(message)
}

/// One message without the length before it; none when the stream ends before. What came of it is kept in any case. It has 65535 bytes
/// at most, and what comes behind it is no answer to any question yet.
async fn message(stream: &mut (impl AsyncRead + Unpin), came: &mut Vec<u8>) -> Option<Vec<u8>> {
    let mut buffer = [0; READ];
    loop {
        let missing = match came.as_slice() {
            [high, low, begun @ ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                if begun.len() == length {
                    return Some(begun.to_vec());
                }
                length - begun.len()
            }
            less => 2 - less.len(),
        };
        let room = buffer.get_mut(..missing.min(READ))?;
        let read = stream.read(room).await.ok()?;
        if read == 0 {
            return None;
        }
        came.extend(buffer.get(..read)?);
    }
}

/// A message that did not come to its end.
fn cut_off(came: &[u8]) -> DnsEnd {
    let why = match came {
        [high, low, begun @ ..] => format!(
            "it announces a message of {} bytes, of which {} came",
            u16::from_be_bytes([*high, *low]),
            begun.len()
        ),
        _ => "less than a message's length came".to_owned(),
    };
    garbled(why, came)
}

/// With the beginning of what came, which often tells what listens there.
fn garbled(mut why: String, came: &[u8]) -> DnsEnd {
    let beginning = printable(came.get(..SHOWN).unwrap_or(came));
    if !beginning.is_empty() {
        let _ = write!(why, "; it sends: {beginning}");
    }
    DnsEnd::Garbled(why)
}

fn read(message: &Message) -> (DnsEnd, Vec<DnsRecord>) {
    let end = match message.metadata.response_code {
        ResponseCode::NoError => DnsEnd::NoError,
        ResponseCode::NXDomain => DnsEnd::NxDomain,
        ResponseCode::ServFail => DnsEnd::ServFail,
        ResponseCode::Refused => DnsEnd::Refused,
        other => DnsEnd::Code(other.into()),
    };
    let answers = message.answers.iter();
    let own = answers.filter(|r| r.dns_class == DNSClass::IN);
    (end, own.map(|r| record(r, data(r))).collect())
}

/// A record's data, its names as people write them.
fn data(record: &Record) -> String {
    match &record.data {
        RData::A(address) => address.0.to_string(),
        RData::AAAA(address) => address.0.to_string(),
        RData::CNAME(target) => text(&target.0),
        RData::SRV(srv) => format!(
            "{} {} {} {}",
            srv.priority,
            srv.weight,
            srv.port,
            text(&srv.target)
        ),
        // A record's strings are one text in pieces of 255 bytes (RFC 7208 §3.3).
        RData::TXT(txt) => String::from_utf8_lossy(&txt.txt_data.concat()).into_owned(),
        other => other.to_string(),
    }
}
